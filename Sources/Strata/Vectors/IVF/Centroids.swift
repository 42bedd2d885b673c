/// Trains centroids by k-means on a sample (Lloyd, 1982), begun at sampled vectors.
///
/// A centroid that nobody is near to takes half of the largest cluster: both are set a little beside its middle, in
/// opposite directions.
struct Centroids: ~Copyable {
    private(set) var values = IndexArray<Float>()
    let dimensions: Int
    let count: Int
    let metric: IndexMetric

    /// Bytes from one centroid to the next.
    var stride: Int { dimensions * 4 }

    /// Centroids as they are stored.
    init(_ values: consuming IndexArray<Float>, dimensions: Int, metric: IndexMetric) {
        self.dimensions = dimensions
        self.metric = metric
        count = values.count / dimensions
        self.values = values
    }

    /// - Parameters:
    ///   - sample: `sampleCount` vectors, `sampleStride` floats from one to the next; at least one.
    /// - Throws: `limitExceeded` when there is no memory.
    /// - Complexity: O(rounds * sampleCount * count * dimensions).
    init(
        _ parameters: IVFParameters, sample: UnsafePointer<Float>, sampleStride: Int, sampleCount: Int
    ) throws(StrataError) {
        let dimensions = parameters.dimensions
        let count = parameters.lists
        self.dimensions = dimensions
        self.count = count
        metric = parameters.metric
        try values.reserve(count * dimensions)
        values.append(repeating: 0, count: count * dimensions)
        var random = LevelGenerator(seed: parameters.seed, links: 2)
        // The first of a shuffle of the sample; when it is smaller than the count, its vectors come again.
        var order = Array(0..<sampleCount)
        for place in 0..<min(count, sampleCount) {
            order.swapAt(place, place + random.below(sampleCount - place))
        }
        for list in 0..<count {
            centroid(list).update(from: sample + order[list % sampleCount] * sampleStride, count: dimensions)
        }
        var distances = IndexArray<Float>()
        try distances.reserve(count)
        var owners = [Int](repeating: 0, count: sampleCount)
        var members = [Int](repeating: 0, count: count)
        for _ in 0..<parameters.rounds {
            let rows = euclideanRows
            for index in members.indices { members[index] = 0 }
            for index in 0..<sampleCount {
                let nearest = Self.nearest(to: sample + index * sampleStride, rows, count, &distances)
                owners[index] = nearest
                members[nearest] += 1
            }
            values.base.update(repeating: 0, count: count * dimensions)
            for index in 0..<sampleCount {
                let (from, to) = (sample + index * sampleStride, centroid(owners[index]))
                for place in 0..<dimensions { to[place] += from[place] }
            }
            for list in 0..<count where members[list] > 0 {
                let (factor, to) = (1 / Float(members[list]), centroid(list))
                for place in 0..<dimensions { to[place] *= factor }
            }
            for list in 0..<count where members[list] == 0 { split(for: list, &members) }
        }
        // The nearest centroid by distance is that by angle then. One without a direction stays as it is.
        guard metric == .cosine else { return }
        for list in 0..<count {
            try? IndexVector.scale(centroid(list), dimensions: dimensions, metric: .cosine)
        }
    }

    private func centroid(_ list: Int) -> UnsafeMutablePointer<Float> { values.base + list * dimensions }

    private func split(for empty: Int, _ members: inout [Int]) {
        guard let largest = members.indices.max(by: { members[$0] < members[$1] }), members[largest] > 1 else { return }
        let (from, to) = (centroid(largest), centroid(empty))
        for place in 0..<dimensions {
            let value = from[place]
            let shift: Float = place % 2 == 0 ? 1 / 1024 : -1 / 1024
            to[place] = value * (1 + shift)
            from[place] = value * (1 - shift)
        }
        members[empty] = members[largest] / 2
        members[largest] -= members[empty]
    }

    /// The centroids, for training: clusters are round in the Euclidean distance, whatever is asked for later.
    private var euclideanRows: IndexRows {
        IndexRows(
            base: UnsafeRawPointer(values.base), stride: stride, dimensions: dimensions, metric: .squaredEuclidean)
    }

    /// Vectors go to the list of the nearest centroid in the Euclidean distance.
    func nearest(to vector: UnsafePointer<Float>, _ distances: inout IndexArray<Float>) throws(StrataError) -> Int {
        try distances.reserve(count)
        return Self.nearest(to: vector, euclideanRows, count, &distances)
    }

    private static func nearest(
        to vector: UnsafePointer<Float>, _ rows: IndexRows, _ count: Int, _ distances: inout IndexArray<Float>
    ) -> Int {
        rows.distances(from: vector, toRowsFrom: 0, count, into: distances.base)
        var best = 0
        for list in 1..<max(count, 1) where distances.base[list] < distances.base[best] { best = list }
        return best
    }
}
