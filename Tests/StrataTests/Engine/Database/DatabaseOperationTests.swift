import Testing

@testable import Strata

@Suite("Operations as bytes")
struct DatabaseOperationTests {
    private static func someOperations() throws -> [[UInt8]] {
        let files = SimulatedFileSystem(keepsHistory: false)
        let database = try GraphDatabase(
            path: "/db", configuration: DatabaseModelTests.configuration(), fileSystem: files)
        var records: [[UInt8]] = []
        try database.write { (transaction) throws(StrataError) in
            var start = 0
            func note(_ record: [UInt8]) {
                records.append(Array(record[start...]))
                start = record.count
            }
            var entity = EntityText(type: "a type", name: "a name", embedding: [1, 2])
            entity.properties = [PropertyText("k", "v"), PropertyText("a", ""), PropertyText("k", "w")]
            try transaction.insert(entity, id: 7)
            note(transaction.record)
            try transaction.insert(EntityText(type: ""), id: 8)
            note(transaction.record)
            try transaction.update(
                7, EntityChange(type: "other", properties: ["k": [], "z": ["1", "2"]], embedding: [3, 4]))
            note(transaction.record)
            try transaction.relate(7, "knows", 8)
            note(transaction.record)
            try transaction.unrelate(7, "knows", 8)
            note(transaction.record)
            try transaction.delete(8)
            note(transaction.record)
        }
        return records
    }

    /// What is cut short is no operation, wherever it is cut.
    @Test func cutShort() throws {
        for bytes in try Self.someOperations() {
            for count in 0...bytes.count {
                // In a block of its own length, so that the address sanitizer sees each byte too many that is read.
                let block = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
                defer { block.deallocate() }
                block.copyBytes(from: bytes[..<count])
                var rest = UnsafeRawBufferPointer(block)
                let operation = DatabaseOperation.next(&rest)
                #expect((operation != nil) == (count == bytes.count), "\(count) of \(bytes.count)")
                if operation != nil { #expect(rest.isEmpty) }
            }
        }
    }

    /// Any bytes are an operation or none; a database that is handed them refuses or takes them, and goes on.
    @Test(arguments: [1, 2] as [UInt64])
    func changedBytes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let operations = try Self.someOperations()
        let epochs = EpochManager()
        let types = try ConcurrentStringInterner(capacity: 64, shards: 1)
        let view = DatabaseView(active: try DatabaseDelta(epochs: epochs), frozen: nil, base: nil)
        var writer = try DatabaseWriter(view: view, types: types, sequence: 0, dimensions: 0)
        var applied = 0
        for _ in 0..<2_000 {
            var bytes = operations[random.below(operations.count)]
            for _ in 0..<random.below(4) {
                let place = random.below(bytes.count)
                bytes[place] = random.chance(50) ? bytes[place] ^ UInt8(1 << random.below(8)) : UInt8(random.below(256))
            }
            bytes.withUnsafeBytes { bytes in
                var rest = bytes
                guard let operation = DatabaseOperation.next(&rest) else { return }
                let mark = writer.mark
                do throws(StrataError) {
                    try writer.apply(operation)
                    writer.endTransaction()
                    applied += 1
                } catch { writer.undo(to: mark) }
            }
        }
        #expect(applied > 100)
        let reader = view.layers
        try LayeredWalk(reader, at: .max).forEachEntity { (id, found) throws(StrataError) in
            for direction in [Direction.outgoing, .incoming] {
                var count = 0
                try reader.forEachEdge(of: id, direction, at: .max) { _ in count += 1 }
                #expect(try reader.degree(of: id, direction, at: .max) == count)
            }
        }
    }
}
