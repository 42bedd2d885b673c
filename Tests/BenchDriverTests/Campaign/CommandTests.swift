import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Testing

@testable import BenchDriver

/// Programs as workloads, run for real. The tests themselves may run under a preload.
@Suite("A program as the workload", .serialized)
struct CommandTests {
    private static let jemalloc = try? AllocatorLibrary.find("jemalloc")

    private func setting(_ command: [String], allocators: [String] = ["glibc"], blocks: Int = 2) throws
        -> CampaignSetting
    {
        try CampaignSetting(allocators: allocators, blocks: blocks) { scenario in
            scenario.command = command
            scenario.dataset = nil
            scenario.phases = []
        }
    }

    @Test("Each block runs the program once and has the figures that the kernel counts", .enabled(if: jemalloc != nil))
    func figures() throws {
        var setting = try setting(
            ["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"], allocators: ["glibc", "jemalloc"])
        setting.plan.scenarios[0].scenario.arms.allocatorOptions = ["jemalloc": ["narenas:1"]]
        var phases: [String] = []
        let outcome = try setting.run(ProcessLauncher()) { if let phase = $0.phase { phases.append(phase) } }
        #expect(outcome.status == .complete && outcome.completeBlocks == ["example": 2], "\(outcome)")
        #expect(phases == Array(repeating: "run", count: 4))
        let rows = try setting.directory.readSamples().rows
        #expect(Set(rows.map(\.phase)) == ["run"] && Set(rows.map(\.operation)) == ["run"])
        #expect(Set(rows.map(\.subject)) == ["command"] && Set(rows.map(\.digest)) == ["-"])
        #expect(Set(rows.map { "\($0.allocator) \($0.allocatorOptions)" }) == ["glibc ", "jemalloc narenas:1"])
        for (metric, unit) in [
            ("throughput", "runs/s"), ("wall_time", "ns"), ("cpu_time", "ns"), ("resident_bytes_peak", "bytes"),
            ("minor_faults", "count"), ("major_faults", "count"), ("context_switches", "count"),
        ] {
            let own = rows.filter { $0.metric == metric }
            #expect(own.count == 4 && own.allSatisfy { $0.unit == unit }, "\(metric)")
            #expect(own.allSatisfy { $0.direction == (metric == "throughput" ? .higher : .lower) }, "\(metric)")
        }
        for row in rows where ["throughput", "wall_time", "cpu_time", "minor_faults"].contains(row.metric) {
            #expect(row.value > 0, "\(row)")
        }
        for row in rows where row.metric == "throughput" {
            let wall = rows.first { $0.metric == "wall_time" && $0.arm == row.arm && $0.block == row.block }
            #expect(wall.map { abs(row.value * $0.value / 1e9 - 1) < 1e-9 } == true)
        }
        #expect(!(try setting.directory.read(TimelineRow.self, from: .timeline).rows.isEmpty))
        let proofs = outcome.allocators.map { $0.identity?.path ?? "" }
        #expect(proofs[0].contains("libc") && proofs[1] == Self.jemalloc?.path)
        #expect(outcome.allocators[1].identity?.options == ["env.MALLOC_CONF": "narenas:1"])
    }

