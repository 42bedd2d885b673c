import Glibc
import Testing

@testable import Strata

@Suite("Files that appear whole or not at all")
struct AtomicFileWriterTests {
    let files = RealFileSystem()
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Pieces of all sizes around the buffer's, so that each way through `write` is taken.
    static let pieceSizes = [1, 4096, 100_000, 262_143, 1, 262_144, 262_144 * 3 + 5, 7, 300_000]

    @Test func theBytesArriveInOrder() throws {
        let path = folder.file("target")
        var expected: [UInt8] = []
        var writer = try AtomicFileWriter(path: path, fileSystem: files)
        for (index, size) in Self.pieceSizes.enumerated() {
            let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) }
            try piece.withUnsafeBytes { try writer.write($0) }
            expected += piece
        }
        #expect(writer.count == UInt64(expected.count))
        try [UInt8(1), 2, 3].withUnsafeBytes { try writer.overwrite($0, at: 100) }
        expected.replaceSubrange(100..<103, with: [1, 2, 3])
        #expect(throws: StrataError.self) {
            try [UInt8(1)].withUnsafeBytes { try writer.overwrite($0, at: writer.count) }
        }
        #expect(folder.names.count == 1, "only the temporary file is there before the commit")
        #expect(!folder.names.contains("target"))
        try writer.commit()

        #expect(folder.names == ["target"])
        #expect(try bytes(path) == expected)
    }

    @Test func aWriterThatIsGivenUpLeavesNothing() throws {
        let path = folder.file("target")
        try write([1, 2, 3], path, files)
        do {
            var writer = try AtomicFileWriter(path: path, fileSystem: files)
            try [UInt8](repeating: 9, count: 1_000_000).withUnsafeBytes { try writer.write($0) }
        }
        #expect(folder.names == ["target"])
        #expect(try bytes(path) == [1, 2, 3])
    }

    @Test func aFolderIsNoTarget() throws {
        #expect(throws: StrataError.self) { try write([1], folder.path, files) }
        #expect(throws: StrataError.self) { try write([1], "/dev/null", files) }
        let missing = #expect(throws: StrataError.self) { try write([1], folder.file("no/file"), files) }
        #expect(missing?.path == folder.file("no/file"), "the message names the target, not the temporary file")
        #expect(folder.names.isEmpty)
    }

    @Test func theFolderOfAPathIsFound() {
        #expect(AtomicFileWriter.folder(of: "plain") == ".")
        #expect(AtomicFileWriter.folder(of: "/plain") == "/")
        #expect(AtomicFileWriter.folder(of: "/a/b/plain") == "/a/b")
        #expect(AtomicFileWriter.folder(of: "a/plain") == "a")
    }

    /// Whatever call fails, the old file stays and no temporary file is left.
    @Test(arguments: [ENOSPC, EACCES, EIO])
    func everyFailureLeavesTheOldFile(failure: Int32) throws {
        let path = folder.file("target")
        let new = [UInt8](repeating: 7, count: 600_000)
        var call = 0
        while true {
            call += 1
            try write([1, 2, 3], path, files)
            let failing = FailingFileSystem(files, failing: call, with: failure)
            do {
                try write(new, path, failing)
                #expect(!failing.hasFailed)
                break
            } catch let error as StrataError {
                #expect(error.errno == failure)
                #expect(folder.names == ["target"], "call \(call)")
                // The last call brings the folder to stable storage: by then the new file has its name.
                let found = try bytes(path)
                #expect(found == [1, 2, 3] || (found == new && error.path == folder.path), "call \(call)")
            }
        }
        // Look at the target, open, write, write, synchronize, rename, synchronize the folder.
        #expect(call >= 7)
        #expect(try bytes(path) == new)
    }

    private func write(_ bytes: [UInt8], _ path: String, _ files: any FileSystem) throws {
        var writer = try AtomicFileWriter(path: path, fileSystem: files)
        try bytes.withUnsafeBytes { try writer.write($0) }
        try writer.commit()
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        let mapping = try files.map(try files.open(path, .read))
        defer { files.unmap(mapping) }
        return Array(mapping.bytes)
    }
}
