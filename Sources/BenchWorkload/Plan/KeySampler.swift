import GraphData

/// Draws rows by a law of keys over the rows that are loaded when a phase starts.
struct KeySampler: Sendable {
    private enum Law {
        case uniform
        case zipf(ZipfSampler, SeededPermutation)
        case latest(ZipfSampler)
        case hotspot(hotRows: Int, threshold: UInt64, SeededPermutation)
        case sequential
        case trace(MappedDataset)
    }

    private let law: Law
    private let rows: Int

    /// A sampler over `rows` rows, at least 1.
    ///
    /// - Parameter trace: the data set whose accesses the law `trace` goes through; other laws need none.
    init(_ keys: KeyDistribution, rows: Int, trace: MappedDataset? = nil) {
        precondition(rows >= 1, "keys are drawn from loaded rows, and none is loaded")
        self.rows = rows
        let scatter = KeyDistribution.scatter(rows: rows)
        switch keys {
        case .uniform: law = .uniform
        case .zipf(let exponent): law = .zipf(ZipfSampler(count: rows, exponent: exponent), scatter)
        case .latest: law = .latest(ZipfSampler(count: rows, exponent: KeyDistribution.latestExponent))
        case .hotspot(let fraction, let probability):
            law = .hotspot(
                hotRows: Self.hotRows(fraction, of: rows), threshold: UInt64(probability * 0x1p53), scatter)
        case .sequential: law = .sequential
        case .trace:
            guard let trace, trace.accessCount > 0 else { preconditionFailure("the data set has no trace") }
            law = .trace(trace)
        }
    }

    /// The size of the hot set: the share rounded, but neither nothing nor, where there are two rows, everything.
    static func hotRows(_ fraction: Double, of rows: Int) -> Int {
        min(max(Int((fraction * Double(rows)).rounded()), 1), max(rows - 1, 1))
    }

    /// The next row.
    ///
    /// - Parameters:
    ///   - ordinal: how many keys the phase has drawn before.
    ///   - newest: the row that was inserted last.
    func row(ordinal: UInt64, newest: Int, using draws: inout SplitMix64) -> UInt32 {
        switch law {
        case .uniform: return UInt32(draws.below(UInt64(rows)))
        case .zipf(let ranks, let scatter): return UInt32(scatter(ranks.rank(using: &draws)))
        case .latest(let ranks): return UInt32(newest - ranks.rank(using: &draws))
        case .hotspot(let hotRows, let threshold, let scatter):
            let isHot = draws.next() >> 11 < threshold || hotRows == rows
            let rank = isHot ? draws.below(hotRows) : hotRows + draws.below(rows - hotRows)
            return UInt32(scatter(rank))
        case .sequential: return UInt32(ordinal % UInt64(rows))
        case .trace(let dataset): return dataset.access(Int(ordinal % UInt64(dataset.accessCount)))
        }
    }
}
