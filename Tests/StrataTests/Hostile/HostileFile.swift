import Glibc

@testable import Strata

/// A file system of one file, whose bytes are mapped as a block of their own length: a read outside of it is one outside
/// of a block of `malloc`, which the address sanitizer sees.
final class HostileFile: FileSystem, @unchecked Sendable {
    // Unchecked: libFuzzer gives one input after the other, on one thread.

    static let shared = HostileFile()

    /// The bytes of the file, good for as long as it is open or mapped.
    var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    private var descriptor: CInt = -1

    /// The path of a file of the system with these bytes.
    func inMemoryFile() throws -> String {
        if descriptor < 0 {
            let path = "/dev/shm/strata-hostile-\(getpid())"
            descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
            guard descriptor >= 0 else { throw HostileReading.Finding(description: "no file in /dev/shm") }
            unlink(path)
        }
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count else {
            throw HostileReading.Finding(description: "the file in /dev/shm cannot be written")
        }
        return "/proc/self/fd/\(descriptor)"
    }

    func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile {
        OpenFile(descriptor: 0, path: path, fileSystem: self)
    }

    func close(_ descriptor: Int32) {}

    func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 { UInt64(bytes.count) }

    func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping {
        guard !bytes.isEmpty else { return FileMapping(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) }
        // Mappings begin at a page; a reader asks for a cache line at most.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        copy.copyMemory(from: bytes)
        return FileMapping(bytes: UnsafeRawBufferPointer(copy))
    }

    func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        throw refused("map pieces of the file")
    }

    func unmap(_ mapping: FileMapping) { mapping.bytes.deallocate() }

    // What a reader does not do.

    private func refused(_ what: String) -> StrataError { .refused(what, path: "hostile", errno: EROFS) }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int { throw refused("read the file") }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int { throw refused("read the file") }

    func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        throw refused("write the file")
    }

    func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) { throw refused("write the file") }

    func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        throw refused("reserve space")
    }

    func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        throw refused("set the file's length")
    }

    func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool { throw refused("lock the file") }
    func makeFolder(_ path: String) throws(StrataError) { throw refused("make the folder") }
    func synchronize(_ file: borrowing OpenFile) throws(StrataError) { throw refused("synchronize the file") }
    func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) { throw refused("synchronize the file") }
    func synchronizeFolder(_ path: String) throws(StrataError) { throw refused("synchronize the folder") }
    func rename(_ path: String, to newPath: String) throws(StrataError) { throw refused("rename the file") }
    func remove(_ path: String) throws(StrataError) { throw refused("remove the file") }
    func list(_ path: String) throws(StrataError) -> [String] { throw refused("list the folder") }
    func kind(of path: String) throws(StrataError) -> FileKind? { throw refused("look at the file") }
}

/// What one block of memory may have while an input is read: the sanitizer asks at every `malloc`.
enum HostileAllocations {
    // libFuzzer gives inputs on one thread; a second one only ever reads this.
    nonisolated(unsafe) static var allowed = Int.max

    private typealias Hook = @convention(c) (UnsafeRawPointer?, Int) -> Void
    private typealias Unhook = @convention(c) (UnsafeRawPointer?) -> Void

    /// Has the sanitizer ask; nothing where there is none.
    static func watch() {
        guard let symbol = dlsym(nil, "__sanitizer_install_malloc_and_free_hooks") else { return }
        let install = unsafeBitCast(symbol, to: (@convention(c) (Hook, Unhook) -> CInt).self)
        _ = install(
            { _, count in
                if count > HostileAllocations.allowed {
                    let allowed = HostileAllocations.allowed
                    HostileAllocations.allowed = .max
                    fatalError("\(count) bytes were allocated at once for a file that warrants \(allowed)")
                }
            }, { _ in })
    }
}
