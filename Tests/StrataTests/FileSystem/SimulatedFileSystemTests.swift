import Glibc
import Testing

@testable import Strata

@Suite("The simulated disk")
struct SimulatedFileSystemTests {
    let files = SimulatedFileSystem()

    /// The contents of a path in all states that a crash may leave, each once; nil for no file.
    private func outcomes(_ path: String) -> Set<[UInt8]?> {
        var found: Set<[UInt8]?> = []
        var generator = SplitMix64(seed: 1)
        let isAll = files.crashPoint().forEachState(limit: 100_000, using: &generator) { found.insert($0[path]) }
        #expect(isAll)
        return found
    }

    private func write(_ bytes: [UInt8], to file: borrowing OpenFile, at offset: UInt64) throws {
        try bytes.withUnsafeBytes { try files.write(file, $0, at: offset) }
    }

    private func bytes(_ value: UInt8, _ count: Int = 512) -> [UInt8] { [UInt8](repeating: value, count: count) }

    @Test func bytesAreSureWhenTheyAreSynchronized() throws {
        files["x"] = bytes(0, 1024)
        let file = try files.open("x", .readWrite)
        try write(bytes(1), to: file, at: 0)
        try write(bytes(2), to: file, at: 0)
        try write(bytes(3), to: file, at: 512)
        // Each sector on its own, in each of its versions.
        var expected: Set<[UInt8]?> = []
        for first in [0, 1, 2] as [UInt8] {
            for second in [0, 3] as [UInt8] { expected.insert(bytes(first) + bytes(second)) }
        }
        #expect(outcomes("x") == expected)
        #expect(files.crashPoint().stateCount == 6)
        try files.synchronizeData(file)
        #expect(outcomes("x") == [bytes(2) + bytes(3)])
        #expect(files.crashPoint().stateCount == 1)
    }

    @Test func aFileGrowsAndShrinksWithoutPromise() throws {
        files["x"] = bytes(1, 10)
        let file = try files.open("x", .readWrite)
        try write(bytes(2, 2), to: file, at: 10)
        try files.truncate(file, to: 4)
        try files.preallocate(file, byteCount: 6)
        #expect(files["x"] == bytes(1, 4) + [0, 0])
        let found = outcomes("x")
        #expect(found.contains(bytes(1, 10)))
        #expect(found.contains(bytes(1, 10) + [0, 0]))
        #expect(found.contains(bytes(1, 4)))
        #expect(found.contains(bytes(1, 4) + [0, 0]))
        try files.synchronize(file)
        #expect(outcomes("x") == [bytes(1, 4) + [0, 0]])
        // What was cut off is zero when the file grows over it.
        try files.truncate(file, to: 2)
        try files.synchronize(file)
        try files.truncate(file, to: 4)
        #expect(files["x"] == [1, 1, 0, 0])
        #expect(outcomes("x") == [[1, 1], [1, 1, 0, 0]])
    }

    @Test func aNameIsSureWhenItsFolderIsSynchronized() throws {
        let file = try files.open("x", .createNew)
        try write([1], to: file, at: 0)
        try files.synchronize(file)
        #expect(outcomes("x") == [nil, [1]])
        try files.synchronizeFolder(".")
        #expect(outcomes("x") == [[1]])
        try files.remove("x")
        #expect(outcomes("x") == [nil, [1]])
        #expect(files["x"] == nil)
    }

    @Test func aRenameIsOneStep() throws {
        files["x"] = [1]
        files["y"] = [2]
        try files.rename("y", to: "x")
        #expect(files.contents == ["x": [2]])
        var found: Set<[String: [UInt8]]> = []
        for number in 0..<files.crashPoint().stateCount! { found.insert(files.crashPoint().state(number).contents) }
        #expect(found == [["x": [1], "y": [2]], ["x": [2]]])
    }

    @Test func folders() throws {
        #expect(failure { try files.open("a/x", .createNew) }?.errno == ENOENT)
        try files.makeFolder("a")
        #expect(failure { try files.makeFolder("a") }?.errno == EEXIST)
        #expect(failure { try files.makeFolder("b/c") }?.errno == ENOENT)
        #expect(failure { try files.open("a", .read) }?.errno == EISDIR)
        #expect(failure { try files.remove("a") }?.errno == EISDIR)
        #expect(try files.kind(of: "a") == .folder)
        do { _ = try files.open("./a/x", .createNew) }
        #expect(try files.kind(of: "a/x") == .regular)
        try files.synchronizeFolder("a/")
        #expect(try files.list("a") == ["x"])
        #expect(try files.list(".") == ["a"])
        // The folder's own name is in another one.
        #expect(outcomes("a/x") == [nil, []])
        try files.synchronizeFolder(".")
        #expect(outcomes("a/x") == [[]])
        #expect(files.openCount == 0)
    }

    /// Rebello and others, 2020: on ext4 and XFS the pages are clean after a failed `fsync`, and the next one succeeds.
    @Test func aFailedSynchronizationLosesWhatWasWritten() throws {
        files["x"] = bytes(0, 1024)
        let file = try files.open("x", .readWrite)
        try write(bytes(1), to: file, at: 0)
        files.inject(.failure(EIO), at: files.callCount + 1)
        #expect(failure { try files.synchronize(file) }?.errno == EIO)
        #expect(files["x"] == bytes(1) + bytes(0))
        try files.synchronize(file)
        #expect(outcomes("x") == [bytes(0, 1024)])
        // Written again it counts again.
        try write(bytes(1), to: file, at: 0)
        try files.synchronize(file)
        #expect(outcomes("x") == [bytes(1) + bytes(0)])
    }

