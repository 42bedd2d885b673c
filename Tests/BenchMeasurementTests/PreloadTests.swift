import Glibc
import Testing

@testable import BenchMeasurement

/// Each test runs in a child process that loads an allocator in front of the C library's and then looks at itself.
@Suite("Allocators under a preload")
struct PreloadTests {
    @Test("jemalloc is proven, tells its version, options and live bytes, and counts per thread")
    func jemalloc() async throws {
        guard (try? AllocatorLibrary.find("jemalloc")) != nil else { return }
        await #expect(processExitsWith: .success) {
            let identity = try Preload.identity(under: "jemalloc")
            #expect(identity.kind == .jemalloc)
            #expect(identity.version?.isEmpty == false)
            #expect(identity.options["opt.narenas"] != nil)
            #expect(identity.options["env.MALLOC_CONF"] == "dirty_decay_ms:1234")
            #expect(identity.options["opt.dirty_decay_ms"] == "1234")
            try Preload.expectLiveBytes(kind: .jemalloc)
            let counter = try #require(AllocationCounter.ofThisThread(kind: .jemalloc))
            let before = counter.bytes
            UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 16).deallocate()
            #expect(counter.bytes >= before + 1 << 20)

            // The timeline follows what the phase's threads ask for, and keeps it when they are done.
            let counters = AllocationCounters(threads: 2, kind: .jemalloc)
            let recorder = try TimelineSampler(
                allocator: AllocatorStatistics(kind: .jemalloc), progress: ProgressCounters(threads: 2),
                allocations: counters, periodNanoseconds: 1_000_000)
            try recorder.start()
            counters.begin(thread: 0, counter: counter)
            let begin = counter.bytes
            for _ in 0..<8 {
                UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 16).deallocate()
                usleep(3_000)
            }
            let asked = counter.bytes - begin
            counters.end(thread: 0, total: asked)
            UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 16).deallocate()
            let allocated = try recorder.stop().samples.map(\.allocatedBytes)
            let told = allocated.compactMap { $0 }
            #expect(told.count == allocated.count && told == told.sorted())
            #expect(told.first == 0 && told.last == asked && asked >= 8 << 20)
            #expect(Set(told).count > 2)
            counters.reset()
            #expect(counters.total == 0)

            // What the sampling thread reads again and again allocates nothing.
            let reader = try ProcessMemoryReader()
            let statistics = AllocatorStatistics(kind: .jemalloc)
            let progress = ProgressCounters(threads: 2)
            for round in 1...2 {
                let quiet = counter.bytes
                for _ in 0..<100 {
                    _ = try reader.read()
                    _ = statistics.read()
                    _ = try ResourceUsage.ofProcess()
                    _ = progress.total
                    _ = counters.total
                }
                // Stated before the macro, which allocates itself.
                let allocated = counter.bytes - quiet
                #expect(round == 1 || allocated == 0)
            }
        }
    }

    @Test("tcmalloc is proven, tells its version and live bytes")
    func tcmalloc() async throws {
        guard (try? AllocatorLibrary.find("tcmalloc")) != nil else { return }
        await #expect(processExitsWith: .success) {
            let identity = try Preload.identity(under: "tcmalloc")
            #expect(identity.kind == .tcmalloc)
            #expect(identity.version?.contains("gperftools") == true)
            try Preload.expectLiveBytes(kind: .tcmalloc)
        }
    }

    @Test("mimalloc is proven and tells its version")
    func mimalloc() async throws {
        guard (try? AllocatorLibrary.find("mimalloc")) != nil else { return }
        await #expect(processExitsWith: .success) {
            let identity = try Preload.identity(under: "mimalloc")
            #expect(identity.kind == .mimalloc)
            #expect(identity.version?.hasPrefix("2.") == true || identity.version?.hasPrefix("3") == true)
            #expect(AllocationCounter.ofThisThread(kind: .mimalloc) == nil)
            // It tells what it has committed and nothing else.
            let statistics = AllocatorStatistics(kind: .mimalloc)
            #expect(statistics.tellsAnything)
            let before = try #require(statistics.read().heldBytes)
            let block = UnsafeMutableRawPointer.allocate(byteCount: 64 << 20, alignment: 16)
            let reading = statistics.read()
            block.deallocate()
            #expect(try #require(reading.heldBytes) >= before + (60 << 20))
            #expect(reading.liveBytes == nil && reading.activeBytes == nil && reading.freeBytes == nil)
            #expect(identity.options["env.MIMALLOC_DECOMMIT_DELAY"] == "77")
            if identity.version == "2.0.9" {
                // The number set by name comes back by its own number.
                #expect(identity.options["opt.decommit_delay"] == "77")
                #expect(identity.options["opt.segment_decommit_delay"] == "78")
                #expect(identity.options["opt.use_numa_nodes"] == "3")
                #expect(identity.options["opt.eager_commit_delay"] == "4")
                #expect(identity.options["opt.allow_decommit"] == "0")
                #expect(identity.options["opt.eager_commit"] == "1")
                #expect(identity.options["opt.large_os_pages"] == "0")
            }
        }
    }

    @Test("A library that owns no malloc proves nothing: the C library still owns it")
    func irrelevantLibrary() async throws {
        await #expect(processExitsWith: .success) {
            let identity = try Preload.identity(under: "libm", path: "libm.so.6")
            #expect(identity.kind == .glibc)
        }
    }
}