    @Test("The peak is the program's own, however much this process holds", .enabled(if: jemalloc != nil))
    func peak() throws {
        // 64 MiB in one variable of the shell; the other one holds next to nothing.
        let big = try setting(["sh", "-c", "x=$(head -c 67108864 /dev/zero | tr '\\0' x); sleep 0.05"], blocks: 1)
        let small = try setting(["sleep", "0.05"], blocks: 1)
        let ballast = UnsafeMutableRawPointer.allocate(byteCount: 128 << 20, alignment: 4_096)
        memset(ballast, 1, 128 << 20)
        defer { ballast.deallocate() }
        func peak(_ setting: CampaignSetting) throws -> Double? {
            #expect(try setting.run(ProcessLauncher()).status == .complete)
            return try setting.directory.readSamples().rows.first { $0.metric == "resident_bytes_peak" }?.value
        }
        let (large, little) = (try #require(try peak(big)), try #require(try peak(small)))
        #expect(large > 64e6, "\(large)")
        #expect(little < 32e6 && little > 1e5, "\(little)")
    }

    @Test("The user's environment is kept, and the arm's variables are added")
    func environment() throws {
        setenv("STRATA_TEST_KEPT", "yes", 1)
        defer { unsetenv("STRATA_TEST_KEPT") }
        let file = try TestFolder()
        let setting = try setting(["sh", "-c", "tr '\\0' '\\n' </proc/$$/environ >'\(file.file("seen"))'"], blocks: 1)
        #expect(try setting.run(ProcessLauncher()).status == .complete)
        let seen = try String(contentsOfFile: file.file("seen"), encoding: .utf8)
        #expect(seen.contains("STRATA_TEST_KEPT=yes") && !seen.contains("SWIFT_DETERMINISTIC_HASHING"))
    }

    @Test("A program that fails ends the campaign with its code and last words")
    func failure() throws {
        let outcome = try setting(["sh", "-c", "echo out; echo it hurts >&2; exit 3"]).run(ProcessLauncher())
        guard case .failed(let error) = outcome.status else {
            Issue.record("the status is \(outcome.status)")
            return
        }
        #expect(error.message.contains("example, arm command/glibc/direct/1, block 0: "))
        #expect(error.message.hasSuffix("sh` ended with code 3; it last wrote:\nit hurts"))
    }

    @Test("A program that hangs is killed in time, with what it has started")
    func hangs() throws {
        let setting = try setting(["sh", "-c", "sleep 1000 & wait"])
        let outcome = try setting.run(ProcessLauncher(timeoutNanoseconds: 300_000_000))
        guard case .failed(let error) = outcome.status else {
            Issue.record("the status is \(outcome.status)")
            return
        }
        #expect(error.message.contains("had not ended after 0 s and was killed"))
    }

    @Test("A program that is not there is refused before anything runs")
    func missing() throws {
        for command in ["no-such-program-anywhere", "./no/such", "/etc/passwd"] {
            let error = #expect(throws: DriverError.self) { try setting([command]).run(ScriptedLauncher()) }
            #expect(error?.message.contains("the program `\(command)` of `command` is not there") == true)
        }
    }

    @Test("A sweep varies the program's arguments")
    func sweep() throws {
        let setting = try CampaignSetting(blocks: 2) { scenario in
            scenario.command = ["sleep", "0.01"]
            scenario.dataset = nil
            scenario.phases = []
            scenario.points = ["0.01", "0.02"].map { seconds in
                var point = scenario
                point.command[1] = seconds
                return SweepPoint(parameters: "command.1=\(seconds)", scenario: point)
            }
        }
        #expect(try setting.run(ProcessLauncher()).status == .complete)
        for row in try setting.directory.readSamples().rows where row.metric == "wall_time" {
            #expect(row.value >= (row.parameters == "command.1=0.01" ? 10e6 : 20e6))
        }
        #expect(Set(try setting.directory.readSamples().rows.map(\.parameters)).count == 2)
    }

    @Test("Even the shortest program is proven, again and again", .enabled(if: jemalloc != nil))
    func short() throws {
        let setting = try setting(["true"], allocators: ["glibc", "jemalloc"], blocks: 10)
        let outcome = try setting.run(ProcessLauncher())
        #expect(outcome.status == .complete && outcome.allocators.allSatisfy { $0.skipped == nil }, "\(outcome)")
        #expect(try setting.directory.readSamples().rows.count { $0.metric == "throughput" } == 20)
    }

    @Test("A library that the program does not map is not proven", .enabled(if: jemalloc != nil))
    func unproven() throws {
        // Another file than what is mapped: the loader ignores a preload that is no library.
        var setting = try setting(["sleep", "0.02"], allocators: ["glibc", "mine"])
        let library = try #require(Self.jemalloc?.path)
        let copy = setting.folder.file("libmine.so")
        try FileManager.default.copyItem(atPath: library, toPath: copy)
        setting.plan.customAllocators = ["mine": copy]
        let launcher = TamperingLauncher(file: copy)
        let outcome = try setting.run(launcher)
        #expect(outcome.status == .complete)
        let reason = outcome.allocators.first { $0.library.name == "mine" }?.skipped
        #expect(reason?.contains("libmine.so was preloaded, but `") == true, "\(reason ?? "proven")")
        #expect(Set(try setting.directory.readSamples().rows.map(\.allocator)) == ["glibc"])
    }

    @Test("What maps and lists of the loader prove")
    func proof() throws {
        let libc = "/usr/lib/x86_64-linux-gnu/libc.so.6"
        let strange = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
        let program = try #require(ProgramFile(named: "sleep"))
        var own = CommandProof(AllocatorLibrary(name: "glibc", path: nil))
        #expect(own.refutation(of: program)?.contains("did not map the C library") == true)
        own.judge([program.path, libc])
        #expect(own.refutation(of: program) == nil && own.evidence == libc && !own.isDone)
        own.judge([strange])
        #expect(own.refutation(of: program)?.hasSuffix("has mapped \(strange)") == true && own.isDone)

        var other = CommandProof(AllocatorLibrary(name: "jemalloc", path: strange))
        other.judge([libc])
        #expect(other.refutation(of: program)?.contains("did not map it") == true && !other.isDone)
        other.judge([strange])
        #expect(other.refutation(of: program) == nil && other.isDone)

        let list = CommandProof.loaderList(
            "\tlinux-vdso.so.1 (0x0)\n\t/no/such/libmine.so (0x1)\n\tlibc.so.6 => /no/such/libc.so.6 (0x2)\n")
        #expect(list == ["/no/such/libmine.so", "/no/such/libc.so.6"])
    }

    @Test("Programs are found as a shell finds them, and told by their kind")
    func programs() throws {
        let folder = try TestFolder()
        let script = try folder.write("#!/bin/sh\nexit 0\n", to: "script")
        #expect(ProgramFile(named: script) == nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        let file = try #require(ProgramFile(named: script))
        #expect(file.loaded.path == "/bin/sh" && file.loaded.isDynamicallyLinked && !file.isDynamicallyLinked)
        #expect(ProgramFile(named: "sh")?.path.hasSuffix("/sh") == true && ProgramFile(named: "") == nil)
        #expect(ProgramFile(named: folder.path) == nil)

        // An ELF file with one program header of a type: 3 names an interpreter, 1 loads.
        for (type, isDynamic) in [(UInt8(3), true), (1, false)] {
            var bytes = [UInt8](repeating: 0, count: 120)
            bytes.replaceSubrange(0..<5, with: [0x7F, 0x45, 0x4C, 0x46, 2])
            bytes[32] = 64
            bytes[54] = 56
            bytes[56] = 1
            bytes[64] = type
            let path = folder.file("elf\(type)")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            let program = try #require(ProgramFile(named: path))
            #expect(program.isDynamicallyLinked == isDynamic)
            if !isDynamic {
                let proof = CommandProof(AllocatorLibrary(name: "glibc", path: nil))
                #expect(proof.refutation(of: program)?.contains("is statically linked") == true)
            }
        }
    }
}

/// Spoils a file just before a block of the allocator `mine` begins.
private struct TamperingLauncher: BlockLauncher {
    let file: String

    func launch(_ job: BlockJob, phase: (String) -> Void) -> LaunchOutcome {
        if job.arm.allocator == "mine" { try? Data("no library".utf8).write(to: URL(fileURLWithPath: file)) }
        return ProcessLauncher().launch(job, phase: phase)
    }
}
