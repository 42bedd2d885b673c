import Strata

/// The loop that one writes first: an inner product for each vector, component by component in single precision, and the
/// best kept in order. What it keeps is ranked again in double precision, as every subject's answers are.
struct NaiveVectors: SimilarityStore, ~Copyable {
    static var isExact: Bool { true }
    private let dimensions: Int
    private var components: [Float] = []
    private var ids: [UInt32] = []
    private var best: [(row: Int, score: Float)] = []
    private var ranked: [(id: UInt32, score: Double)] = []

    /// Vectors kept beyond those asked for: single precision cannot tell those apart that are nearly as near.
    private static let margin = 16

    init(dimensions: Int, count: Int, sample: Span<Float>, seed: UInt64) throws(StrataError) {
        self.dimensions = dimensions
        components.reserveCapacity(count * dimensions)
        ids.reserveCapacity(count)
    }

    mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError) {
        for index in vector.indices { components.append(vector[index]) }
        ids.append(id)
    }

    mutating func search(
        _ query: Span<Float>, limit: Int, breadth: Int, into room: UnsafeMutablePointer<UInt32>
    ) throws(StrataError) -> Int {
        best.removeAll(keepingCapacity: true)
        let kept = limit + Self.margin
        components.withUnsafeBufferPointer { components in
            query.withUnsafeBufferPointer { query in
                for row in ids.indices {
                    let vector = components.baseAddress! + row * dimensions
                    var score: Float = 0
                    for index in 0..<dimensions { score += query[index] * vector[index] }
                    if best.count == kept, score <= best[kept - 1].score { continue }
                    if best.count == kept { best.removeLast() }
                    var place = best.count
                    while place > 0, best[place - 1].score < score { place -= 1 }
                    best.insert((row, score), at: place)
                }
            }
        }
        ranked.removeAll(keepingCapacity: true)
        for entry in best {
            var score = 0.0
            for index in 0..<dimensions {
                score += Double(query[index]) * Double(components[entry.row * dimensions + index])
            }
            ranked.append((ids[entry.row], score))
        }
        ranked.sort { left, right in left.score != right.score ? left.score > right.score : left.id < right.id }
        let count = min(limit, ranked.count)
        for index in 0..<count { room[index] = ranked[index].id }
        return count
    }

    var reservedBytes: Int {
        components.capacity * MemoryLayout<Float>.stride + ids.capacity * MemoryLayout<UInt32>.stride
    }
}
