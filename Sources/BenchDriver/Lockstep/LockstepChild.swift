import BenchMeasurement
import BenchResults
import Glibc

/// One arm of a round in lockstep: a child process with a pipe for commands and a pipe for reports.
final class LockstepChild {
    /// Where the child finds its pipes: the first free descriptors from here on, which are the same for each child.
    private static let firstDescriptor: Int32 = 100
    /// What the launcher of a child needs for itself.
    private static let spareDescriptor: Int32 = 3

    let job: BlockJob
    let channel: LineChannel
    private let process: ChildProcess
    private let commandEnd: Int32
    private let reportEnd: Int32
    private let keptEnd: Int32
    private let endDescriptor: Int32
    private var hasEnded = false

    /// Starts a worker for a job, whose folder is there.
    ///
    /// - Parameter arguments: what comes before the job file's path.
    init(executable: String, arguments: [String], job: BlockJob) throws(DriverError) {
        let commands = try Self.makePipe()
        let reports: (read: Int32, write: Int32)
        do throws(DriverError) { reports = try Self.makePipe() } catch {
            close(commands.read)
            close(commands.write)
            throw error
        }
        // Copies without the mark that closes them: they are there for the moment of the start only.
        let childCommands = fcntl(commands.read, F_DUPFD, Self.firstDescriptor)
        let childReports = fcntl(reports.write, F_DUPFD, Self.firstDescriptor)
        close(reports.write)
        defer {
            close(childCommands)
            close(childReports)
        }
        var job = job
        job.commandDescriptor = childCommands
        job.progressDescriptor = childReports
        job.parentProcess = getpid()
        do throws(DriverError) {
            guard childCommands >= 0, childReports >= 0 else {
                throw DriverError("a pipe for a worker cannot be handed over (error \(errno))")
            }
            try job.write(to: job.jobPath)
            process = try ChildProcess(
                executable: executable, arguments: arguments + [job.jobPath],
                environment: ChildEnvironment.make(
                    preload: job.allocator.path, allocatorKind: job.arm.allocator, options: job.arm.allocatorOptions),
                logPath: job.logPath, reportDescriptor: Self.spareDescriptor)
        } catch {
            for end in [commands.read, commands.write, reports.read] { close(end) }
            throw error
        }
        do throws(MeasurementError) {
            endDescriptor = try ProcessControl.descriptor(of: process.identifier)
        } catch {
            for end in [commands.read, commands.write, reports.read] { close(end) }
            throw DriverError("the worker cannot be watched: \(error)")
        }
        self.job = job
        commandEnd = commands.write
        reportEnd = reports.read
        // Kept open, so that a command to a child that is gone is no broken pipe.
        keptEnd = commands.read
        channel = LineChannel(input: reportEnd, output: commandEnd, endDescriptor: endDescriptor)
    }

    deinit {
        end()
        for end in [commandEnd, reportEnd, keptEnd, endDescriptor] { close(end) }
    }

    /// Ends the process now, if it has not ended.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        _ = try? process.wait(timeoutNanoseconds: 0, interruptDescriptor: nil) { _ in }
    }

    /// Waits for the process, which has reported all, and reads its result.
    func result(timeoutNanoseconds: UInt64) throws(DriverError) -> BlockResult {
        let code = try exitCode(timeoutNanoseconds: timeoutNanoseconds)
        if access(job.resultPath, F_OK) == 0 {
            let result = try BlockResult(path: job.resultPath)
            switch result.status {
            case .done where code == BlockWorker.ExitCode.done: return result
            case .unproven(let reason), .failed(let reason): throw DriverError("\(job.label): \(reason)")
            case .done: break
            }
        }
        throw DriverError(
            "\(job.label): the worker ended with code \(code) and left no result\(ProcessLauncher.lastWords(job))")
    }

    private func exitCode(timeoutNanoseconds: UInt64) throws(DriverError) -> Int32 {
        hasEnded = true
        switch try process.wait(timeoutNanoseconds: timeoutNanoseconds, interruptDescriptor: nil, line: { _ in }) {
        case .exited(let code): return code
        case .signalled(let signal):
            throw DriverError(
                "\(job.label): the worker was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
                    + ProcessLauncher.lastWords(job))
        case .timedOut, .interrupted:
            throw DriverError("\(job.label): the worker did not end\(ProcessLauncher.lastWords(job))")
        }
    }

    /// A pipe whose ends no other child inherits.
    private static func makePipe() throws(DriverError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw DriverError("a pipe for a worker cannot be made (error \(errno))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