enum Preload {
    /// The identity of the allocator of this process after it has re-executed itself with the library in front.
    ///
    /// The test runner has removed its own variables from the environment by the time a test's body runs, but the
    /// new image needs them: they are taken from the environment that the process started with.
    static func identity(under name: String, path: String? = nil) throws -> AllocatorIdentity {
        if getenv("STRATA_TEST_PRELOADED") != nil {
            unsetenv("LD_PRELOAD")
            return try AllocatorIdentity.ofProcess()
        }
        let library = try path ?? #require(AllocatorLibrary.find(name).path)
        var environment = try ProcText.read("/proc/self/environ").split(separator: "\0").map(String.init)
        environment.removeAll { $0.hasPrefix("LD_PRELOAD=") || $0.hasPrefix("MALLOC_CONF=") }
        environment += ["LD_PRELOAD=\(library)", "STRATA_TEST_PRELOADED=1", "MALLOC_CONF=dirty_decay_ms:1234"]
        environment += [
            "MIMALLOC_DECOMMIT_DELAY=77", "MIMALLOC_SEGMENT_DECOMMIT_DELAY=78", "MIMALLOC_USE_NUMA_NODES=3",
            "MIMALLOC_EAGER_COMMIT_DELAY=4", "MIMALLOC_ALLOW_DECOMMIT=0",
        ]
        let arguments = try ProcText.read("/proc/self/cmdline").split(separator: "\0").map(String.init)
        var argumentPointers = arguments.map { strdup($0) } + [nil]
        var environmentPointers = environment.map { strdup($0) } + [nil]
        execve("/proc/self/exe", &argumentPointers, &environmentPointers)
        throw MeasurementError("the test cannot execute itself", source: "execve", errno: errno)
    }

    static func expectLiveBytes(kind: AllocatorKind) throws {
        let statistics = AllocatorStatistics(kind: kind)
        let before = try #require(statistics.read().liveBytes)
        let block = UnsafeMutableRawPointer.allocate(byteCount: 16 << 20, alignment: 16)
        defer { block.deallocate() }
        let reading = statistics.read()
        #expect(try #require(reading.liveBytes) >= before + (15 << 20))
        #expect(try #require(reading.heldBytes) >= 16 << 20)
        // Pages in use hold what is handed out; what is free or only reserved is told apart.
        #expect(try #require(reading.activeBytes) >= #require(reading.liveBytes))
        #expect(reading.freeBytes != nil && reading.retainedBytes != nil)
    }
}
