import Testing

@testable import Strata

@Suite("Opening a database")
struct DatabaseOpeningTests {
    private static let path = DatabaseModelTests.path

    private static func open(
        _ files: SimulatedFileSystem, _ presence: LogPresence = .any
    ) throws -> GraphDatabase {
        try GraphDatabase(
            path: path, presence: presence, configuration: DatabaseModelTests.configuration(), fileSystem: files)
    }

    private static func insert(_ name: String, _ database: GraphDatabase) throws {
        try database.write { (transaction) throws(StrataError) in
            try transaction.insert(EntityText(type: "t", name: name))
        }
    }

    @Test func oneWriterAtATime() throws {
        let files = SimulatedFileSystem()
        let first = try Self.open(files)
        let refusal = failure { try Self.open(files) }
        #expect(refusal?.code == .ioFailure)
        #expect(refusal?.message.contains("another process") == true)
        try Self.insert("a", first)
        // Readers of other processes go on beside it.
        let other = try GraphDatabase(reading: Self.path, fileSystem: files)
        #expect(try other.read { (reader) throws(StrataError) in try reader.id(named: "a") } == 0)
        try Self.insert("b", first)
        #expect(try other.read { (reader) throws(StrataError) in try reader.id(named: "b") } == nil)
        try first.close()
        #expect(failure { try Self.insert("c", first) } != nil)
        let second = try Self.open(files, .existing)
        #expect(second.sequence == 2)
    }

    @Test func presence() throws {
        let files = SimulatedFileSystem()
        #expect(failure { try Self.open(files, .existing) }?.code == .notFound)
        #expect(failure { try GraphDatabase(reading: Self.path, fileSystem: files) }?.code == .notFound)
        try Self.open(files, .new).close()
        #expect(failure { try Self.open(files, .new) }?.code == .alreadyExists)
        files["/file"] = [1, 2, 3]
        #expect(failure { try GraphDatabase(path: "/file", fileSystem: files) }?.code == .unsupportedFormat)
        try files.makeFolder("/home")
        files["/home/letters"] = [1]
        #expect(failure { try GraphDatabase(path: "/home", fileSystem: files) }?.code == .alreadyExists)
        #expect(failure { try GraphDatabase(path: "/nowhere/db", fileSystem: files) }?.code == .ioFailure)
    }

    @Test func damage() throws {
        let files = SimulatedFileSystem(keepsHistory: false)
        var database: GraphDatabase? = try Self.open(files)
        for number in 0..<3 { try Self.insert("n\(number)", database!) }
        try database!.checkpoint()
        for number in 3..<6 { try Self.insert("n\(number)", database!) }
        try database!.close()
        database = nil
        let whole = files.contents
        let root = "\(Self.path)/root"
        for byte in 0..<64 {
            files.contents = whole
            files[root]![byte] ^= 0x10
            let refusal = failure { try Self.open(files) }
            #expect(refusal?.path == root, "byte \(byte): \(String(describing: refusal))")
            #expect(refusal?.code == (byte < 8 ? .unsupportedFormat : .corrupted), "byte \(byte)")
        }
        files.contents = whole
        files[root] = Array(whole[root]!.dropLast())
        #expect(failure { try Self.open(files) }?.code == .corrupted)

        // A base or a log that is gone, or another one's, is no empty database.
        let base = try #require(whole.keys.first { $0.hasSuffix(".strata") })
        files.contents = whole
        files[base] = nil
        #expect(failure { try Self.open(files) } != nil)
        files.contents = whole.filter { !$0.key.contains("/log/") }
        #expect(failure { try Self.open(files) } != nil)
        files.contents = whole.filter { $0.key != root }
        #expect(failure { try Self.open(files) } != nil)
        files.contents = whole
        var other = try DatabaseRoot(path: root, fileSystem: files)
        other.identity = .random()
        files[root] = other.encoded
        #expect(failure { try Self.open(files) } != nil)

        // A damaged base is found when it is read.
        files.contents = whole
        files[base]![70_000 % whole[base]!.count] ^= 1
        let refusal = failure { try DatabaseInspection.verify(path: Self.path, fileSystem: files) }
        #expect(refusal?.code == .corrupted)
        files.contents = whole
        #expect(try DatabaseInspection.verify(path: Self.path, fileSystem: files))
        let inspection = try #require(try DatabaseInspection(path: Self.path, fileSystem: files))
        #expect([inspection.sequence, inspection.baseSequence, inspection.epoch] == [6, 3, 1])
        #expect(inspection.basePath == base)
        #expect(try Self.open(files).sequence == 6)
    }

    @Test func leftoversGo() throws {
        let files = SimulatedFileSystem(keepsHistory: false)
        try Self.insert("a", try Self.open(files))
        files["\(Self.path)/base-7.strata"] = [1]
        files["\(Self.path)/.1-2.strata.tmp"] = [1]
        let database = try Self.open(files)
        #expect(!files.names.contains { $0.hasSuffix("base-7.strata") || $0.hasSuffix(".tmp") })
        try database.checkpoint()
        try Self.insert("b", database)
        try database.checkpoint()
        #expect(files.names.filter { $0.hasSuffix(".strata") }.count == 1)
        #expect(try !database.checkpoint())
    }

    @Test func wrongConfigurationsAreRefused() {
        let files = SimulatedFileSystem()
        var configuration = DatabaseConfiguration()
        configuration.mergeByteCount = 100
        #expect(failure { try GraphDatabase(path: "/d", configuration: configuration, fileSystem: files) } != nil)
        configuration = DatabaseConfiguration()
        configuration.checkpointByteCount = -1
        #expect(failure { try GraphDatabase(path: "/d", configuration: configuration, fileSystem: files) } != nil)
        #expect(files.names.isEmpty)
    }
}
