import Testing

@testable import Strata

@Suite("Packed entities say what the records say")
struct PackedEntityTests {
    let files = MemoryFileSystem()

    private func written(_ graph: NaiveGraph, _ limits: SnapshotLimits = .standard) throws -> Snapshot {
        _ = try SnapshotWriter.write(NaiveSource(graph), to: "graph", fileSystem: files, limits: limits)
        return try Snapshot(path: "graph", fileSystem: files)
    }

    @Test(arguments: [1, 5] as [UInt32], [1, 2, 3] as [UInt64])
    func theyAgree(idStep: UInt32, seed: UInt64) throws {
        let graph = NaiveGraph(.init(entities: 400, idStep: idStep), seed: seed)
        let snapshot = try written(graph)
        let packed = try PackedEntities(snapshot)
        #expect(packed.count == 400 && packed.byteCount == 3_200)
        var seen = 0
        packed.forEachEntity(at: 0..<packed.count) { position, entity in
            seen += 1
            let model = graph.entities[position]
            #expect(entity == packed[position])
            #expect(!entity.isWide)
            #expect(entity.id == model.id)
            #expect(entity.degree == model.relationships.count)
            #expect((try? snapshot.typeIndex(at: position)) == entity.typeIndex)
            #expect(entity.hasName == (model.name != nil))
            #expect(entity.hasProperties == !model.properties.isEmpty)
            #expect(entity.hasEmbedding == (model.embedding != nil))
        }
        #expect(seen == 400)
        // Ids that are there, and those between and behind them.
        let ids = Array(0...(graph.entities[399].id + 2)) + [.max]
        packed.forEachEntity(withIDs: ids.span) { place, found in
            let position = graph.entities.firstIndex { $0.id == ids[place] }
            #expect(found?.position == position)
            #expect(found?.record.id == position.map { graph.entities[$0].id })
            #expect(packed.entity(withID: ids[place])?.record == found?.record)
        }
    }

    /// What does not fit sends the reader to the record, and is never cut.
    @Test func wideFieldsAreEscaped() throws {
        func packed(_ type: UInt16, _ degree: UInt16, _ flags: ZeroCopyEntity.Flags = []) -> PackedEntity {
            PackedEntity(
                ZeroCopyEntity(
                    id: .max, typeID: type, degree: degree, embeddingOffset: 0, propertyOffset: 0, propertySize: 0,
                    flags: flags))
        }
        let largest = UInt16(PackedEntity.fieldMaximum)
        #expect(packed(largest, largest).typeIndex == 16_383)
        #expect(packed(largest, largest).degree == 16_383)
        #expect(packed(largest, largest).id == .max)
        #expect(packed(0, largest).typeIndex == 0)
        for wide in [
            packed(largest + 1, 0), packed(0, largest + 1), packed(.max, 0, .wideTypeID), packed(0, .max, .wideDegree),
            packed(0, 0, .wideDegree),
        ] {
            #expect(wide.isWide && wide.typeIndex == 0 && wide.degree == 0 && wide.id == .max)
        }
        // In a file with a wide table.
        let snapshot = try written(SnapshotDamageTests.smallGraph(), SnapshotDamageTests.limits)
        let entities = try PackedEntities(snapshot)
        for position in 0..<entities.count {
            let record = try snapshot.entity(at: position)
            #expect(entities[position].isWide == !record.flags.isDisjoint(with: [.wideDegree, .wideTypeID]))
        }
        #expect(entities[0].isWide, "its degree is 2, and the limit 1")
    }

    @Test func aDamagedFileIsRefused() throws {
        let snapshot = try written(NaiveGraph(.init(entities: 50, idStep: 3), seed: 1))
        let bytes = try #require(files["graph"])
        #expect(try PackedEntities(snapshot).count == 50)
        var surgery = SnapshotSurgery(bytes, try SnapshotInspection(path: "graph", fileSystem: files))
        let start = surgery.start(of: .entities)
        surgery.store(surgery.load(start + 20, as: UInt32.self), at: start + 40)
        surgery.seal()
        files["hostile"] = surgery.bytes
        let error = #expect(throws: StrataError.self) {
            _ = try PackedEntities(try Snapshot(path: "hostile", fileSystem: self.files)).count
        }
        #expect(error?.code == .corrupted)
    }
}
