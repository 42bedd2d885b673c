import Glibc
import Testing

@testable import BenchMeasurement

/// Each test that counts runs in a child process with the library in front of an allocator.
@Suite("Counting allocations")
struct CountingLibraryTests {
    @Test(
        "Each allocation, its bytes, its end and whether it was temporary are counted, and the allocator is found",
        .enabled(if: Built.library != nil, "libstrata-counting.so is not built"),
        arguments: ["glibc", "jemalloc", "mimalloc", "tcmalloc"])
    func counts(allocator: String) async throws {
        guard let found = try? AllocatorLibrary.find(allocator) else { return }
        // The child cannot see the argument: each has a body of its own.
        switch allocator {
        case "jemalloc": await #expect(processExitsWith: .success) { try Counted.expectAll("jemalloc", .jemalloc) }
        case "mimalloc": await #expect(processExitsWith: .success) { try Counted.expectAll("mimalloc", .mimalloc) }
        case "tcmalloc": await #expect(processExitsWith: .success) { try Counted.expectAll("tcmalloc", .tcmalloc) }
        default: await #expect(processExitsWith: .success) { try Counted.expectAll("glibc", .glibc) }
        }
        #expect(found.name == allocator)
    }

    @Test("Without the library there is no count, and a missing one is a sentence")
    func absence() {
        #expect(CountingLibrary() == nil)
        let error = #expect(throws: MeasurementError.self) { try CountingLibrary.find(beside: "/no/such/strata") }
        #expect(error?.description.contains("/no/such/libstrata-counting.so: ") == true)
        #expect(error?.description.contains("swift build --product strata-counting") == true)
    }
}

/// What the build has made beside the tests.
enum Built {
    /// The counting library in the folder of the tests' own image.
    static let library: String? = {
        let address = UInt64(UInt(bitPattern: #dsohandle))
        guard let image = (try? MemoryMapping.ofProcess())?.first(where: { $0.start <= address && address < $0.end })
        else { return nil }
        return try? CountingLibrary.find(beside: image.path)
    }()
}

enum Counted {
    static func expectAll(_ name: String, _ kind: AllocatorKind) throws {
        let counting = try #require(Built.library)
        let library = try AllocatorLibrary.find(name).path
        let owner = try Preload.identity(
            under: name, path: [counting, library].compactMap { $0 }.joined(separator: ":"))
        // The counting library is in front, the allocator behind it.
        #expect(owner.path == counting)
        let counter = try #require(CountingLibrary())
        let identity = try counter.allocator()
        #expect(identity.kind == kind)
        if let library { #expect(identity.isLibrary(at: library)) }

        #expect(used(counter) {} == AllocationCount())
        #expect(
            used(counter) { free(malloc(100)) } == AllocationCount(allocations: 1, bytes: 100, frees: 1, temporary: 1))
        #expect(used(counter) { free(nil) } == AllocationCount())
        #expect(
            used(counter) {
                let first = malloc(10)
                let second = calloc(3, 5)
                free(first)
                // Not temporary: another block was given back in between.
                free(second)
            } == AllocationCount(allocations: 2, bytes: 25, frees: 2, temporary: 0))
        #expect(
            used(counter) { free(realloc(realloc(nil, 8), 1_000)) }
                == AllocationCount(allocations: 2, bytes: 1_008, frees: 2, temporary: 2))
        #expect(
            used(counter) {
                var block: UnsafeMutableRawPointer?
                guard posix_memalign(&block, 64, 7) == 0 else { return }
                free(block)
                free(aligned_alloc(64, 128))
                free(reallocarray(nil, 4, 4))
            } == AllocationCount(allocations: 3, bytes: 151, frees: 3, temporary: 3))
        #expect(reallocarray(nil, Int.max, 4) == nil)
        try expectThreads(counter)
    }

    /// What a thread did still counts when it has ended, and there may be more threads than slots.
    private static func expectThreads(_ counter: CountingLibrary) throws {
        let before = counter.read()
        for _ in 0..<300 {
            try NativeThread(name: "asks") {
                for _ in 0..<10 { free(malloc(1 << 20)) }
            }.join()
        }
        let used = counter.read() - before
        #expect(used.allocations >= 3_000 && used.bytes >= 3_000 << 20 && used.temporary >= 3_000)
        #expect(used.bytes < 3_100 << 20)
    }

    /// What the body asks for. Stated before the macro, which allocates itself.
    @inline(never)
    private static func used(_ counter: CountingLibrary, _ body: () -> Void) -> AllocationCount {
        let before = counter.read()
        body()
        return counter.read() - before
    }
}
