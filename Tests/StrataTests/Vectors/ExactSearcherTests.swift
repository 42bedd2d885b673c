import Testing

@testable import Strata

/// The searcher that is used again, against sums in double precision and a full sort.
@Suite struct ExactSearcherTests {
    /// The best rows by a metric, as it is first written down.
    static func model(
        _ rows: [[Float]], _ query: [Float], _ metric: SimilarityMetric, limit: Int, where accept: (UInt32) -> Bool
    ) -> [SimilarityMatch] {
        var all: [SimilarityMatch] = []
        for (index, row) in rows.enumerated() where accept(UInt32(index)) {
            let score: Double
            switch metric {
            case .innerProduct: score = VectorModel.product(query, row)
            case .squaredDistance:
                score = -zip(query, row).reduce(0) {
                    $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
                }
            case .cosine:
                let squares = VectorModel.product(query, query) * VectorModel.product(row, row)
                score = squares == 0 ? 0 : VectorModel.product(query, row) / squares.squareRoot()
            }
            all.append(SimilarityMatch(id: UInt32(index), score: score))
        }
        return Array(all.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }.prefix(limit))
    }

    /// Rows of every kind: random ones, whole numbers with many ties, copies, next neighbours of them, zeros.
    static func rows(_ count: Int, _ dimensions: Int, _ random: inout SplitMix64) -> [[Float]] {
        let pool = (0..<4).map { _ in random.vector(dimensions) }
        return (0..<count).map { _ in
            switch random.below(6) {
            case 0: return [Float](repeating: 0, count: dimensions)
            case 1: return (0..<dimensions).map { _ in Float(random.below(3) - 1) }
            case 2: return pool[random.below(4)]
            case 3:
                var row = pool[0]
                let place = random.below(dimensions)
                row[place] = row[place].nextUp
                return row
            default: return random.vector(dimensions)
            }
        }
    }

    static func column(
        _ rows: [[Float]], _ dimensions: Int, _ format: VectorFormat = .float32
    ) throws -> VectorColumn {
        var column = try VectorColumn(dimensions: dimensions, format: format)
        for row in rows { try column.append(row.span) }
        return column
    }

    @Test(arguments: SimilarityMetric.allCases, VectorFormat.allCases)
    func severalQueriesAgreeWithAFullSort(metric: SimilarityMetric, format: VectorFormat) throws {
        var random = SplitMix64(seed: UInt64(metric.rawValue) * 7 + UInt64(format.rawValue))
        for dimensions in [1, 5, 33, 100] {
            var rows = Self.rows(30 + random.below(40), dimensions, &random)
            let column = try Self.column(rows, dimensions, format)
            if format == .float16 { rows = rows.map { $0.map { Float(Float16($0)) } } }
            var searcher = try ExactSearcher(dimensions: dimensions, metric: metric)
            for count in [1, 2, 9, 17, 40, 70] {
                let queries = (0..<count).map { _ in
                    random.chance(40) ? rows[random.below(rows.count)] : random.vector(dimensions)
                }
                let limit = [0, 1, 10, 200][random.below(4)]
                let all = queries.flatMap { $0 }
                try searcher.search(all.span, in: column, limit: limit)
                let answered = searcher.queryCount
                #expect(answered == count)
                for (index, query) in queries.enumerated() where index < 2 || index == count - 1 {
                    let found = searcher.list(index)
                    let expected = Self.model(rows, query, metric, limit: limit) { _ in true }
                    #expect(
                        found == expected,
                        "\(dimensions) dimensions, query \(index) of \(count), limit \(limit)")
                }
            }
        }
    }

    @Test(arguments: [0, 1, 3, 20, 50, 97, 100], [1, 4])
    func onlyRowsOfTheFilterAreFound(percent: Int, count: Int) throws {
        var random = SplitMix64(seed: UInt64(percent * 100 + count))
        let dimensions = 6
        let rows = Self.rows(500, dimensions, &random)
        let column = try Self.column(rows, dimensions)
        var filter = RowBitmap(rowCount: rows.count)
        // In runs, so that whole words are full and empty.
        for start in stride(from: 0, to: rows.count, by: 50) where random.chance(percent) {
            for row in start..<min(rows.count, start + 1 + random.below(200)) { filter.insert(UInt32(row)) }
        }
        for row in 0..<rows.count where random.chance(2) { filter.remove(UInt32(row)) }
        var searcher = try ExactSearcher(dimensions: dimensions, metric: .squaredDistance)
        let queries = (0..<count).map { _ in random.vector(dimensions) }
        for limit in [3, 600] {
            let all = queries.flatMap { $0 }
            try searcher.search(all.span, in: column, limit: limit, filter: filter)
            for (index, query) in queries.enumerated() {
                let found = searcher.list(index)
                let expected = Self.model(rows, query, .squaredDistance, limit: limit) { filter.contains($0) }
                #expect(
                    found == expected,
                    "query \(index)")
            }
        }
    }

    @Test func aBitmapAgreesWithASet() {
        var random = SplitMix64(seed: 9)
        for rowCount in [0, 1, 63, 64, 65, 200] {
            var bitmap = RowBitmap(rowCount: rowCount)
            var model = Set<UInt32>()
            for _ in 0..<3 * rowCount {
                let row = UInt32(random.below(rowCount))
                if random.chance(60) {
                    bitmap.insert(row)
                    model.insert(row)
                } else {
                    bitmap.remove(row)
                    model.remove(row)
                }
            }
            #expect(bitmap.count == model.count)
            for row in 0..<rowCount + 100 {
                #expect(bitmap.contains(UInt32(row)) == model.contains(UInt32(row)))
                let mask = (0..<64).reduce(UInt64(0)) {
                    $0 | (model.contains(UInt32(row + $1)) ? 1 << UInt64($1) : 0)
                }
                #expect(bitmap.mask(from: row) == mask, "from row \(row) of \(rowCount)")
            }
            #expect(RowBitmap(rowCount: rowCount, all: true).count == rowCount)
            var both = RowBitmap(rowCount: rowCount, all: true)
            both.formIntersection(bitmap)
            #expect(both == bitmap)
        }
    }

    @Test func rowsOfManyChunksAreReplacedInPlace() throws {
        // 1,024 rows a chunk.
        let dimensions = 512
        var column = try VectorColumn(dimensions: dimensions)
        var vector = [Float](repeating: 0, count: dimensions)
        for row in 0..<2_500 {
            vector[0] = Float(row)
            try column.append(vector.span)
        }
        vector[0] = 1e6
        for row in [0, 1_023, 1_024, 2_499] as [UInt32] { try column.replace(row, with: vector.span) }
        var searcher = try ExactSearcher(dimensions: dimensions)
        vector[0] = 1
        for count in [1, 3] {
            let all = [[Float]](repeating: vector, count: count).flatMap { $0 }
            try searcher.search(all.span, in: column, limit: 5)
            for query in 0..<count {
                let found = searcher.list(query)
                #expect(found.map(\.id) == [0, 1_023, 1_024, 2_499, 2_498])
            }
        }
        var room = [Float](repeating: -1, count: dimensions)
        var span = room.mutableSpan
        try column.read(2_000, into: &span)
        #expect(room[0] == 2_000 && room[1] == 0)
        let place = UInt(bitPattern: column.address(1_500))
        #expect(place % 64 == 0)
    }

    @Test func whatDoesNotFitIsAnError() throws {
        for dimensions in [0, -1, 65_537] {
            #expect(failure { try VectorColumn(dimensions: dimensions) }?.code == .invalidArgument)
            #expect(failure { try ExactSearcher(dimensions: dimensions) }?.code == .invalidArgument)
        }
        var column = try VectorColumn(dimensions: 2, format: .float16)
        for bad in [[], [1], [1, .nan], [.infinity, 0], [65_520, 0], [1, 2, 3]] as [[Float]] {
            #expect(failure { try column.append(bad.span) }?.code == .invalidArgument, "\(bad)")
        }
        let rows = column.count
        #expect(rows == 0)
        let largest: [Float] = [65_519, -1]
        try column.append(largest.span)
        #expect(failure { try column.replace(1, with: largest.span) }?.code == .notFound)
        var searcher = try ExactSearcher(dimensions: 2)
        let query: [Float] = [1, 2]
        for (queries, limit) in [([1, 2, 3], 1), ([.nan, 1], 1), (query, -1), ([1e19, 1], 1)] as [([Float], Int)] {
            #expect(failure { try searcher.search(queries.span, in: column, limit: limit) }?.code == .invalidArgument)
        }
        let other = try VectorColumn(dimensions: 3)
        #expect(failure { try searcher.search(query.span, in: other, limit: 1) }?.code == .invalidArgument)
        let none: [Float] = []
        try searcher.search(none.span, in: column, limit: 1)
        let answered = searcher.queryCount
        #expect(answered == 0)
    }
}

extension Array<SimilarityMatch> {
    /// What a search found, to be compared.
    init(_ found: Span<SimilarityMatch>) {
        self.init()
        for index in found.indices { append(found[index]) }
    }
}

extension ExactSearcher {
    func list(_ query: Int) -> [SimilarityMatch] { Array(matches(ofQuery: query)) }
}
