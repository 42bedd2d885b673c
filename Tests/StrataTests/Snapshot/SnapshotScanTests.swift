import Testing

@testable import Strata

@Suite("Many entities at once are the same entities")
struct SnapshotScanTests {
    let files = MemoryFileSystem()

    private func snapshot(_ graph: NaiveGraph, _ limits: SnapshotLimits = .standard) throws -> Snapshot {
        _ = try SnapshotWriter.write(NaiveSource(graph), to: "graph", fileSystem: files, limits: limits)
        return try Snapshot(path: "graph", fileSystem: files)
    }

    @Test(arguments: [1, 2, 3] as [UInt64], [1, 4] as [UInt32])
    func aScanShowsWhatSingleReadsShow(seed: UInt64, idStep: UInt32) throws {
        let limits = SnapshotLimits(degree: 3, typeID: 1, propertySize: 2, propertyOffset: 20)
        let graph = NaiveGraph(.init(entities: 7_000, dimensions: 1, idStep: idStep), seed: seed)
        let snapshot = try snapshot(graph, limits)
        for range in [0..<7_000, 0..<0, 7_000..<7_000, 1..<2, 3_270..<3_290, 6_999..<7_000] {
            var next = range.lowerBound
            try snapshot.forEachEntity(at: range) { position, record throws(StrataError) in
                #expect(position == next)
                next += 1
                #expect(record == (try snapshot.entity(at: position)), "seed \(seed)")
                #expect(try snapshot.degree(of: record, at: position) == graph.entities[position].relationships.count)
                #expect(try snapshot.typeIndex(of: record, at: position) == snapshot.typeIndex(at: position))
            }
            #expect(next == range.upperBound)
        }
        for range in [-1..<3, 0..<7_001, 7_001..<7_001] {
            let error = #expect(throws: StrataError.self) { try snapshot.forEachEntity(at: range) { _, _ in } }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test(arguments: [1, 2] as [UInt64], [1, 4] as [UInt32])
    func aBatchShowsWhatSingleReadsShow(seed: UInt64, idStep: UInt32) throws {
        let graph = NaiveGraph(.init(entities: 5_000, dimensions: 0, idStep: idStep), seed: seed)
        let snapshot = try snapshot(graph)
        var random = SplitMix64(seed: seed)
        let last = graph.entities[4_999].id
        for count in [0, 1, 23, 24, 25, 64, 1_000] {
            // Of every six ids, one lies behind the last.
            let ids = (0..<count).map { _ in
                UInt32.random(in: 0...5, using: &random) == 0
                    ? UInt32.random(in: last + 1 ... .max, using: &random) : UInt32.random(in: 0...last, using: &random)
            }
            var places = 0
            try snapshot.forEachEntity(withIDs: ids.span) { place, found throws(StrataError) in
                #expect(place == places)
                places += 1
                let position = graph.entities.firstIndex { $0.id == ids[place] }
                #expect(found?.position == position, "seed \(seed), id \(ids[place])")
                guard let position else { return }
                #expect(found?.record == (try snapshot.entity(at: position)))
            }
            #expect(places == count)
        }
    }

    @Test func whatTheBodyThrowsEndsTheScan() throws {
        let snapshot = try snapshot(NaiveGraph(.init(entities: 100, idStep: 1), seed: 1))
        var shown = 0
        let error = #expect(throws: StrataError.self) {
            try snapshot.forEachEntity(at: 0..<100) { position, _ throws(StrataError) in
                shown += 1
                if position == 40 { throw StrataError(.notFound, "enough") }
            }
        }
        #expect(error?.code == .notFound && shown == 41)
    }

    /// No record of a damaged block is shown, and those of the blocks before it are.
    @Test func damageEndsAScanWhereItBegins() throws {
        let graph = NaiveGraph(.init(entities: 12_000, dimensions: 0, idStep: 1), seed: 2)
        let summary = try SnapshotWriter.write(NaiveSource(graph), to: "sound", fileSystem: files)
        let section = try #require(summary.sections.first { $0.kind == .entities })
        let sound = try #require(files["sound"])
        for block in 1...3 {
            var bytes = sound
            bytes[block << 16 + 100] ^= 0x10
            files["damaged"] = bytes
            let snapshot = try Snapshot(path: "damaged", fileSystem: files)
            var shown = 0
            let error = #expect(throws: StrataError.self) {
                try snapshot.forEachEntity(at: 0..<12_000) { position, record throws(StrataError) in
                    #expect(record.id == UInt32(position))
                    shown += 1
                }
            }
            #expect(error?.code == .corrupted && error?.offset == UInt64(block << 16))
            let whole = (block << 16 - Int(section.offset)) / 20
            #expect(shown <= whole && shown > whole - 65_536 / 20)
            // The ids around it are still there one by one, and those in it are not.
            let ids = [0, UInt32(whole - 1), UInt32(whole + 1), 11_999]
            var found: [UInt32] = []
            #expect(throws: StrataError.self) {
                try snapshot.forEachEntity(withIDs: ids.span) { _, entity throws(StrataError) in
                    if let entity { found.append(entity.record.id) }
                }
            }
            #expect(found == Array(ids[..<2]))
        }
    }
}
