import CStrata

/// Turns vectors into signed bytes: what is left of a vector when a trained centre is taken away, in steps of its own
/// largest component.
///
/// The centre is the mean of the training rows, for cosines of the rows at length 1: components that every row has in
/// common cost no precision. The step is chosen for each row, so that one long row does not make all others coarse.
public struct ScalarQuantizer: Sendable, Equatable {
    public let metric: SimilarityMetric
    /// What is subtracted from each vector.
    public let centre: [Float]

    /// Components of a vector.
    public var dimensions: Int { centre.count }

    /// - Parameter centre: 1 to 65,536 finite components of a length below 1e18.
    /// - Throws: `invalidArgument` when it is not so.
    public init(metric: SimilarityMetric, centre: [Float]) throws(StrataError) {
        guard (1...65_536).contains(centre.count), EmbeddingColumn.isUsable(centre.span) else {
            throw StrataError(
                .invalidArgument, "a centre of \(centre.count) components, of which one is not finite or too large")
        }
        self.metric = metric
        self.centre = centre
    }

    /// Takes the mean of the rows of a column, or of some 65,536 of them that lie evenly in it.
    ///
    /// - Throws: `invalidArgument` when there are no rows.
    /// - Complexity: O(rows * components).
    public init(training column: borrowing VectorColumn, metric: SimilarityMetric) throws(StrataError) {
        guard column.count > 0 else {
            throw StrataError(.invalidArgument, "no rows to train a quantizer with")
        }
        let dimensions = column.dimensions
        let count = min(column.count, 65_536)
        var sums = [Double](repeating: 0, count: dimensions)
        var room = [Float](repeating: 0, count: dimensions)
        for sample in 0..<count {
            room.withUnsafeMutableBufferPointer { column.read(sample * column.count / count, into: $0.baseAddress!) }
            let factor = Self.factor(room, metric)
            for index in 0..<dimensions { sums[index] += Double(room[index]) * factor }
        }
        try self.init(metric: metric, centre: sums.map { Float($0 / Double(count)) })
    }

    /// What a vector is multiplied by before it is encoded: cosines know no lengths.
    static func factor(_ vector: UnsafePointer<Float>, _ dimensions: Int, _ metric: SimilarityMetric) -> Double {
        guard metric == .cosine else { return 1 }
        let square = strata_dot_exact(vector, vector, dimensions)
        return square > 0 ? 1 / square.squareRoot() : 0
    }

    private static func factor(_ vector: [Float], _ metric: SimilarityMetric) -> Double {
        factor(vector, vector.count, metric)
    }

    /// A vector as bytes, and what they leave out.
    struct Code {
        /// What a step of a byte is worth.
        var scale: Float
        /// The squared length of the decoded vector, without the centre.
        var square: Float
        /// At least the length of what is lost.
        var spread: Float
        /// At least the length of the decoded vector, without the centre.
        var reach: Float
    }

    /// Encodes a vector of `dimensions` finite components.
    func encode(_ vector: UnsafePointer<Float>, into bytes: UnsafeMutablePointer<Int8>) -> Code {
        let factor = Self.factor(vector, dimensions, metric)
        var largest = 0.0
        centre.withUnsafeBufferPointer { centre in
            for index in 0..<centre.count {
                largest = max(largest, (Double(vector[index]) * factor - Double(centre[index])).magnitude)
            }
        }
        let scale = Float(largest / 127)
        let step = Double(scale)
        let inverse = step > 0 ? 1 / step : 0
        var lost = 0.0
        var sum = 0
        centre.withUnsafeBufferPointer { centre in
            for index in 0..<centre.count {
                let value = Double(vector[index]) * factor - Double(centre[index])
                let code = max(-127, min(127, (value * inverse).rounded(.toNearestOrEven)))
                bytes[index] = Int8(code)
                lost += (value - code * step) * (value - code * step)
                sum += Int(code) * Int(code)
            }
        }
        let square = Double(sum) * step * step
        return Code(
            scale: scale, square: Float(square), spread: Self.roundedUp(lost.squareRoot()),
            reach: Self.roundedUp(square.squareRoot()))
    }

    /// A number in single precision that is above, by more than the rounding of what it was computed from.
    private static func roundedUp(_ value: Double) -> Float { Float(value * 1.000_001).nextUp }
}
