import BenchMeasurement
import BenchResults
import Foundation
import Testing

@testable import BenchDriver

/// The launcher with real children: shell scripts that behave as workers do, well or badly.
@Suite("Child processes", .serialized)
struct ProcessLauncherTests {
    @Test("A result is read, and the phases are told as they begin")
    func result() throws {
        let child = try Child(
            """
            echo load >&3; echo read >&3
            cp "$(dirname "$0")/prepared.json" "$(dirname "$1")/result.json"
            """)
        try scriptedResult(child.job).write(to: child.folder.file("prepared.json"))
        var phases: [String] = []
        let outcome = child.launcher().launch(child.job) { phases.append($0) }
        guard case .finished(let result) = outcome else {
            Issue.record("the outcome is \(outcome)")
            return
        }
        #expect(result.rows == scriptedResult(child.job).rows)
        #expect(phases == ["load", "read"])
    }

    @Test("The job's file is there, and says where to report and who asks")
    func job() throws {
        let child = try Child("cp \"$1\" \"$(dirname \"$0\")/seen.json\"")
        _ = child.launcher().launch(child.job) { _ in }
        let job = try BlockJob(path: child.folder.file("seen.json"))
        #expect(job.parentProcess == getpid() && job.progressDescriptor == 3)
        #expect(job.arm == child.job.arm)
    }

    @Test("An unproven allocator comes with its own code")
    func unproven() throws {
        let prepare = "cp \"$(dirname \"$0\")/prepared.json\" \"$(dirname \"$1\")/result.json\""
        for (code, status, isFine) in [
            (75, BlockResult.Status.unproven(reason: "no"), true), (0, .unproven(reason: "no"), false),
            (3, .done, false), (1, .failed(reason: "the store is gone"), false),
        ] as [(Int, BlockResult.Status, Bool)] {
            let child = try Child("\(prepare); exit \(code)")
            var result = scriptedResult(child.job)
            result.status = status
            try result.write(to: child.folder.file("prepared.json"))
            switch child.launcher().launch(child.job, phase: { _ in }) {
            case .finished(let read): #expect(isFine && read.status == status, "\(code) \(status)")
            case .failed(let error):
                #expect(!isFine && error.message.hasPrefix("example, arm echo/glibc/direct/1, block 4: "), "\(error)")
                if case .failed(let reason) = status { #expect(error.message.hasSuffix(reason)) }
            case .interrupted: Issue.record("nobody interrupted")
            }
        }
    }

    @Test("A crash names arm, block, signal and the last words")
    func crash() throws {
        let child = try Child("echo 'Fatal error: index out of range' >&2; kill -SEGV $$")
        let message = try #require(child.failure())
        #expect(message.contains("example, arm echo/glibc/direct/1, block 4"))
        #expect(message.contains("signal 11 (Segmentation fault)"))
        #expect(message.contains("Fatal error: index out of range"))
    }

    @Test("A child without a result, and a program that is not there, are failures")
    func noResult() throws {
        #expect(
            try #require(Child("echo oh >&2; exit 9").failure()).contains(
                "code 9 and left no result; it last wrote:\noh"))
        let child = try Child("exit 0")
        let launcher = ProcessLauncher(executable: "/no/such/program", arguments: [])
        guard case .failed(let error) = launcher.launch(child.job, phase: { _ in }) else {
            Issue.record("it was started")
            return
        }
        #expect(error.message.contains("/no/such/program"))
    }

    @Test("Only the end of long output is repeated")
    func longOutput() throws {
        let child = try Child("yes 0123456789 | head -c 100000; echo; echo the end; exit 1")
        let message = try #require(child.failure())
        #expect(message.hasSuffix("the end") && message.utf8.count < 3_000)
    }

    @Test("A child that takes too long is ended with all that it has started")
    func timeout() throws {
        let child = try Child("sleep 1000 & echo $! > \"$(dirname \"$0\")/grandchild\"; wait")
        let message = try #require(child.failure(timeoutNanoseconds: 3_000_000_000))
        #expect(message.contains("no result after 3 s"))
        #expect(try child.grandchildIsGone())
    }

    @Test("A grandchild that outlives its child is ended too")
    func leftovers() throws {
        let child = try Child("sleep 1000 & echo $! > \"$(dirname \"$0\")/grandchild\"; exit 5")
        _ = child.failure()
        #expect(try child.grandchildIsGone())
    }

    @Test("The environment is clean, of one length, and preloads what the arm asks for")
    func environment() throws {
        let child = try Child("cat /proc/$$/environ > \"$(dirname \"$0\")/environment\"")
        setenv("STRATA_TEST_LEAK", "1", 1)
        defer { unsetenv("STRATA_TEST_LEAK") }
        _ = child.launcher().launch(child.job) { _ in }
        let plain = try child.environment()
        var job = child.job
        job.allocator.path = "/no/such/library.so"
        _ = child.launcher().launch(job) { _ in }
        let preloaded = try child.environment()
        #expect(plain.bytes == preloaded.bytes && plain.bytes % ChildEnvironment.length == 0)
        #expect(!plain.pairs.contains { $0.hasPrefix("LD_PRELOAD=") || $0.hasPrefix("STRATA_TEST_LEAK=") })
        #expect(preloaded.pairs.contains("LD_PRELOAD=/no/such/library.so"))
        #expect(plain.pairs.contains("SWIFT_DETERMINISTIC_HASHING=1"))
    }

    @Test("Environments have one length, with options or without, whoever runs them")
    func environmentLength() {
        let none = ChildEnvironment.make(preload: nil, allocatorKind: "glibc", options: "") { _ in nil }
        for filler in [0, 1, 100, 4_000, 9_000] {
            let pairs = ChildEnvironment.make(
                preload: "/lib/x.so", allocatorKind: "jemalloc", options: "narenas:1"
            ) { $0 == "PATH" ? String(repeating: "p", count: filler) : nil }
            let bytes = pairs.reduce(0) { $0 + $1.utf8.count + 1 }
            #expect(bytes % ChildEnvironment.length == 0, "\(filler)")
            #expect(pairs.contains("MALLOC_CONF=narenas:1"))
        }
        #expect(none.reduce(0) { $0 + $1.utf8.count + 1 } == ChildEnvironment.length)
    }

    @Test("A signal ends the child, is noted, and nothing stays behind")
    func interruption() async throws {
        // In a process of its own, since signals are everybody's.
        await #expect(processExitsWith: .success) {
            let interruption = try Interruption()
            #expect(!interruption.isRequested)
            let child = try Child("sleep 1000 & echo $! > \"$(dirname \"$0\")/grandchild\"; echo load >&3; wait")
            let outcome = child.launcher(interruption: interruption).launch(child.job) { _ in kill(getpid(), SIGINT) }
            guard case .interrupted = outcome else {
                Issue.record("the outcome is \(outcome)")
                return
            }
            #expect(interruption.isRequested)
            #expect(try child.grandchildIsGone())
        }
    }

    @Test("A second signal ends the process at once")
    func secondSignal() async throws {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let interruption = try Interruption()
            kill(getpid(), SIGTERM)
            // The kernel delivers a signal to any thread and in its own time, and two at once are one.
            for _ in 0..<500 where !interruption.isRequested { usleep(10_000) }
            #expect(interruption.isRequested)
            kill(getpid(), SIGTERM)
            sleep(60)
        }
    }

    @Test("A worker whose parent is another process does not begin")
    func orphan() async throws {
        await #expect(processExitsWith: .success) {
            let child = try Child("exit 0")
            var job = child.job
            job.parentProcess = 1
            try job.write(to: job.jobPath)
            #expect(BlockWorker.main(jobPath: job.jobPath, factory: TestFactory()) == BlockWorker.ExitCode.failed)
            #expect(!FileManager.default.fileExists(atPath: job.resultPath))
        }
    }

    @Test("A worker's whole life: job in, result out, code by status")
    func wholeLife() async throws {
        await #expect(processExitsWith: .success) {
            let child = try Child("exit 0")
            var job = child.job
            job.parentProcess = getppid()
            job.allocator = try TestJob.owner()
            try job.write(to: job.jobPath)
            #expect(BlockWorker.main(jobPath: job.jobPath, factory: TestFactory()) == BlockWorker.ExitCode.done)
            #expect(try BlockResult(path: job.resultPath).status == .done)
            job.allocator.path = "/no/such/library.so"
            try job.write(to: job.jobPath)
            #expect(BlockWorker.main(jobPath: job.jobPath, factory: TestFactory()) == BlockWorker.ExitCode.unproven)
            job.allocator = try TestJob.owner()
            job.datasetPath = "/no/such/dataset"
            try job.write(to: job.jobPath)
            #expect(BlockWorker.main(jobPath: job.jobPath, factory: TestFactory()) == BlockWorker.ExitCode.failed)
            guard case .failed(let reason) = try BlockResult(path: job.resultPath).status else {
                Issue.record("it did not fail")
                return
            }
            #expect(reason.contains("/no/such/dataset"))
        }
    }
}

