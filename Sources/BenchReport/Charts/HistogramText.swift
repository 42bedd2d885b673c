import BenchResults

/// Reads HdrHistogram's percentile output, as `histograms/NAME.hgrm` holds it in nanoseconds.
enum HistogramText {
    /// The steps of the distribution.
    ///
    /// - Throws: `ResultsError` with file and line for a row that is not what HdrHistogram writes.
    static func steps(_ text: String, path: String) throws(ResultsError) -> [PercentileChart.Step] {
        var steps: [PercentileChart.Step] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard let first = fields.first, !first.hasPrefix("#"), first != "Value" else { continue }
            guard fields.count >= 3, let value = CSVNumber.value(first), let percentile = CSVNumber.value(fields[1]),
                let count = Int(fields[2]), (0...1).contains(percentile), value >= 0, count >= 0
            else {
                throw ResultsError(
                    "`\(line.prefix(60))` is no row of a percentile distribution", path: path, line: number + 1,
                    column: 1, remedy: "remove the file, and the chart is drawn without it")
            }
            // The last column has two decimals only; the percentile itself has twelve.
            steps.append(
                .init(nanoseconds: value, inverse: percentile < 1 ? 1 / (1 - percentile) : .infinity, count: count))
        }
        return steps
    }
}