    @Test func callsAreInterruptedAndDoneInPart() throws {
        let text = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        for fault in [SimulatedFault.interruption, .shortCall] {
            let files = SimulatedFileSystem()
            files.inject(fault, at: 1, count: .max)
            let file = try files.open("x", .createNew)
            try text.withUnsafeBytes { try files.write(file, $0) }
            try text.withUnsafeBytes { try files.write(file, $0, at: 1000) }
            var read = [UInt8](repeating: 0, count: 2100)
            #expect(try read.withUnsafeMutableBytes { try files.read(file, into: $0, at: 0) } == 2000)
            #expect(Array(read[..<2000]) == text + text)
            #expect(try files.size(of: file) == 2000)
            #expect(files.callCount > 10)
        }
    }

    @Test func theDiskFillsUp() throws {
        files.capacity = 1000
        let file = try files.open("x", .createNew)
        #expect(failure { try write(bytes(1, 1500), to: file, at: 0) }?.errno == ENOSPC)
        #expect(files["x"] == bytes(1, 1000))
        try write(bytes(2, 10), to: file, at: 0)
        let other = try files.open("y", .createNew)
        #expect(failure { try files.preallocate(other, byteCount: 1) }?.errno == ENOSPC)
        try files.truncate(file, to: 500)
        try files.preallocate(other, byteCount: 500)
        try write(bytes(3, 500), to: other, at: 0)
    }

    @Test func aLockIsHeldByOne() throws {
        let first = try files.open("x", .readWrite)
        #expect(try files.lock(first))
        #expect(try files.lock(first))
        do {
            let second = try files.open("x", .readWrite)
            #expect(try !files.lock(second))
            // The lock ends with its owner.
            let left = SimulatedFileSystem.crashed(files)
            let third = try left.open("x", .readWrite)
            #expect(try left.lock(third))
            let fourth = try files.open("y", .readWrite)
            #expect(failure { try left.size(of: fourth) }?.errno == EBADF)
        }
        _ = consume first
        #expect(try files.lock(try files.open("x", .readWrite)))
    }

    @Test func callsFailByTheirNumber() throws {
        files.inject(.failure(ENOSPC), at: 2, count: 2)
        let file = try files.open("x", .createNew)
        #expect(failure { try write([1], to: file, at: 0) }?.errno == ENOSPC)
        #expect(failure { try files.size(of: file) }?.errno == ENOSPC)
        #expect(try files.size(of: file) == 0)
        files.inject(.powerLoss, at: 6)
        try write([1], to: file, at: 0)
        #expect(failure { try write([2], to: file, at: 1) }?.errno == EIO)
        #expect(failure { try files.size(of: file) }?.errno == EIO)
        files.removeFaults()
        #expect(failure { try files.kind(of: "x") }?.errno == EIO)
        #expect(files.faultCount == 3)
        // The write that the power failed in may have come to the disk.
        #expect(outcomes("x") == [nil, [], [1], [1, 2], [0], [0, 0], [1, 0]])
    }

    /// Without a history all is on the disk at once, up to the crash, which comes in the middle of a write.
    @Test func withoutHistoryACrashIsInOrder() throws {
        let files = SimulatedFileSystem(keepsHistory: false)
        files.inject(.powerLoss, at: 3)
        let file = try files.open("x", .createNew)
        try bytes(1, 4).withUnsafeBytes { try files.write(file, $0) }
        #expect(failure { try bytes(2, 4).withUnsafeBytes { try files.write(file, $0) } }?.errno == EIO)
        #expect(failure { try files.remove("x") }?.errno == EIO)
        #expect(files.contents == ["x": [1, 1, 1, 1, 2, 2]])
    }

    /// The file that appears whole or not at all does, in every state that any crash leaves.
    @Test func anAtomicFileIsOldOrNew() throws {
        let new = [UInt8](repeating: 7, count: 3 * 512)
        var call = 0
        var outcomes: Set<[UInt8]?> = []
        while true {
            call += 1
            let files = SimulatedFileSystem()
            files["x"] = [1, 2, 3]
            files.inject(.powerLoss, at: call)
            let error = failure {
                var writer = try AtomicFileWriter(path: "x", fileSystem: files)
                try new.withUnsafeBytes { try writer.write($0) }
                try writer.commit()
            }
            var generator = SplitMix64(seed: 1)
            let isAll = files.crashPoint().forEachState(limit: 1000, using: &generator) { left in
                outcomes.insert(left["x"])
                // What is acknowledged is there.
                if error == nil { #expect(left["x"] == new) }
            }
            #expect(isAll)
            if error == nil { break }
        }
        #expect(call == 7)
        #expect(outcomes == [[1, 2, 3], new])
    }
}

extension SimulatedFileSystem {
    /// The disk as it is when all has reached it.
    static func crashed(_ files: SimulatedFileSystem) -> SimulatedFileSystem {
        let point = files.crashPoint()
        return point.state(point.stateCount! - 1)
    }
}
