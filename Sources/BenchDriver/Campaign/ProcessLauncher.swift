import BenchMeasurement
import BenchResults
import Foundation
import Glibc

/// Runs each block in a fresh child process.
///
/// The child has a process group of its own, so that the terminal's Ctrl-C reaches the parent only; a cleaned
/// environment, with the arm's allocator preloaded; standard input from nowhere; and its output in the job's folder.
/// It and whatever it started are killed when it takes too long, when the user interrupts, and when it has ended.
public struct ProcessLauncher: BlockLauncher {
    /// The descriptor on which a child tells its phases.
    private static let progressDescriptor: Int32 = 3

    private let executable: String
    private let arguments: [String]
    private let timeoutNanoseconds: UInt64
    private let interruption: Interruption?

    /// A launcher.
    ///
    /// - Parameters:
    ///   - executable: the program; this one by default.
    ///   - arguments: what comes before the job file's path.
    ///   - timeoutNanoseconds: how long a block may take; 30 minutes by default.
    ///   - interruption: what ends a block early.
    public init(
        executable: String = "/proc/self/exe", arguments: [String] = ["worker"],
        timeoutNanoseconds: UInt64 = 1_800_000_000_000, interruption: Interruption? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.timeoutNanoseconds = timeoutNanoseconds
        self.interruption = interruption
    }

    public func launch(_ job: BlockJob, phase: (String) -> Void) -> LaunchOutcome {
        do throws(DriverError) {
            var job = job
            job.progressDescriptor = Self.progressDescriptor
            job.parentProcess = getpid()
            try job.write(to: job.jobPath)
            let child = try ChildProcess(
                executable: executable, arguments: arguments + [job.jobPath],
                environment: ChildEnvironment.make(
                    preload: job.allocator.path, allocatorKind: job.arm.allocator, options: job.arm.allocatorOptions),
                logPath: job.logPath, reportDescriptor: Self.progressDescriptor)
            switch try child.wait(
                timeoutNanoseconds: timeoutNanoseconds, interruptDescriptor: interruption?.descriptor, line: phase)
            {
            case .interrupted: return .interrupted
            case .timedOut:
                throw DriverError(
                    "\(job.label): no result after \(timeoutNanoseconds / 1_000_000_000) s; the worker was ended"
                        + Self.lastWords(job))
            case .signalled(let signal):
                let hint = signal == SIGKILL ? ", perhaps for want of memory" : ""
                throw DriverError(
                    "\(job.label): the worker was ended by signal \(signal) "
                        + "(\(String(cString: strsignal(signal)))\(hint))\(Self.lastWords(job))")
            case .exited(let code):
                return .finished(try Self.result(of: job, code: code))
            }
        } catch {
            return .failed(error)
        }
    }

    private static func result(of job: BlockJob, code: Int32) throws(DriverError) -> BlockResult {
        guard access(job.resultPath, F_OK) == 0 else {
            throw DriverError(
                "\(job.label): the worker ended with code \(code) and left no result\(lastWords(job))")
        }
        let result = try BlockResult(path: job.resultPath)
        switch (result.status, code) {
        case (.done, BlockWorker.ExitCode.done), (.unproven, BlockWorker.ExitCode.unproven): return result
        case (.failed(let reason), _): throw DriverError("\(job.label): \(reason)")
        default:
            throw DriverError("\(job.label): the worker ended with code \(code) after its result\(lastWords(job))")
        }
    }

    /// The end of what the child wrote, or nothing.
    static func lastWords(_ job: BlockJob, limit: Int = 2_000) -> String {
        guard let handle = FileHandle(forReadingAtPath: job.logPath) else { return "" }
        defer { try? handle.close() }
        guard let size = try? handle.seekToEnd() else { return "" }
        try? handle.seek(toOffset: size > UInt64(limit) ? size - UInt64(limit) : 0)
        guard let data = try? handle.readToEnd() else { return "" }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? "" : "; it last wrote:\n\(text)"
    }
}
