import Testing

@testable import Strata

/// The search over bytes has to give what the exact search gives, row for row.
@Suite struct QuantizedSearchTests {
    private func compare(
        _ rows: [[Float]], _ queries: [[Float]], _ metric: SimilarityMetric, format: VectorFormat = .float32,
        limits: [Int], filter: RowBitmap? = nil, _ name: String
    ) throws {
        let dimensions = rows[0].count
        let column = try ExactSearcherTests.column(rows, dimensions, format)
        let codes = try QuantizedColumn.encoding(column, metric: metric)
        var exact = try ExactSearcher(dimensions: dimensions, metric: metric)
        var fast = try QuantizedSearcher(dimensions: dimensions, metric: metric)
        let all = queries.flatMap { $0 }
        for limit in limits {
            if let filter {
                try exact.search(all.span, in: column, limit: limit, filter: filter)
                try fast.search(all.span, in: codes, of: column, limit: limit, filter: filter)
            } else {
                try exact.search(all.span, in: column, limit: limit)
                try fast.search(all.span, in: codes, of: column, limit: limit)
            }
            for query in queries.indices {
                let (found, expected) = (fast.list(query), exact.list(query))
                #expect(
                    found == expected,
                    "\(name), \(metric), query \(query), limit \(limit)")
            }
        }
    }

    @Test(arguments: SimilarityMetric.allCases, [1, 3, 16, 70])
    func agreesWithTheExactSearch(metric: SimilarityMetric, dimensions: Int) throws {
        var random = SplitMix64(seed: UInt64(dimensions))
        let rows = ExactSearcherTests.rows(400, dimensions, &random)
        let queries = (0..<6).map { $0 % 2 == 0 ? random.vector(dimensions) : rows[random.below(400)] }
        for format in VectorFormat.allCases {
            try compare(rows, queries, metric, format: format, limits: [0, 1, 10, 500], "mixed rows")
        }
        // Far from the origin: the centre takes that away.
        let shifted = rows.map { $0.map { $0 + 100 } }
        try compare(shifted, queries.map { $0.map { $0 + 100 } }, metric, limits: [10], "shifted rows")
        // Lengths of every size, and queries that nothing can be told of.
        let scaled = rows.enumerated().map { row in
            row.element.map { $0 * [1e-20, 1e-3, 1, 1e6, 1e15][row.offset % 5] }
        }
        let odd = [queries[0].map { $0 * 1e-36 }, queries[0].map { $0 * 1e15 }, rows[0].map { _ in 0 }]
        try compare(scaled, queries + odd, metric, limits: [10], "rows of all lengths")
        var filter = RowBitmap(rowCount: 400)
        for row in 0..<400 as Range<UInt32> where random.chance(row < 200 ? 90 : 5) { filter.insert(row) }
        try compare(rows, queries, metric, limits: [10, 500], filter: filter, "filtered rows")
    }

    /// More rows lead by less than the bytes show than may wait: the room is used again and again.
    @Test(arguments: SimilarityMetric.allCases)
    func manyRowsThatLookEqualAreToldApart(metric: SimilarityMetric) throws {
        var random = SplitMix64(seed: 3)
        let base = random.vector(20)
        let rows = (0..<3_000).map { row in
            base.enumerated().map { $0.offset == row % 20 ? $0.element + Float(row) * 1e-7 : $0.element }
        }
        try compare(rows, [base, rows[2_999]], metric, limits: [1, 20], "rows that look equal")
    }

    /// On rows of a kind that occurs (few hidden factors), few are looked at.
    @Test func fewRowsAreLookedAt() throws {
        var random = SplitMix64(seed: 4)
        let (dimensions, count) = (32, 2_000)
        let mix = (0..<8).map { _ in random.vector(dimensions) }
        let make = { () -> [Float] in
            let factors = random.vector(8)
            var row = random.vector(dimensions, scale: 0.2)
            for (factor, part) in zip(factors, mix) { for index in row.indices { row[index] += factor * part[index] } }
            let length = Float(VectorModel.length(row))
            return row.map { $0 / length }
        }
        let rows = (0..<count).map { _ in make() }
        let column = try ExactSearcherTests.column(rows, dimensions)
        for metric in SimilarityMetric.allCases {
            let codes = try QuantizedColumn.encoding(column, metric: metric)
            var fast = try QuantizedSearcher(dimensions: dimensions, metric: metric)
            let queries = (0..<10).flatMap { _ in make() }
            try fast.search(queries.span, in: codes, of: column, limit: 10)
            let looked = fast.exactRows
            #expect((100..<600).contains(looked), "\(metric): \(looked) rows for 10 queries")
        }
        #expect(QuantizedColumn.groupRows == 256)
    }

    @Test func replacedRowsAreFound() throws {
        var random = SplitMix64(seed: 5)
        var rows = ExactSearcherTests.rows(600, 12, &random)
        var column = try ExactSearcherTests.column(rows, 12)
        var codes = try QuantizedColumn.encoding(column, metric: .innerProduct)
        for _ in 0..<50 {
            let row = random.below(600)
            let vector = random.vector(12, scale: 40)
            rows[row] = vector
            try column.replace(UInt32(row), with: vector.span)
            try codes.replace(UInt32(row), from: column)
        }
        let behind = random.vector(12, scale: 90)
        rows.append(behind)
        try column.append(behind.span)
        let last = try codes.append(from: column)
        #expect(last == 600)
        var fast = try QuantizedSearcher(dimensions: 12, metric: .innerProduct)
        for _ in 0..<10 {
            let query = random.vector(12)
            try fast.search(query.span, in: codes, of: column, limit: 10)
            let found = fast.list(0)
            let expected = ExactSearcherTests.model(rows, query, .innerProduct, limit: 10) { _ in true }
            #expect(found == expected)
        }
    }

    @Test func whatDoesNotFitIsAnError() throws {
        let column = try ExactSearcherTests.column([[1, 2], [3, 4]], 2)
        var empty = try QuantizedColumn(quantizer: ScalarQuantizer(metric: .cosine, centre: [0, 0]))
        var fast = try QuantizedSearcher(dimensions: 2, metric: .cosine)
        let query: [Float] = [1, 2]
        #expect(
            failure { try fast.search(query.span, in: empty, of: column, limit: 1) }?.code == .invalidArgument)
        let others = try QuantizedColumn.encoding(column, metric: .innerProduct)
        #expect(
            failure { try fast.search(query.span, in: others, of: column, limit: 1) }?.code == .invalidArgument)
        #expect(failure { try empty.replace(0, from: column) }?.code == .notFound)
        for _ in 0..<2 { _ = try empty.append(from: column) }
        #expect(failure { try empty.append(from: column) }?.code == .notFound)
        let other = try ExactSearcherTests.column([[1, 2, 3]], 3)
        #expect(failure { try empty.replace(0, from: other) }?.code == .invalidArgument)
        #expect(failure { try ScalarQuantizer(metric: .cosine, centre: []) }?.code == .invalidArgument)
        #expect(failure { try ScalarQuantizer(metric: .cosine, centre: [.nan]) }?.code == .invalidArgument)
        let none = try VectorColumn(dimensions: 2)
        #expect(failure { try ScalarQuantizer(training: none, metric: .cosine) }?.code == .invalidArgument)
    }
}

extension QuantizedSearcher {
    func list(_ query: Int) -> [SimilarityMatch] { Array(matches(ofQuery: query)) }
}
