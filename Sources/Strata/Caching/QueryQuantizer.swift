import CStrata

/// Puts queries that point nearly the same way into one cell of a grid, so that they can share what was found.
///
/// Only the direction counts, since the order of inner products does not change with the query's length. Each component
/// of the unit vector, times the square root of their number, is cut into `levels` equal steps between -3 and 3 (a
/// component of a direction at random has a deviation of 1 there); what lies outside belongs to the outermost.
///
/// Two queries of one cell are *near*, not equal: their answers differ. ``SimilarityCache`` ranks what it kept for one
/// anew for the other.
public struct QueryQuantizer: Sendable, Hashable {
    /// Steps of each component.
    public let levels: Int

    /// The steps that can be told apart by a byte.
    static let bounds = 2...256

    /// - Throws: `invalidArgument` for fewer than 2 levels (with one, every two queries would share an answer) and more
    ///   than 256.
    public init(levels: Int) throws(StrataError) {
        guard Self.bounds.contains(levels) else {
            throw MemoryConfiguration.refusal("quantization_levels", "\(levels)", "2 to 256")
        }
        self.levels = levels
    }

    /// The cell of a direction, four components a word. O(components).
    func cell(of vector: Span<Float>) -> [UInt32] {
        let squared = vector.withUnsafeBufferPointer { values in
            values.baseAddress.map { strata_dot_exact($0, $0, values.count) } ?? 0
        }
        var cell = [UInt32](repeating: 0, count: (vector.count + 3) / 4)
        // The vector of zeros has no direction: it has a cell of its own only as far as zero has one.
        let scale = squared > 0 ? (Double(vector.count) / squared).squareRoot() : 0
        let steps = Double(levels) / 6
        for index in vector.indices {
            let step = (Double(vector[index]) * scale + 3) * steps
            let level = step.isNaN ? 0 : UInt32(max(0, min(Double(levels - 1), step)))
            cell[index >> 2] |= level << (8 * UInt32(index & 3))
        }
        return cell
    }
}
