import Testing

@testable import Strata

/// Reading a snapshot in place takes no memory: counted by the library that the harness preloads, in a process of its own.
@Suite("Reads of a snapshot allocate nothing")
struct SnapshotAllocationTests {
    private let counting = AllocationCounting(suite: "SnapshotAllocationTests")

    @Test func nothingIsAllocated() throws { try counting.inProcessOfItsOwn(count) }

    private func allocations(_ body: () throws -> Void) throws -> UInt64 { try counting.allocations(body) }

    private func count() throws {
        let files = MemoryFileSystem()
        for coding in StringCoding.allCases {
            for idStep in [1, 4] as [UInt32] {
                let graph = NaiveGraph(.init(entities: 300, idStep: idStep), seed: 11)
                _ = try SnapshotWriter.write(
                    NaiveSource(graph), to: "graph", fileSystem: files, limits: .standard, coding: coding)
                let snapshot = try Snapshot(path: "graph", fileSystem: files)
                let packed = try PackedEntities(snapshot)
                let ids: [UInt32] = [5, 100, 299, .max]
                // The first way through checks the blocks and makes the table of symbols.
                let sum = try snapshot.readInPlace(ids.span, packed)
                #expect(sum != 0)
                let counted = try allocations {
                    guard try snapshot.readInPlace(ids.span, packed) == sum else {
                        throw HostileReading.Finding(description: "the second reading is another one")
                    }
                }
                #expect(counted == 0, "\(coding), ids in steps of \(idStep)")
                // What takes memory is counted.
                let text = try allocations {
                    for id in 0..<UInt32(snapshot.stringCount) { _ = try snapshot.text(id) }
                }
                #expect(text > 0, "strings of more than 15 bytes")
            }
        }
    }
}

extension Snapshot {
    /// Every read that takes nothing but what it borrows.
    fileprivate borrowing func readInPlace(
        _ ids: Span<UInt32>, _ packed: borrowing PackedEntities
    ) throws(StrataError) -> Int {
        var sum = 0
        for position in 0..<entityCount {
            let record = try entity(at: position)
            sum &+= Int(record.id) &+ (try degree(at: position)) &+ (try typeIndex(at: position))
            sum &+= try self.position(ofID: record.id) ?? 0
            sum &+= Int(try type(at: position))
            if let name = try nameID(at: position) {
                try withUTF8(of: name) { (utf8) throws(StrataError) in
                    sum &+= utf8.count
                    sum &+= try self.position(ofName: utf8) ?? 0
                }
            }
            let pairs = try properties(at: position)
            for index in pairs.indices {
                let pair = pairs[index]
                sum &+= Int(pair.key.id) &+ (try properties(at: position, key: pair.key.id)).count
                let positions = try self.positions(withKey: pair.key.id, value: pair.value.id)
                for index in positions.indices { sum &+= Int(positions[index]) }
                try withUTF8(of: pair.value.id) { (utf8) throws(StrataError) in
                    sum &+= utf8.count
                    sum &+= Int(try self.stringID(of: utf8) ?? 0)
                }
            }
            for direction in 0..<2 {
                let list = direction == 0 ? try outgoing(at: position) : try incoming(at: position)
                for index in list.indices {
                    sum &+= Int(list[index].target)
                    sum &+= try outgoing(at: position, type: list[index].type).count
                }
            }
            if let row = try embedding(at: position) {
                for index in row.indices where row[index] > 0 { sum &+= 1 }
            }
        }
        try forEachEntity(at: 0..<entityCount) { position, record throws(StrataError) in
            sum &+= position ^ Int(record.degree)
        }
        let records = try entities(at: 0..<entityCount)
        for index in records.indices { sum &+= Int(records[index].propertySize) }
        try forEachEntity(withIDs: ids) { place, found throws(StrataError) in sum &+= place ^ (found?.position ?? -1) }
        packed.forEachEntity(withIDs: ids) { place, found in sum &+= place ^ (found?.record.degree ?? -1) }
        packed.forEachEntity(at: 0..<packed.count) { position, record in sum &+= position ^ record.typeIndex }
        return sum
    }
}
