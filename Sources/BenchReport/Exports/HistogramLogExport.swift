import BenchResults

/// The histogram logs of all arms as one: an interval for each block, in the order of time, tagged with scenario,
/// phase, arm and operation. Readers of the format take one tag out of it.
enum HistogramLogExport {
    /// Nil for a run without histograms.
    static func text(_ source: ExportSource) -> String? {
        guard !source.intervals.isEmpty else { return nil }
        let ordered = source.intervals.enumerated().sorted { left, right in
            (left.element.startSeconds, left.offset) < (right.element.startSeconds, right.offset)
        }
        return HistogramFiles.logText(lines: ordered.map(\.element))
    }
}
