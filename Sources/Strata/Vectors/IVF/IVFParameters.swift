/// The shape of an index of inverted lists (IVF): vectors in the lists of their nearest centroids (Jegou, Douze and
/// Schmid, "Product quantization for nearest neighbor search", 2011, section 4).
public struct IVFParameters: Sendable, Equatable {
    /// Components of a vector, 1 to 65,536.
    public var dimensions: Int
    public var metric: IndexMetric
    /// Lists, 1 to 65,536; a query reads `breadth` of them. Four times the root of the count of vectors is a good number.
    public var lists: Int
    /// Rounds of k-means, 1 to 100.
    public var rounds: Int
    /// Vectors that the centroids are trained on, at most, for each list.
    public var sampledPerList: Int
    public var seed: UInt64

    public init(
        dimensions: Int, metric: IndexMetric, lists: Int, rounds: Int = 10, sampledPerList: Int = 64, seed: UInt64 = 42
    ) {
        self.dimensions = dimensions
        self.metric = metric
        self.lists = lists
        self.rounds = rounds
        self.sampledPerList = sampledPerList
        self.seed = seed
    }

    /// Lists for so many vectors.
    public static func lists(forCount count: Int) -> Int {
        max(1, min(65_536, count / 32, Int(4 * Double(count).squareRoot())))
    }

    func check() throws(StrataError) {
        guard 1...65_536 ~= dimensions else {
            throw StrataError(
                .invalidArgument, "an index of \(dimensions) dimensions", remedy: "give 1 to 65536 dimensions")
        }
        guard 1...65_536 ~= lists else {
            throw StrataError(.invalidArgument, "an index of \(lists) lists", remedy: "give 1 to 65536 lists")
        }
        guard 1...100 ~= rounds, 1...65_536 ~= sampledPerList else {
            throw StrataError(
                .invalidArgument, "\(rounds) rounds of training on \(sampledPerList) vectors a list",
                remedy: "give 1 to 100 rounds and 1 to 65536 vectors")
        }
    }
}
