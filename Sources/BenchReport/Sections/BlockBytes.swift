import BenchResults
import BenchStatistics

/// The bytes of an arm over its blocks, told in one way wherever they stand: the largest of any phase in each block, and
/// of that the median, with the range where blocks differ.
struct BlockBytes {
    /// One figure a block.
    let values: [Double]

    /// Blocks that differ by more than this are told with their range.
    static let evenness = 1.05

    /// - Parameter rows: those of one metric of an arm.
    init(_ rows: some Sequence<SampleRow>) {
        values = Dictionary(grouping: rows, by: \.block).compactMap { $0.value.map(\.value).max() }
    }

    var median: Double? { BenchStatistics.median(values) }

    /// `84.1 MB`, or `84.1 MB [67.1 to 84.1 MB]`; nil without a block.
    var text: String? { median.map { Unit.bytes.text($0) + (range.map { " \($0)" } ?? "") } }

    /// `[67.1 to 84.1 MB]`; nil where blocks hardly differ.
    var range: String? {
        guard let least = values.min(), let most = values.max(), least > 0, most > least * Self.evenness else {
            return nil
        }
        let (low, high) = (Unit.bytes.text(least), Unit.bytes.text(most))
        // One unit is enough for both.
        let unit = high.drop { $0 != " " }
        return "[\(low.hasSuffix(unit) ? String(low.dropLast(unit.count)) : low) to \(high)]"
    }
}
