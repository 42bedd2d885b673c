import BenchMeasurement
import BenchResults
import BenchWorkload
import Glibc
import GraphData
import Histogram

/// Runs one block in a process of its own.
public enum BlockWorker {
    /// The exit codes of a worker process.
    public enum ExitCode {
        /// The result holds all that was asked for.
        public static let done: Int32 = 0
        /// The block failed; the result, where there is one, and standard error say why.
        public static let failed: Int32 = 1
        /// The allocator that was asked for does not own `malloc`.
        public static let unproven: Int32 = 75
    }

    /// The whole life of a worker process: reads the job, runs it, writes the result.
    ///
    /// The process is killed by the kernel when the thread that started it ends, so that none is left behind.
    ///
    /// - Returns: the exit code.
    public static func main(jobPath: String, factory: some SubjectFactory) -> Int32 {
        do throws(DriverError) {
            let job = try BlockJob(path: jobPath)
            let isWanted = try measured { () throws(MeasurementError) in
                // Under strace or a profiler, that is the parent.
                let isUnderTool = job.purpose == .systemCalls || job.purpose == .profile
                return try ProcessControl.endWithParent(isUnderTool ? getppid() : job.parentProcess)
            }
            guard isWanted else { throw DriverError("the process that asked for the block is gone") }
            var result: BlockResult
            do throws(DriverError) {
                result = try run(job: job, factory: factory)
            } catch {
                result = BlockResult(status: .failed(reason: error.message))
            }
            try result.write(to: job.resultPath)
            switch result.status {
            case .done: return ExitCode.done
            case .unproven: return ExitCode.unproven
            case .failed(let reason):
                complain(reason)
                return ExitCode.failed
            }
        } catch {
            complain(error.message)
            return ExitCode.failed
        }
    }

    /// Runs a block in this process, which should have done nothing else before.
    ///
    /// Removes `LD_PRELOAD` from the environment, so that programs that a subject starts are not preloaded too.
    ///
    /// - Returns: the result; its status says when the allocator is not proven.
    /// - Throws: when a phase cannot be driven or measured to its end.
    public static func run(job: BlockJob, factory: some SubjectFactory) throws(DriverError) -> BlockResult {
        unsetenv("LD_PRELOAD")
        switch job.purpose {
        case .instructions, .allocations, .systemCalls: return try CountingSession.run(job: job, factory: factory)
        case .measure, .lockstep, .profile: break
        }
        let identity = try measured { () throws(MeasurementError) in try AllocatorIdentity.ofProcess() }
        // A heap profiler stands in front of the allocator.
        if job.purpose != .profile, let reason = mismatch(identity, expected: job.allocator) {
            return BlockResult(status: .unproven(reason: reason), allocator: identity)
        }
        if job.purpose == .lockstep { return try LockstepSession(job: job, identity: identity).run(factory) }
        let session = try BlockSession(job: job, identity: identity)
        return try session.run(factory)
    }

    /// Why the owner of `malloc` is not the library that was asked for, or nil when it is.
    static func mismatch(_ identity: AllocatorIdentity, expected: AllocatorLibrary) -> String? {
        if let path = expected.path {
            return identity.isLibrary(at: path)
                ? nil : "\(path) was preloaded, but \(identity.path) owns malloc"
        }
        return identity.kind == .glibc ? nil : "the C library should own malloc, but \(identity.path) does"
    }

    static func measured<T>(_ body: () throws(MeasurementError) -> T) throws(DriverError) -> T {
        do throws(MeasurementError) {
            return try body()
        } catch {
            throw DriverError("\(error)")
        }
    }

    private static func complain(_ message: String) {
        let line = "strata worker: \(message)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
}
