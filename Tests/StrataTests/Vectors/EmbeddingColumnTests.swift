import Testing

@testable import Strata

@Suite struct EmbeddingColumnTests {
    @Test(arguments: [1, 3, 64, 100], [1, 2] as [UInt64])
    func agreesWithADictionary(dimensions: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var column = EmbeddingColumn(dimensions: dimensions)
        var model: [UInt32: (row: UInt32, vector: [Float])] = [:]
        var version = column.version
        for step in 0..<600 {
            // Owners are not in order of the rows: ties are ranked by owner all the same.
            let owner = UInt32(random.below(150)) &* 2_654_435_761
            if let held = model[owner] {
                column.remove(held.row)
                model[owner] = nil
            } else {
                let vector =
                    random.chance(30) ? (0..<dimensions).map { _ in Float(random.below(2)) } : random.vector(dimensions)
                let row = try column.add(vector.span, owner: owner)
                guard !model.values.contains(where: { $0.row == row }) else {
                    Issue.record("seed \(seed), step \(step): row \(row) is in use")
                    return
                }
                model[owner] = (row, vector)
            }
            let next = column.version
            guard next > version else {
                Issue.record("seed \(seed), step \(step): the version stayed")
                return
            }
            version = next
            guard step % 20 == 0 else { continue }
            let query =
                random.chance(50) ? random.vector(dimensions) : (0..<dimensions).map { _ in Float(random.below(2)) }
            let excluded = UInt32(random.below(150)) &* 2_654_435_761
            let flat = VectorModel(rows: model.map { (id: $0.key, vector: $0.value.vector) })
            for limit in [1, 10, 1_000] {
                let found = column.top(query.span, limit: limit) { $0 != excluded }
                #expect(found == flat.top(query, limit: limit, excluding: [excluded]), "seed \(seed), step \(step)")
            }
        }
        let count = column.count
        #expect(count == model.count)
        var wrong = 0
        for held in model.values where Array(column.vector(held.row)) != held.vector { wrong += 1 }
        #expect(wrong == 0, "seed \(seed)")
    }

    @Test func rowsOfManyChunksAreFoundAndNeverMove() throws {
        // 256 rows a chunk.
        var column = EmbeddingColumn(dimensions: 1_024)
        var first: UnsafePointer<Float>?
        for row in 0..<600 as Range<UInt32> {
            var vector = [Float](repeating: 0, count: 1_024)
            vector[Int(row)] = 1
            let place = try column.add(vector.span, owner: 10_000 - row)
            #expect(place == row)
            if row == 0 { first = column.vector(0).baseAddress }
        }
        #expect(column.vector(0).baseAddress == first)
        #expect(first.map { UInt(bitPattern: $0) % 64 } == 0)
        for row in [0, 255, 256, 511, 512, 599] {
            var query = [Float](repeating: 0, count: 1_024)
            query[row] = 2
            let found = column.top(query.span, limit: 1) { _ in true }
            #expect(found == [SimilarityMatch(id: 10_000 - UInt32(row), score: 2)])
        }
        let held = column.reservedBytes
        #expect(held >= 3 << 20)
        #expect(held < 3 << 20 + 1 << 16)
    }

    @Test func badRowsAreRefusedAndLeaveNoTrace() throws {
        var column = EmbeddingColumn(dimensions: 2)
        _ = try column.add(([3, 4] as [Float]).span, owner: 1)
        let (version, bound) = (column.version, column.rowNormBound)
        let bad: [[Float]] = [
            [], [1], [1, 2, 3], [.nan, 0], [0, .infinity], [-.infinity, 0], [1.1e18, 0], [0, .greatestFiniteMagnitude],
        ]
        for vector in bad {
            #expect(failure { try column.add(vector.span, owner: 2) }?.code == .invalidArgument, "\(vector)")
        }
        let after = (column.version, column.rowNormBound, column.count)
        #expect(after == (version, bound, 1))
        #expect(bound >= 5)
        var none = EmbeddingColumn(dimensions: 0)
        #expect(failure { try none.add(Span(), owner: 1) }?.code == .invalidArgument)
    }
}
