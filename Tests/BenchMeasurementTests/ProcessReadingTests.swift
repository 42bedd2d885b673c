import Glibc
import Testing

@testable import BenchMeasurement

@Suite("Readings of this process")
struct ProcessReadingTests {
    @Test("The clock never runs backwards and tells its own cost")
    func clock() {
        var last = MonotonicClock.now()
        for _ in 0..<10_000 {
            let now = MonotonicClock.now()
            #expect(now >= last)
            last = now
        }
        let cost = MonotonicClock.cost(runs: 4, callsPerRun: 100)
        #expect(cost.isFinite && cost > 0)
    }

    @Test("Memory that is touched shows in statm, in status and in the rollup")
    func touchedMemory() async throws {
        // In a process of its own: other tests take and give back memory beside this one.
        await #expect(processExitsWith: .success) {
            let reader = try ProcessMemoryReader()
            let bytes = 64 << 20
            let before = try reader.read().privateBytes
            let base = try #require(mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
            defer { munmap(base, bytes) }
            memset(base, 1, bytes)
            let after = try reader.read().privateBytes
            #expect(after > before + UInt64(bytes) / 4 * 3)
            #expect(try ProcessStatus.ofProcess().anonymousBytes > UInt64(bytes) / 4 * 3)
            #expect(try MemoryRollup.ofProcess().anonymousBytes > UInt64(bytes) / 4 * 3)
        }
    }

    @Test("A shared mapping is not private memory")
    func sharedMapping() async throws {
        // In a process of its own: other tests take and give back memory beside this one.
        await #expect(processExitsWith: .success) {
            let reader = try ProcessMemoryReader()
            let before = try reader.read()
            let mapping = try SharedMapping<UInt64>(count: 8 << 20)
            let after = try reader.read()
            #expect(mapping.elements.count == 8 << 20)
            #expect(mapping.elements.allSatisfy { $0 == 0 })
            #expect(after.sharedBytes > before.sharedBytes + (48 << 20))
        }
    }

    @Test("Page faults and processor time are counted for process and thread")
    func usage() throws {
        let process = try ResourceUsage.ofProcess()
        let thread = try ResourceUsage.ofThread()
        let bytes = 4 << 20
        let base = try #require(mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { munmap(base, bytes) }
        madvise(base, bytes, Int32(MADV_NOHUGEPAGE))
        memset(base, 1, bytes)
        let used = try ResourceUsage.ofThread() - thread
        #expect(used.minorFaults >= UInt64(bytes / sysconf(Int32(_SC_PAGESIZE))))
        #expect((try ResourceUsage.ofProcess() - process).minorFaults >= used.minorFaults)
        #expect(MonotonicClock.processorTimeOfProcess() >= MonotonicClock.processorTimeOfThread())
        #expect(try ProcessTimes.ofProcess().minorFaults >= used.minorFaults)
    }

    @Test("A later reading that went backwards counts as no use")
    func backwards() {
        var earlier = ResourceUsage()
        earlier.userNanoseconds = 10
        #expect((ResourceUsage() - earlier).userNanoseconds == 0)
    }

    @Test("The machine has a fingerprint")
    func fingerprint() throws {
        let machine = try MachineFingerprint.ofMachine()
        #expect(machine.processors >= 1)
        #expect(machine.usableProcessors >= 1 && machine.usableProcessors <= machine.processors)
        #expect(machine.memoryBytes > 1 << 20)
        #expect(!machine.kernel.isEmpty && !machine.architecture.isEmpty)
        #expect(machine.libc.hasPrefix("glibc 2."))
        _ = try SystemConditions.read()
    }

    @Test("A file that is not there is an error that names it")
    func missingFile() {
        let error = #expect(throws: MeasurementError.self) { try ProcText.read("/proc/self/no-such-file") }
        #expect(error?.description.hasPrefix("/proc/self/no-such-file: ") == true)
        #expect(ProcText.readIfPresent("/proc/self/no-such-file") == nil)
    }
}
