@testable import Strata

/// The naive model of an index: every vector by its identifier, and comparison with all.
struct IndexModel {
    let metric: IndexMetric
    private(set) var vectors: [UInt32: [Float]] = [:]

    init(_ metric: IndexMetric) { self.metric = metric }

    var count: Int { vectors.count }
    var ids: [UInt32] { vectors.keys.sorted() }

    subscript(_ id: UInt32) -> [Float]? {
        get { vectors[id] }
        set { vectors[id] = newValue }
    }

    /// The distance by the metric's definition, in double precision.
    static func distance(_ metric: IndexMetric, _ left: [Float], _ right: [Float]) -> Double {
        var dot = 0.0
        var (leftSquare, rightSquare, squared) = (0.0, 0.0, 0.0)
        for (a, b) in zip(left, right) {
            let (a, b) = (Double(a), Double(b))
            dot += a * b
            leftSquare += a * a
            rightSquare += b * b
            squared += (a - b) * (a - b)
        }
        return switch metric {
        case .squaredEuclidean: squared
        case .innerProduct: -dot
        case .cosine: 1 - dot / (leftSquare * rightSquare).squareRoot()
        }
    }

    /// All that are accepted, nearest first.
    func ranked(_ query: [Float], where accepts: (UInt32) -> Bool = { _ in true }) -> [(id: UInt32, distance: Double)] {
        vectors.filter { accepts($0.key) }
            .map { (id: $0.key, distance: Self.distance(metric, query, $0.value)) }
            .sorted { ($0.distance, $0.id) < ($1.distance, $1.id) }
    }

    /// What is wrong with an answer, in words; nil when nothing is. The answer's identifiers must be there, once each,
    /// accepted, nearest first, and with their true distances.
    func fault(
        _ matches: [IndexMatch], _ query: [Float], where accepts: (UInt32) -> Bool = { _ in true }
    ) -> String? {
        var seen: Set<UInt32> = []
        var last = -Double.infinity
        for match in matches {
            guard let vector = vectors[match.id] else { return "identifier \(match.id) is not in the index" }
            guard accepts(match.id) else { return "identifier \(match.id) is not accepted" }
            guard seen.insert(match.id).inserted else { return "identifier \(match.id) is there twice" }
            let distance = Self.distance(metric, query, vector)
            guard abs(distance - Double(match.distance)) <= 1e-4 * (1 + abs(distance)) else {
                return "identifier \(match.id) is at \(distance), not at \(match.distance)"
            }
            guard Double(match.distance) >= last else { return "not in order" }
            last = Double(match.distance)
        }
        return nil
    }

    /// The share of the true `limit` nearest that are in the answer.
    func recall(
        _ matches: [IndexMatch], _ query: [Float], limit: Int, where accepts: (UInt32) -> Bool = { _ in true }
    ) -> Double {
        let truth = ranked(query, where: accepts).prefix(limit)
        guard let worst = truth.last else { return matches.isEmpty ? 1 : 0 }
        // Equal distances are equally good.
        let bound = worst.distance + 1e-5 * (1 + abs(worst.distance))
        let found = matches.filter { match in
            vectors[match.id].map { Self.distance(metric, query, $0) <= bound } ?? false
        }
        return Double(min(found.count, truth.count)) / Double(truth.count)
    }
}

extension SplitMix64 {
    /// A vector of one of a few clusters.
    mutating func clustered(_ dimensions: Int, clusters: Int = 8) -> [Float] {
        let cluster = below(clusters)
        var centre = SplitMix64(seed: UInt64(cluster) &* 77 &+ 5)
        return (0..<dimensions).map { _ in centre.unit() + 0.4 * unit() }
    }
}
