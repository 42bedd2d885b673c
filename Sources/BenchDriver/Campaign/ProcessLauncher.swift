import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc

/// Runs each block in a fresh child process.
///
/// The child has a process group of its own, so that the terminal's Ctrl-C reaches the parent only; a cleaned
/// environment, with the arm's allocator preloaded; standard input from nowhere; and its output in the job's folder.
/// It and whatever it started are killed when it takes too long, when the user interrupts, and when it has ended.
///
/// A scenario's own program is run as it is, in the user's environment; see ``CommandBlock``.
public struct ProcessLauncher: BlockLauncher {
    /// The descriptor on which a child tells its phases.
    private static let progressDescriptor: Int32 = 3
    /// What a child tells when it only watches its memory settle after its last phase.
    static let settlingLine = "settling"

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
        switch begin(job, phase: phase) {
        case .ended(let outcome): outcome
        case .settling(let block): block.finish()
        }
    }

    public func begin(_ job: BlockJob, phase: (String) -> Void) -> LaunchStart {
        do throws(DriverError) {
            let deadline = MonotonicClock.now() &+ timeoutNanoseconds
            guard job.scenario.command.isEmpty else {
                phase(CommandBlock.phase)
                let block = CommandBlock(job: job, interruptDescriptor: interruption?.descriptor)
                return .ended(try block.run(until: deadline, timeoutNanoseconds: timeoutNanoseconds))
            }
            var job = job
            job.progressDescriptor = Self.progressDescriptor
            job.parentProcess = getpid()
            try job.write(to: job.jobPath)
            let child = try ChildProcess(
                executable: executable, arguments: arguments + [job.jobPath],
                environment: ChildEnvironment.make(
                    preload: job.allocator.path, allocatorKind: job.allocator.name,
                    options: job.arm.allocatorOptions),
                logPath: job.logPath, reportDescriptor: Self.progressDescriptor)
            // Phases' names are unique: after the last one was announced, the word cannot be another's name.
            let last = job.scenario.phases.last
            var isInLastPhase = false
            let event = try child.watch(until: deadline, interruptDescriptor: interruption?.descriptor) { line in
                if isInLastPhase, last?.settleNanoseconds != nil, line == Self.settlingLine { return false }
                isInLastPhase = line == last?.name
                phase(line)
                return true
            }
            let block = WorkerBlock(
                job: job, child: child, deadline: deadline, timeoutNanoseconds: timeoutNanoseconds,
                interruption: interruption)
            if case .paused = event { return .settling(block) }
            return .ended(try block.outcome(of: child.end(after: event)))
        } catch {
            return .ended(.failed(error))
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

    /// That a child ended by a signal, for a reader.
    static func signalText(_ signal: Int32) -> String {
        let hint = signal == SIGKILL ? ", perhaps for want of memory" : ""
        return "was ended by signal \(signal) (\(String(cString: strsignal(signal)))\(hint))"
    }
}

/// A worker's child process with the job that it was given.
private struct WorkerBlock: SettlingBlock {
    let job: BlockJob
    let child: ChildProcess
    let deadline: UInt64
    let timeoutNanoseconds: UInt64
    let interruption: Interruption?

    var isOver: Bool { child.isOver }

    var residentBytes: UInt64 { ProcessFile.residentBytes(of: child.identifier) ?? 0 }

    func finish() -> LaunchOutcome {
        do throws(DriverError) {
            let event = try child.watch(until: deadline, interruptDescriptor: interruption?.descriptor) { _ in true }
            return try outcome(of: child.end(after: event))
        } catch {
            return .failed(error)
        }
    }

    func abandon() { if child.usage == nil { _ = child.end(after: .interrupted) } }

    func outcome(of end: ChildProcess.End) throws(DriverError) -> LaunchOutcome {
        switch end {
        case .interrupted: return .interrupted
        case .timedOut:
            throw DriverError(
                "\(job.label): no result after \(timeoutNanoseconds / 1_000_000_000) s; the worker was ended"
                    + ProcessLauncher.lastWords(job))
        case .signalled(let signal):
            throw DriverError(
                "\(job.label): the worker \(ProcessLauncher.signalText(signal))\(ProcessLauncher.lastWords(job))")
        case .exited(let code):
            return .finished(try result(code: code))
        }
    }

    private func result(code: Int32) throws(DriverError) -> BlockResult {
        let lastWords = ProcessLauncher.lastWords(job)
        guard access(job.resultPath, F_OK) == 0 else {
            throw DriverError("\(job.label): the worker ended with code \(code) and left no result\(lastWords)")
        }
        let result = try BlockResult(path: job.resultPath)
        switch (result.status, code) {
        case (.done, BlockWorker.ExitCode.done), (.unproven, BlockWorker.ExitCode.unproven): return result
        case (.failed(let reason), _): throw DriverError("\(job.label): \(reason)")
        default:
            throw DriverError("\(job.label): the worker ended with code \(code) after its result\(lastWords)")
        }
    }
}
