import Testing

@testable import GraphData

@Suite struct TraceSourceTests {
    private static func bytes(_ keys: [UInt32]) -> [UInt8] {
        keys.flatMap { key in (0..<4).map { UInt8(truncatingIfNeeded: key >> (8 * $0)) } }
    }

    /// What building says of a file, "" when it succeeds.
    private static func refusal(_ bytes: [UInt8]?, named name: String = "t.u32") throws -> String {
        let directory = try TemporaryDirectory()
        if let bytes { try directory.write(bytes, to: name) }
        do throws(GraphDataError) {
            try DatasetBuilder.build(TraceSource(path: directory.file(name)), at: directory.file("d"))
            return ""
        } catch {
            #expect(error.path == directory.file(name))
            #expect(try !directory.names().contains("d"))
            return error.message
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyAccessComesBack(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        // Keys of all sizes, the largest among them; few enough to come again.
        let keys = [0, 1, UInt32.max] + (0..<300).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
        let trace = (0..<5_000).map { _ in keys[generator.below(keys.count)] }
        let directory = try TemporaryDirectory()
        let source = TraceSource(path: try directory.write(Self.bytes(trace), to: "t.u32"))
        var reported = -1
        let digest = try DatasetBuilder.build(source, at: directory.file("d"), progress: { reported = $0 })
        let dataset = try MappedDataset(path: directory.file("d"))
        try dataset.verifyContent()
        #expect(dataset.digest == digest)
        #expect(dataset.entityCount == Set(trace).count)
        #expect(reported == dataset.entityCount)
        #expect(dataset.accessCount == trace.count)
        let names = (0..<dataset.accessCount).map { dataset.text(dataset.name(of: Int(dataset.access($0)))!) }
        #expect(names == trace.map { "\($0)" }, "seed \(seed)")
        // Keys are numbered as they come.
        #expect(dataset.access(0) == 0)
        #expect(dataset.text(dataset.type(of: 0)) == "key")
        #expect(dataset.properties(of: 0).isEmpty && dataset.embedding(of: 0).isEmpty)
    }

    @Test func whatIsNoTraceIsRefused() throws {
        #expect(try Self.refusal(Self.bytes([7])) == "")
        #expect(try Self.refusal(nil).contains("No such file"))
        #expect(try Self.refusal([]).contains("is empty"))
        #expect(try Self.refusal([1, 2, 3, 4, 5]).contains("has 5 bytes"))
        #expect(try Self.refusal([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04]).contains("`xz -dk`"))
    }

    @Test func anAccessOfNoEntityIsRefused() throws {
        let directory = try TemporaryDirectory()
        var writer = try DatasetWriter(path: directory.file("d"), embeddingDimensions: 0)
        let type = writer.intern("key")
        try writer.add(GraphRecord(type: type))
        try writer.access(1)
        var message = ""
        do throws(GraphDataError) { try writer.finish() } catch { message = error.message }
        #expect(message.contains("asks for entity 1"))
        #expect(try directory.names().isEmpty)
    }
}
