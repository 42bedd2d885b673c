import Foundation
import Testing

@testable import BenchMeasurement

@Suite("Allocators")
struct AllocatorTests {
    @Test("The owner of malloc is a mapped library with a kind and a version")
    func identity() throws {
        let identity = try AllocatorIdentity.ofProcess()
        #expect(identity.kind != .other)
        #expect(identity.version?.isEmpty == false)
        #expect(FileManager.default.fileExists(atPath: identity.path))
        #expect(identity.isLibrary(at: identity.path))
        #expect(!identity.isLibrary(at: "/no/such/library.so"))
    }

    @Test("mimalloc's number becomes a version")
    func versionNumbers() {
        #expect(AllocatorIdentity.mimallocVersion(209) == "2.0.9")
        #expect(AllocatorIdentity.mimallocVersion(217) == "2.1.7")
        #expect(AllocatorIdentity.mimallocVersion(30_104) == "30104")
    }

    @Test("Options are one line, and `defaults` where there are none; unknown mimallocs are not asked by number")
    func options() {
        var identity = AllocatorIdentity(kind: .glibc, path: "/lib/libc.so.6", version: nil, options: [:])
        #expect(identity.optionsText == "defaults")
        identity.options = ["env.MALLOC_ARENA_MAX": "2", "env.GLIBC_TUNABLES": "a=b"]
        #expect(identity.optionsText == "env.GLIBC_TUNABLES=a=b env.MALLOC_ARENA_MAX=2")
        #expect(AllocatorOptions.mimallocNumbers(version: 217).isEmpty)
        let numbers = AllocatorOptions.mimallocNumbers(version: 209)
        #expect(Set(numbers.map(\.number)).count == numbers.count && Set(numbers.map(\.name)).count == numbers.count)
    }

    @Test("A block handed out shows in the live bytes of an allocator that counts them")
    func liveBytes() async throws {
        // In a process of its own: other tests take and give back memory beside this one.
        await #expect(processExitsWith: .success) {
            let statistics = AllocatorStatistics(kind: try AllocatorIdentity.ofProcess().kind)
            guard let before = statistics.read().liveBytes else { return }
            let block = UnsafeMutableRawPointer.allocate(byteCount: 64 << 20, alignment: 16)
            defer { block.deallocate() }
            let reading = statistics.read()
            let live = try #require(reading.liveBytes)
            #expect(live > before + (48 << 20))
            #expect(try #require(reading.heldBytes) >= 64 << 20)
        }
    }

    @Test("An allocator that tells nothing is unknown, not zero")
    func silence() {
        for kind in [AllocatorKind.mimalloc, .other] {
            let statistics = AllocatorStatistics(kind: kind)
            #expect(!statistics.tellsAnything)
            #expect(statistics.read() == HeapReading())
        }
    }

    @Test("glibc needs no library; a name that nobody knows is refused with the names that are")
    func names() throws {
        #expect(try AllocatorLibrary.find("glibc") == AllocatorLibrary(name: "glibc", path: nil))
        let error = #expect(throws: MeasurementError.self) { try AllocatorLibrary.find("jemallok") }
        #expect(error?.description.contains("glibc, jemalloc, mimalloc, tcmalloc") == true)
    }

    @Test("A library given by path must be a shared object that is there")
    func customLibraries() throws {
        let library = try AllocatorIdentity.ofProcess().path
        #expect(try AllocatorLibrary.find("mine", custom: ["mine": library]).path == library)
        #expect(throws: MeasurementError.self) { try AllocatorLibrary.find("mine", custom: ["mine": "/no/such.so"]) }
        #expect(throws: MeasurementError.self) { try AllocatorLibrary.find("mine", custom: ["mine": "/etc/passwd"]) }
    }

    @Test("What is found for a known name is a shared object", arguments: ["jemalloc", "mimalloc", "tcmalloc"])
    func discovery(name: String) {
        // A machine may lack any of them: then the error says so.
        do throws(MeasurementError) {
            let path = try AllocatorLibrary.find(name).path
            #expect(path.map { AllocatorLibrary.isSharedObject($0) } == true)
        } catch {
            #expect(error.message.contains("no library of allocator '\(name)' is installed"))
        }
    }
}
