import Glibc
import Strata
import Testing

@Suite("The operating system's files")
struct RealFileSystemTests {
    let files = RealFileSystem()
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func whatIsWrittenIsReadBack() throws {
        let path = folder.file("data")
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        do {
            let file = try files.open(path, .createNew)
            try bytes.withUnsafeBytes { try files.write(file, $0) }
            try bytes[..<10].withUnsafeBytes { try files.write(file, $0, at: 50) }
            try files.synchronizeData(file)
            try files.synchronize(file)
            #expect(try files.size(of: file) == 100_000)
        }
        var expected = bytes
        expected.replaceSubrange(50..<60, with: bytes[..<10])

        let file = try files.open(path, .read)
        var buffer = [UInt8](repeating: 0, count: 60_000)
        #expect(try buffer.withUnsafeMutableBytes { try files.read(file, into: $0) } == 60_000)
        #expect(buffer == Array(expected[..<60_000]))
        #expect(try buffer.withUnsafeMutableBytes { try files.read(file, into: $0) } == 40_000, "the file ends")
        #expect(try buffer.withUnsafeMutableBytes { try files.read(file, into: $0) } == 0)
        #expect(try buffer.withUnsafeMutableBytes { try files.read(file, into: $0, at: 99_990) } == 10)
        #expect(Array(buffer[..<10]) == Array(expected[99_990...]))

        let mapping = try files.map(file)
        #expect(Array(mapping.bytes) == expected)
        files.unmap(mapping)
    }

    @Test func readWriteKeepsWhatIsThere() throws {
        let path = folder.file("log")
        for text in ["first", "second"] {
            let file = try files.open(path, .readWrite)
            let end = try files.size(of: file)
            try Array(text.utf8).withUnsafeBytes { try files.write(file, $0, at: end) }
        }
        let mapping = try files.map(try files.open(path, .read))
        defer { files.unmap(mapping) }
        #expect(String(decoding: mapping.bytes, as: UTF8.self) == "firstsecond")
    }

    @Test func namesAreListedRenamedAndRemoved() throws {
        for name in ["b", "a", "ä"] { _ = try files.open(folder.file(name), .createNew) }
        #expect(try files.list(folder.path) == ["a", "b", "ä"])
        try files.rename(folder.file("a"), to: folder.file("c"))
        try files.remove(folder.file("ä"))
        try files.synchronizeFolder(folder.path)
        #expect(try files.list(folder.path) == ["b", "c"])
        #expect(try files.kind(of: folder.file("c")) == .regular)
        #expect(try files.kind(of: folder.path) == .folder)
        #expect(try files.kind(of: "/dev/null") == .special)
        #expect(try files.kind(of: folder.file("a")) == nil)
        #expect(try files.kind(of: folder.file("c/d")) == nil)
    }

    @Test func spaceIsReservedAndGivenBack() throws {
        let file = try files.open(folder.file("x"), .createNew)
        try [UInt8(1), 2, 3].withUnsafeBytes { try files.write(file, $0) }
        try files.preallocate(file, byteCount: 100_000)
        #expect(try files.size(of: file) == 100_000)
        var status = stat()
        #expect(stat(folder.file("x"), &status) == 0)
        #expect(status.st_blocks * 512 >= 100_000)
        try files.preallocate(file, byteCount: 10)
        #expect(try files.size(of: file) == 100_000)
        try files.truncate(file, to: 2)
        try files.truncate(file, to: 4)
        var bytes = [UInt8](repeating: 9, count: 8)
        #expect(try bytes.withUnsafeMutableBytes { try files.read(file, into: $0, at: 0) } == 4)
        #expect(bytes[..<4] == [1, 2, 0, 0])
        #expect(message { try files.preallocate(file, byteCount: .max) }?.contains("larger than the system") == true)
    }

    @Test func aLockIsHeldByOne() throws {
        let first = try files.open(folder.file("x"), .readWrite)
        #expect(try files.lock(first))
        #expect(try files.lock(first))
        let second = try files.open(folder.file("x"), .readWrite)
        #expect(try !files.lock(second))
        _ = consume first
        #expect(try files.lock(second))
    }

    @Test func foldersAreMade() throws {
        try files.makeFolder(folder.file("a"))
        #expect(try files.kind(of: folder.file("a")) == .folder)
        #expect(message { try files.makeFolder(folder.file("a")) }?.contains("it exists already") == true)
        #expect(message { try files.makeFolder(folder.file("b/c")) }?.contains("no such file or folder") == true)
    }

    @Test func anEmptyFileIsAnEmptyMapping() throws {
        let file = try files.open(folder.file("empty"), .createNew)
        let mapping = try files.map(file)
        #expect(mapping.bytes.isEmpty)
        files.unmap(mapping)
    }

    @Test func theDescriptorIsClosedWithItsOwner() throws {
        let descriptor: Int32
        do {
            let file = try files.open(folder.file("x"), .createNew)
            descriptor = file.descriptor
            #expect(fcntl(descriptor, F_GETFD) >= 0)
        }
        // Another test may have taken the number meanwhile, but not for this file.
        var status = stat()
        var own = stat()
        #expect(stat(folder.file("x"), &own) == 0)
        #expect(fstat(descriptor, &status) != 0 || status.st_ino != own.st_ino || status.st_dev != own.st_dev)
    }

    @Test func refusalsAreSentences() throws {
        let missing = folder.file("missing")
        #expect(
            message { _ = try files.open(missing, .read) } == """
                \(missing): cannot open the file: there is no such file or folder; check the path
                """)
        #expect(
            message { _ = try files.open(folder.path, .read) } == """
                \(folder.path): cannot open the file: it is a folder, not a file; name a file
                """)
        #expect(message { _ = try files.open(folder.path, .readWrite) }?.contains("it is a folder") == true)
        #expect(message { _ = try files.open("/dev/zero", .read) }?.contains("not a regular file") == true)
        #expect(message { _ = try files.open("a\0b", .read) }?.contains("zero byte") == true)
        #expect(message { _ = try files.list(missing) }?.contains("no such file or folder") == true)
        #expect(message { try files.remove(missing) }?.contains("no such file or folder") == true)
        #expect(message { try files.synchronizeFolder(missing) }?.contains("no such file or folder") == true)
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(message { _ = try files.open(folder.file("pipe"), .read) }?.contains("a pipe") == true)

        let file = try files.open(folder.file("x"), .createNew)
        #expect(message { _ = try files.open(folder.file("x"), .createNew) }?.contains("it exists already") == true)
        #expect(message { try [UInt8(1)].withUnsafeBytes { try files.write(file, $0, at: .max) } } != nil)
    }

    @Test(arguments: [
        (ENOSPC, "no space is left on the device"), (EACCES, "permission denied"), (EROFS, "read-only"),
        (EISDIR, "it is a folder"), (EDQUOT, "quota"), (EIO, "the device reports an error"),
    ])
    func systemErrorsAreExplained(number: Int32, words: String) {
        let error = StrataError.refused("write 10 bytes", path: "/x", errno: number)
        #expect(error.code == .ioFailure)
        #expect(error.errno == number)
        #expect(error.description.hasPrefix("/x: cannot write 10 bytes: "))
        #expect(error.description.contains(words))
        #expect(error.remedy != nil)
    }

    private func message(_ call: () throws -> Void) -> String? {
        do { try call() } catch { return "\(error)" }
        return nil
    }
}
