@testable import Strata

/// Search as it is first written down: every inner product in double precision, a full sort.
struct VectorModel {
    var rows: [(id: UInt32, vector: [Float])] = []

    static func product(_ left: [Float], _ right: [Float]) -> Double {
        var sum = 0.0
        for (a, b) in zip(left, right) { sum += Double(a) * Double(b) }
        return sum
    }

    static func length(_ vector: [Float]) -> Double { product(vector, vector).squareRoot() }

    func top(_ query: [Float], limit: Int, excluding excluded: Set<UInt32> = []) -> [SimilarityMatch] {
        let all = rows.filter { !excluded.contains($0.id) }.map {
            SimilarityMatch(id: $0.id, score: Self.product(query, $0.vector))
        }
        let sorted = all.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
        return Array(sorted.prefix(limit))
    }

    /// Whether single precision, term by term, would rank the same: a test of the search's exactness is none otherwise.
    func singlePrecisionAgrees(_ query: [Float], limit: Int) -> Bool {
        let scored = rows.map { row in
            (id: row.id, score: zip(query, row.vector).reduce(Float(0)) { $0 + $1.0 * $1.1 })
        }
        let sorted = scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
        return sorted.prefix(limit).map(\.id) == top(query, limit: limit).map(\.id)
    }
}

extension SplitMix64 {
    mutating func vector(_ dimensions: Int, scale: Float = 1) -> [Float] {
        (0..<dimensions).map { _ in unit() * scale }
    }
}
