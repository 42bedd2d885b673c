import Testing

@testable import Strata

@Suite struct ExactSearchTests {
    /// The search over rows cut into blocks of the given lengths, each in memory of its own. Row n is entity n.
    private func search(
        _ rows: [[Float]], blocks lengths: [Int], query: [Float], limit: Int, accept: (UInt32) -> Bool = { _ in true }
    ) -> [SimilarityMatch] {
        var memory: [UnsafeMutablePointer<Float>] = []
        defer { memory.forEach { $0.deallocate() } }
        var blocks: [RowBlock] = []
        var start = 0
        for length in lengths {
            let values = rows[start..<start + length].flatMap { $0 }
            memory.append(.allocate(capacity: max(values.count, 1)))
            memory[memory.count - 1].initialize(from: values, count: values.count)
            blocks.append(
                RowBlock(firstRow: UInt32(start), base: memory[memory.count - 1], count: length, stride: query.count))
            start += length
        }
        precondition(start == rows.count)
        let bound = ExactSearch.largestNorm(dimensions: query.count, blocks: blocks)
        return query.withUnsafeBufferPointer {
            ExactSearch.top(
                query: $0.baseAddress!, dimensions: query.count, limit: limit, blocks: blocks, rowNormBound: bound
            ) { accept($0) ? $0 : nil }
        }
    }

    private func model(_ rows: [[Float]]) -> VectorModel {
        VectorModel(rows: rows.enumerated().map { (id: UInt32($0.offset), vector: $0.element) })
    }

    /// Every length with its tail, rows of a few kinds, all limits around the number of rows.
    @Test(arguments: 1...70)
    func agreesWithAFullSort(dimensions: Int) {
        var random = SplitMix64(seed: UInt64(dimensions))
        let count = 40 + random.below(60)
        let pool = (0..<6).map { _ in random.vector(dimensions) }
        let rows = (0..<count).map { _ -> [Float] in
            switch random.below(5) {
            case 0: return [Float](repeating: 0, count: dimensions)
            // Small whole numbers: exact ties without being equal.
            case 1: return (0..<dimensions).map { _ in Float(random.below(3) - 1) }
            case 2: return pool[random.below(6)]
            default: return random.vector(dimensions)
            }
        }
        let model = model(rows)
        let cut = random.below(count)
        let queries = [
            random.vector(dimensions), pool[0], (0..<dimensions).map { _ in Float(random.below(3) - 1) },
            [Float](repeating: 0, count: dimensions),
        ]
        for query in queries {
            let sorted = model.top(query, limit: count)
            for limit in [0, 1, 16, 17, count - 16, count - 1, count, 1_000] {
                let found = search(rows, blocks: [cut, 0, count - cut], query: query, limit: limit)
                #expect(found == Array(sorted.prefix(limit)), "\(dimensions) dimensions, limit \(limit)")
            }
            let excluded = Set((0..<count / 2).map { _ in UInt32(random.below(count)) })
            let found = search(rows, blocks: [count], query: query, limit: 5) { !excluded.contains($0) }
            #expect(found == model.top(query, limit: 5, excluding: excluded), "\(dimensions) dimensions, excluded")
        }
    }

