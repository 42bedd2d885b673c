import Testing

@testable import Strata

@Suite struct ParallelSearcherTests {
    @Test(arguments: [1, 2, 3, 5])
    func theAnswerIsThatOfOneThread(threads: Int) throws {
        var random = SplitMix64(seed: UInt64(threads))
        for (dimensions, count) in [(6, 300), (1, 4), (512, 1_100)] {
            // The last are of two chunks, and have few components that are not zero.
            let rows = (0..<count).map { _ -> [Float] in
                var row = [Float](repeating: 0, count: dimensions)
                for _ in 0..<3 { row[random.below(dimensions)] = Float(random.below(9) - 4) }
                return row
            }
            let column = try ExactSearcherTests.column(rows, dimensions)
            var filter = RowBitmap(rowCount: count)
            for row in 0..<count where random.chance(40) { filter.insert(UInt32(row)) }
            for metric in dimensions > 6 ? [.innerProduct] : SimilarityMetric.allCases {
                var alone = try ExactSearcher(dimensions: dimensions, metric: metric)
                var together = try ParallelSearcher(
                    dimensions: dimensions, metric: metric, threads: threads, smallestPart: 1)
                for queryCount in [3, 1, dimensions > 6 ? 2 : 70] {
                    let queries = (0..<queryCount).flatMap { _ in
                        random.chance(50) ? rows[random.below(count)] : random.vector(dimensions)
                    }
                    for isFiltered in [false, true] {
                        if isFiltered {
                            try alone.search(queries.span, in: column, limit: 12, filter: filter)
                            try together.search(queries.span, in: column, limit: 12, filter: filter)
                        } else {
                            try alone.search(queries.span, in: column, limit: 12)
                            try together.search(queries.span, in: column, limit: 12)
                        }
                        for query in 0..<queryCount {
                            let (found, expected) = (together.list(query), alone.list(query))
                            #expect(
                                found == expected, "\(metric), query \(query) of \(queryCount), \(threads) threads")
                        }
                    }
                }
            }
        }
    }

    @Test func whatDoesNotFitIsAnError() throws {
        for threads in [0, -1, 257] {
            #expect(
                failure { try ParallelSearcher(dimensions: 2, metric: .cosine, threads: threads) }?.code
                    == .invalidArgument)
        }
        #expect(
            failure { try ParallelSearcher(dimensions: 0, metric: .cosine, threads: 2) }?.code == .invalidArgument)
        let column = try ExactSearcherTests.column([[Float]](repeating: [1, 2], count: 10), 2)
        var searcher = try ParallelSearcher(dimensions: 2, metric: .cosine, threads: 2, smallestPart: 1)
        for bad in [[1], [.nan, 1], [1e19, 1, 1, 1]] as [[Float]] {
            #expect(failure { try searcher.search(bad.span, in: column, limit: 1) }?.code == .invalidArgument)
        }
        let query: [Float] = [1, 1]
        #expect(failure { try searcher.search(query.span, in: column, limit: -1) }?.code == .invalidArgument)
        let other = try VectorColumn(dimensions: 3)
        #expect(failure { try searcher.search(query.span, in: other, limit: 1) }?.code == .invalidArgument)
    }
}

extension ParallelSearcher {
    func list(_ query: Int) -> [SimilarityMatch] { Array(matches(ofQuery: query)) }
}
