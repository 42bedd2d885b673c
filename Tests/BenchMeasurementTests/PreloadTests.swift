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
    }
}