/// A shell script in the place of the worker, with a job for it.
private struct Child {
    let folder: TestFolder
    let job: BlockJob
    private let script: String

    init(_ body: String) throws {
        folder = try TestFolder()
        script = try folder.write(body + "\n", to: "worker.sh")
        job = try TestJob.make(try TestScenario.make(), in: folder, block: 4)
    }

    func launcher(
        timeoutNanoseconds: UInt64 = 60_000_000_000, interruption: Interruption? = nil
    ) -> ProcessLauncher {
        ProcessLauncher(
            executable: "/bin/sh", arguments: [script], timeoutNanoseconds: timeoutNanoseconds,
            interruption: interruption)
    }

    /// The message of the failure that the child is expected to be.
    func failure(timeoutNanoseconds: UInt64 = 60_000_000_000) -> String? {
        guard case .failed(let error) = launcher(timeoutNanoseconds: timeoutNanoseconds).launch(job, phase: { _ in })
        else { return nil }
        return error.message
    }

    /// True when the process that the script started is no more, or only waits to be buried.
    func grandchildIsGone() throws -> Bool {
        let number = try String(contentsOfFile: folder.file("grandchild"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        // The kernel delivers the signal in its own time.
        for _ in 0..<500 {
            guard let status = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8) else { return true }
            if status.contains(") Z ") { return true }
            usleep(10_000)
        }
        return false
    }

    func environment() throws -> (pairs: [String], bytes: Int) {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("environment")))
        return (data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }, data.count)
    }
}
