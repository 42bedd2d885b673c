import Testing

@testable import Strata

@Suite struct ProductSearchTests {
    /// Rows around a few centres.
    private func clustered(_ count: Int, _ dimensions: Int, _ random: inout SplitMix64) -> [[Float]] {
        let centres = (0..<20).map { _ in random.vector(dimensions, scale: 4) }
        return (0..<count).map { _ in
            zip(centres[random.below(20)], random.vector(dimensions)).map { $0.0 + $0.1 }
        }
    }

    /// As many centres as there are different points: nothing is lost.
    @Test func fewDifferentPointsAreTheirOwnCentres() throws {
        var random = SplitMix64(seed: 1)
        let pool = (0..<30).map { _ in random.vector(7) }
        let rows = (0..<400).map { _ in pool[random.below(30)] }
        let column = try ExactSearcherTests.column(rows, 7)
        for metric in SimilarityMetric.allCases {
            // Seven components in four parts: the last has one.
            let quantizer = try ProductQuantizer(training: column, metric: metric, parts: 4, turns: 4)
            let codes = try ProductColumn.encoding(column, with: quantizer)
            var searcher = try ProductSearcher(dimensions: 7, metric: metric)
            for query in [pool[0], pool[7], random.vector(7)] {
                let expected = ExactSearcherTests.model(rows, query, metric, limit: 5) { _ in true }
                let ties = rows.filter {
                    ExactSearcherTests.model([$0], query, metric, limit: 1) { _ in true }[0].score
                        == expected[0].score
                }.count
                try searcher.search(query.span, in: codes, of: column, limit: 1, candidates: ties + 40)
                let found = searcher.list(0)
                #expect(found == Array(expected.prefix(1)), "\(metric)")
            }
        }
    }

    /// Every candidate is ranked exactly: with all rows as candidates the answer is exact, with the filter too.
    @Test(arguments: SimilarityMetric.allCases, [1, 3, 10])
    func allRowsAsCandidatesGiveTheExactAnswer(metric: SimilarityMetric, dimensions: Int) throws {
        var random = SplitMix64(seed: UInt64(dimensions))
        let rows = ExactSearcherTests.rows(200, dimensions, &random)
        let column = try ExactSearcherTests.column(rows, dimensions, .float16)
        let kept = rows.map { $0.map { Float(Float16($0)) } }
        let quantizer = try ProductQuantizer(
            training: column, metric: metric, parts: dimensions == 3 ? 2 : (dimensions + 3) / 4, turns: 1)
        let codes = try ProductColumn.encoding(column, with: quantizer)
        var searcher = try ProductSearcher(dimensions: dimensions, metric: metric)
        var filter = RowBitmap(rowCount: 200)
        for row in 0..<200 as Range<UInt32> where random.chance(30) { filter.insert(row) }
        let queries = (0..<3).map { _ in random.vector(dimensions) }
        let all = queries.flatMap { $0 }
        try searcher.search(
            all.span, in: codes, of: column, limit: 10, candidates: 200, filter: filter)
        for (index, query) in queries.enumerated() {
            let found = searcher.list(index)
            let expected = ExactSearcherTests.model(kept, query, metric, limit: 10) { filter.contains($0) }
            #expect(found == expected)
        }
    }

    /// Training lowers what is lost, and most of the true neighbours are among a few candidates.
    @Test func trainingPays() throws {
        var random = SplitMix64(seed: 6)
        let rows = clustered(700, 16, &random)
        let column = try ExactSearcherTests.column(rows, 16)
        var recalls: [Double] = []
        for turns in [0, 5] {
            let quantizer = try ProductQuantizer(training: column, metric: .squaredDistance, parts: 4, turns: turns)
            let codes = try ProductColumn.encoding(column, with: quantizer)
            var searcher = try ProductSearcher(dimensions: 16, metric: .squaredDistance)
            var found = 0
            for row in stride(from: 0, to: 700, by: 28) {
                let query = rows[row].map { $0 + 0.01 }
                try searcher.search(query.span, in: codes, of: column, limit: 10, candidates: 20)
                let truth = ExactSearcherTests.model(rows, query, .squaredDistance, limit: 10) { _ in true }
                let list = searcher.list(0)
                found += Set(truth.map(\.id)).intersection(list.map(\.id)).count
            }
            recalls.append(Double(found) / 250)
        }
        #expect(recalls[1] > 0.5 && recalls[1] > recalls[0], "recall \(recalls) without and with training")
    }

    @Test func aColumnTakesRowsOneByOne() throws {
        var random = SplitMix64(seed: 7)
        let rows = clustered(300, 8, &random)
        var column = try ExactSearcherTests.column(rows, 8)
        let quantizer = try ProductQuantizer(training: column, metric: .innerProduct, parts: 8, turns: 1)
        var codes = ProductColumn(quantizer: quantizer)
        for _ in rows { try codes.append(from: column) }
        let whole = try ProductColumn.encoding(column, with: quantizer)
        var same = 0
        for row in 0..<300 {
            let (one, other) = (codes.codes(row), whole.codes(row))
            if (0..<8).allSatisfy({ one[$0] == other[$0] }) { same += 1 }
        }
        #expect(same == 300)
        let large = random.vector(8, scale: 50)
        try column.replace(17, with: large.span)
        try codes.replace(17, from: column)
        var searcher = try ProductSearcher(dimensions: 8, metric: .innerProduct)
        try searcher.search(large.span, in: codes, of: column, limit: 1, candidates: 200)
        let found = searcher.list(0)
        #expect(found.map(\.id) == [17])
    }

    @Test func whatDoesNotFitIsAnError() throws {
        let column = try ExactSearcherTests.column([[1, 2, 3], [3, 4, 5]], 3)
        for parts in [0, -1, 4] {
            #expect(
                failure { try ProductQuantizer(training: column, metric: .cosine, parts: parts) }?.code
                    == .invalidArgument)
        }
        let none = try VectorColumn(dimensions: 3)
        #expect(
            failure { try ProductQuantizer(training: none, metric: .cosine, parts: 1) }?.code == .invalidArgument)
        let quantizer = try ProductQuantizer(training: column, metric: .cosine, parts: 3)
        var codes = try ProductColumn.encoding(column, with: quantizer)
        #expect(failure { try codes.append(from: column) }?.code == .notFound)
        let other = try ExactSearcherTests.column([[1, 2]], 2)
        #expect(failure { try codes.replace(0, from: other) }?.code == .invalidArgument)
        #expect(failure { try codes.replace(2, from: column) }?.code == .notFound)
        let query: [Float] = [1, 2, 3]
        var searcher = try ProductSearcher(dimensions: 3, metric: .cosine)
        #expect(
            failure { try searcher.search(query.span, in: codes, of: column, limit: 3, candidates: 2) }?.code
                == .invalidArgument)
        #expect(
            failure { try searcher.search(query.span, in: codes, of: none, limit: 1, candidates: 2) }?.code
                == .invalidArgument)
    }
}

extension ProductSearcher {
    func list(_ query: Int) -> [SimilarityMatch] { Array(matches(ofQuery: query)) }
}