    /// Rows that differ in the last bits of a component: single precision takes them for equal, or in the wrong order.
    @Test(arguments: [8, 31, 33, 64, 96, 127], [1, 2] as [UInt64])
    func nearTiesAreRankedExactly(dimensions: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let base = random.vector(dimensions)
        let rows = (0..<600).map { _ -> [Float] in
            var row = base
            for _ in 0..<1 + random.below(3) {
                let place = random.below(dimensions)
                for _ in 0..<random.below(4) {
                    row[place] = random.chance(50) ? row[place].nextUp : row[place].nextDown
                }
            }
            return row
        }
        let model = model(rows)
        #expect(!model.singlePrecisionAgrees(base, limit: 10), "the rows do not try the search")
        for limit in [1, 10, 100] {
            #expect(
                search(rows, blocks: [250, 350], query: base, limit: limit) == model.top(base, limit: limit),
                "\(dimensions) dimensions, seed \(seed), limit \(limit)")
        }
    }

    /// One row is better by less than single precision shows, and stands behind more equal ones than are kept.
    @Test func theBestRowIsFoundBehindManyThatLookEqual() {
        for dimensions in [2, 7, 32, 70] {
            var rows = [[Float]](repeating: [Float](repeating: 1, count: dimensions), count: 500)
            rows[499][1] = Float(1).nextUp
            var query = [Float](repeating: 0, count: dimensions)
            query[0] = 1
            query[1] = 0x1p-20
            let found = search(rows, blocks: [500], query: query, limit: 2)
            #expect(found.map(\.id) == [499, 0], "\(dimensions) dimensions")
        }
    }

    /// Inner products below the normal numbers, and below the smallest: what single precision cannot tell apart at all.
    @Test(arguments: [1e-15, 1e-19, 1e-21, 1e-22, 1e-24, 1e-30] as [Float], [5, 33])
    func tinyVectorsAreRankedExactly(scale: Float, dimensions: Int) {
        var random = SplitMix64(seed: 77)
        let rows = (0..<300).map { _ in random.vector(dimensions, scale: scale) }
        let query = random.vector(dimensions, scale: scale)
        let model = model(rows)
        for limit in [1, 10] {
            #expect(
                search(rows, blocks: [300], query: query, limit: limit) == model.top(query, limit: limit),
                "\(dimensions) dimensions of \(scale)")
        }
    }

    @Test func longAndShortRowsTogether() {
        var random = SplitMix64(seed: 78)
        let rows = (0..<400).map { row in
            random.vector(20, scale: [1e-20, 1e-5, 1, 1e8, 1e17][row % 5])
        }
        let model = model(rows)
        for scale in [1e-20, 1, 1e17] as [Float] {
            let query = random.vector(20, scale: scale)
            #expect(search(rows, blocks: [100, 300], query: query, limit: 100) == model.top(query, limit: 100))
        }
    }

    @Test(arguments: [1e-24, 1e-21, 1, 1e17] as [Float])
    func noRowIsLongerThanTheLargestNorm(scale: Float) {
        var random = SplitMix64(seed: 79)
        for dimensions in [1, 2, 33, 70, 4_000] {
            let row = random.vector(dimensions, scale: scale)
            let bound = row.withUnsafeBufferPointer {
                ExactSearch.largestNorm(
                    dimensions: dimensions,
                    blocks: [RowBlock(firstRow: 0, base: $0.baseAddress!, count: 1, stride: dimensions)])
            }
            #expect(bound >= VectorModel.length(row))
            #expect(bound <= VectorModel.length(row) * 1.01 + 1e-20)
        }
    }

    @Test func rowsThatAreNoNumbersComeLast() {
        // Only a damaged file has them.
        var rows = (0..<50).map { [Float($0), 1] }
        rows[3][0] = .nan
        rows[7][0] = -.infinity
        rows[9][1] = .nan
        let found = search(rows, blocks: [50], query: [1, 0], limit: 50)
        #expect(found.count == 50)
        #expect(found.prefix(47).map(\.id) == (0..<50 as Range<UInt32>).reversed().filter { ![3, 7, 9].contains($0) })
        #expect(found.suffix(3).map(\.id) == [3, 7, 9])
        #expect(search(rows, blocks: [50], query: [1, 0], limit: 2).map(\.id) == [49, 48])
    }

    @Test func withoutRowsThereIsNoAnswer() {
        #expect(search([], blocks: [], query: [1], limit: 5).isEmpty)
        #expect(search([], blocks: [0], query: [1], limit: 5).isEmpty)
        #expect(search([[1], [2]], blocks: [2], query: [1], limit: 5) { _ in false }.isEmpty)
    }

    @Test func blocksOfManyRowsAreScoredInParts() {
        let count = ExactSearcher.blockRows * 2 + 3
        let rows = (0..<count).map { [Float($0 * 5 % count)] }
        let found = search(rows, blocks: [count], query: [1], limit: 3)
        #expect(found.map(\.score) == [Double(count - 1), Double(count - 2), Double(count - 3)])
    }
}
