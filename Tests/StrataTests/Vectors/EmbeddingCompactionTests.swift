import Testing

@testable import Strata

@Suite struct EmbeddingCompactionTests {
    /// Rows are added, removed and moved a few at a time in any order; each entity keeps its vector.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func agreesWithADictionary(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var column = EmbeddingColumn(dimensions: 3)
        var model: [UInt32: (row: UInt32, vector: [Float])] = [:]
        var moves = 0
        for step in 0..<longRun(3_000) {
            // Long spells of growing and of shrinking.
            let grows = random.chance(step / 300 % 2 == 0 ? 70 : 30)
            let owner = UInt32(random.below(400))
            if let held = model[owner], !grows {
                column.remove(held.row)
                model[owner] = nil
            } else if model[owner] == nil {
                let vector = random.vector(3)
                model[owner] = (try column.add(vector.span, owner: owner), vector)
            }
            if random.chance(10) {
                let version = column.version
                var told: [(owner: UInt32, row: UInt32)] = []
                let isDone = column.compact(rows: random.below(20)) { owner, row in told.append((owner, row)) }
                for move in told { model[move.owner]?.row = move.row }
                moves += told.count
                let now = column.version
                #expect(now == version)
                let holes = column.holeBytes
                if isDone { #expect(holes == 0, "seed \(seed), step \(step)") }
            }
            let count = column.count
            guard count == model.count else {
                Issue.record("seed \(seed), step \(step): \(count) rows where \(model.count) are held")
                return
            }
            guard step % 100 == 0 else { continue }
            let wrong = model.values.filter { Array(column.vector($0.row)) != $0.vector }.count
            let query = random.vector(3)
            let flat = VectorModel(rows: model.map { (id: $0.key, vector: $0.value.vector) })
            #expect(wrong == 0, "seed \(seed), step \(step)")
            #expect(Set(model.values.map(\.row)).count == model.count, "seed \(seed), step \(step)")
            let found = column.top(query.span, limit: 5) { _ in true }
            #expect(found == flat.top(query, limit: 5, excluding: []), "seed \(seed), step \(step)")
        }
        #expect(moves > 100)
    }

    @Test func chunksAtTheEndAreFreed() throws {
        // 256 rows a chunk.
        var column = EmbeddingColumn(dimensions: 1_024)
        let vector = [Float](repeating: 1, count: 1_024)
        for row in 0..<1_100 as Range<UInt32> { _ = try column.add(vector.span, owner: row) }
        let full = column.reservedBytes
        for row in 0..<1_100 as Range<UInt32> where row % 10 != 3 { column.remove(row) }
        var held = column.reservedBytes
        #expect(held >= full)
        let worthIt = (column.needsCompaction(0.5), column.needsCompaction(0.95))
        #expect(worthIt == (true, false))
        let ended = (column.compact(rows: 5) { _, _ in }, column.compact(rows: .max) { _, _ in })
        #expect(ended == (false, true))
        held = column.reservedBytes
        #expect(held < 1 << 20 + 1 << 16)
        // What was filled once is not untouched, though nobody has it now.
        let untouched = column.untouchedBytes
        #expect(untouched == 0)
        for row in 2_000..<2_300 as Range<UInt32> { _ = try column.add(vector.span, owner: row) }
        let count = column.count
        #expect(count == 410)
    }

    /// An engine that shrinks moves its embeddings: by itself while it is written to, or when asked.
    @Test(arguments: [false, true])
    func anEngineGivesBackWhatWasDeleted(asked: Bool) throws {
        var configuration = MemoryConfiguration()
        if asked { configuration.gcThreshold = 1 }
        let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 1_024)
        func vector(_ id: UInt32) -> [Float] {
            var components = [Float](repeating: Float(id), count: 1_024)
            components[Int(id) % 1_024] = 1
            return components
        }
        for id in 0..<1_300 as Range<UInt32> { try engine.insert(id: id, type: "t", embedding: vector(id)) }
        let full = engine.memoryBreakdown.embeddings
        for id in 0..<1_300 as Range<UInt32> where id % 13 != 5 { try engine.delete(id) }
        if asked {
            #expect(engine.memoryBreakdown.embeddings >= full)
            try engine.setMemoryLimits(MemoryLimits(soft: 1 << 20, hard: MemoryLimits.none))
        } else {
            try engine.collectGarbage()
        }
        #expect(engine.memoryBreakdown.embeddings < full / 2)
        for id in 0..<1_300 as Range<UInt32> {
            let held = engine.withEmbedding(of: id) { span in span.withUnsafeBufferPointer { Array($0) } }
            #expect(held == (id % 13 == 5 ? vector(id) : nil), "entity \(id)")
        }
        let nearest = try engine.similar(to: 18, limit: 100)
        #expect(nearest.count == 99)
    }
}
