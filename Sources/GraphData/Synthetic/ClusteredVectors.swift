/// Unit vectors in clusters: a centre plus noise, scaled to length 1.
///
/// White noise has no neighbours worth finding; real embeddings crowd together. The noise of each vector has a radius of
/// its own between 0.2 and 0.8 of the centre's length, so that a cluster has a dense core and a thin rim.
struct ClusteredVectors: Sendable {
    let dimensions: Int
    let clusterCount: Int
    /// The centres, one after the other, each of length 1.
    private let centres: [Float]

    init(dimensions: Int, clusterCount: Int, generator: SplitMix64) {
        self.dimensions = dimensions
        self.clusterCount = clusterCount
        var generator = generator
        if dimensions == 0 {
            centres = []
            return
        }
        var centres = [Float](repeating: 0, count: dimensions * clusterCount)
        centres.withUnsafeMutableBufferPointer { centres in
            for cluster in 0..<clusterCount {
                let centre = UnsafeMutableBufferPointer(
                    rebasing: centres[cluster * dimensions..<(cluster + 1) * dimensions])
                for index in centre.indices { centre[index] = Self.noise(&generator) }
                Self.normalize(centre)
            }
        }
        self.centres = centres
    }

    /// Fills `vector`, which has `dimensions` components, with a member of `cluster`.
    func fill(_ vector: inout [Float], cluster: Int, using generator: inout SplitMix64) {
        if dimensions == 0 { return }
        let radius = Float(0.2 + 0.6 * generator.unit())
        let scale = radius / (Self.noiseDeviation * Float(dimensions).squareRoot())
        centres.withUnsafeBufferPointer { centres in
            vector.withUnsafeMutableBufferPointer { vector in
                let start = cluster &* dimensions
                for index in 0..<dimensions {
                    vector[index] = centres[start &+ index] + Self.noise(&generator) * scale
                }
                Self.normalize(vector)
            }
        }
    }

    /// The standard deviation of `noise`: of the sum of four uniform 16-bit numbers.
    private static let noiseDeviation: Float = 37_837.2

    /// A nearly normal whole number with mean 0: exact, so that it is the same on every machine.
    @inline(__always)
    private static func noise(_ generator: inout SplitMix64) -> Float {
        let word = generator.next()
        // Two sums of two neighbours each, side by side in one word, then both together.
        let pairs = (word & 0x0000_FFFF_0000_FFFF) &+ (word &>> 16 & 0x0000_FFFF_0000_FFFF)
        let sum = Int32(truncatingIfNeeded: pairs & 0xFFFF_FFFF) &+ Int32(truncatingIfNeeded: pairs &>> 32)
        return Float(sum &- 131_070)
    }

    /// Scales a vector to length 1. The sum is taken in double precision and in order, hence the same everywhere.
    private static func normalize(_ vector: UnsafeMutableBufferPointer<Float>) {
        var sum = 0.0
        for component in vector { sum += Double(component) * Double(component) }
        if sum == 0 {
            vector[0] = 1
            return
        }
        let inverse = Float(1 / sum.squareRoot())
        for index in vector.indices { vector[index] *= inverse }
    }
}
