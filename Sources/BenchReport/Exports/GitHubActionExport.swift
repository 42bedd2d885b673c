import BenchResults

/// The list that github-action-benchmark reads with `tool: customSmallerIsBetter` or `customBiggerIsBetter`.
///
/// Such a list has one direction, so that a run makes two of them. The value is the median over the blocks; the range
/// is the farther end of its 95 % interval, since the action shows it as a margin.
enum GitHubActionExport {
    /// Nil when no metric gets better that way.
    ///
    /// - Throws: `ReportError` when a figure is not finite.
    static func text(_ source: ExportSource, better: Direction) throws(ReportError) -> String? {
        let entries = ExportGroup.all(source).flatMap { group in
            group.figures.filter { $0.direction == better }.map { Entry(group, $0) }
        }
        return entries.isEmpty ? nil : try ExportJSON.text(entries)
    }

    private struct Entry: Encodable {
        var name: String
        var value: Double
        var unit: String
        var range: String
        var extra: String

        init(_ group: ExportGroup, _ figure: ExportGroup.Figure) {
            name =
                "\(group.scenario)/\(group.path.joined(separator: "/")) \(figure.metric) [\(group.arm.label)]"
            value = figure.median
            unit = figure.unit.isEmpty ? "count" : figure.unit
            range = "± " + CSVNumber.text(max(figure.high - figure.median, figure.median - figure.low))
            extra =
                "95 % interval: \(CSVNumber.text(figure.low)) to \(CSVNumber.text(figure.high))\n"
                + "blocks: \(figure.values.count)"
        }
    }
}
