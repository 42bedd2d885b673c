public import BenchResults
public import BenchVerdict
import Foundation

/// What writing a report came to.
public struct ReportOutcome: Sendable, Hashable {
    /// The paths of all files that were written, charts first.
    public var written: [String] = []
    /// The names of the charts that were drawn, without extension.
    public var drawn: [String] = []
    /// The charts that were not drawn, each with its reason.
    public var leftOut: [LeftOutChart] = []
    /// Why no chart was drawn at all and what to do about it, or nil.
    public var chartsSkipped: String?
    /// What a reader has to know about the run's files: a last line that was cut off.
    public var warnings: [String] = []
}

/// Charts and page of a run, made from the files in its folder alone: no engine and no other run is asked.
public enum Report {
    /// Draws the charts and writes `report.md` and `report.html`.
    ///
    /// Without gnuplot the charts' data and scripts are still written, and report and outcome say what to install.
    /// Takes a bootstrap for each ratio and median, and one run of gnuplot for each chart.
    ///
    /// - Parameters:
    ///   - tolerances: by how much a metric may differ and still be a tie.
    ///   - lookup: how gnuplot is found.
    /// - Throws: `ReportError` when a file of the run is damaged, or a file cannot be written.
    @discardableResult
    public static func write(
        run: RunDirectory, tolerances: Tolerances = Tolerances(), lookup: ExecutableLookup = .environment
    ) throws(ReportError) -> ReportOutcome {
        let (data, warnings) = try RunLoader.load(run, tolerances: tolerances)
        let (set, pictures, plotted) = try draw(data, run, lookup)
        var outcome = plotted
        outcome.warnings = warnings
        let document = ReportDocument(
            data: data, warnings: warnings, charts: set.charts.filter { pictures[$0.name] != nil },
            leftOut: outcome.leftOut, chartsSkipped: outcome.chartsSkipped, grids: set.grids
        ).make()
        try save(MarkdownRenderer().text(document), RunFile.reportText.rawValue, run, &outcome)
        try save(HTMLRenderer(pictures: pictures).text(document), RunFile.reportPage.rawValue, run, &outcome)
        return outcome
    }

    /// Draws the charts only.
    ///
    /// - Parameters:
    ///   - tolerances: by how much a metric may differ and still be a tie.
    ///   - lookup: how gnuplot is found.
    /// - Throws: `ReportError` when a file of the run is damaged, or a file cannot be written.
    @discardableResult
    public static func plot(
        run: RunDirectory, tolerances: Tolerances = Tolerances(), lookup: ExecutableLookup = .environment
    ) throws(ReportError) -> ReportOutcome {
        let (data, warnings) = try RunLoader.load(run, tolerances: tolerances)
        var outcome = try draw(data, run, lookup).outcome
        outcome.warnings = warnings
        return outcome
    }

    private static func draw(
        _ data: RunData, _ run: RunDirectory, _ lookup: ExecutableLookup
    ) throws(ReportError) -> (set: ChartSet, pictures: [String: String], outcome: ReportOutcome) {
        let set = ChartSet(data)
        let folder = URL(fileURLWithPath: run.path(of: "charts"), isDirectory: true)
        let gnuplot = Gnuplot(lookup: lookup, folder: folder)
        var outcome = ReportOutcome()
        outcome.leftOut = set.leftOut
        var pictures: [String: String] = [:]
        for chart in set.charts {
            let picture = folder.appendingPathComponent("\(chart.name).svg")
            let isUnchanged =
                text(of: run.path(of: "charts/\(chart.name).dat")) == chart.data
                && text(of: run.path(of: "charts/\(chart.name).gp")) == chart.script
            if !isUnchanged {
                // A picture never stands beside data that it does not show.
                try? FileManager.default.removeItem(at: picture)
                try save(chart.data, "charts/\(chart.name).dat", run, &outcome)
                try save(chart.script, "charts/\(chart.name).gp", run, &outcome)
            }
            if let gnuplot, let complaint = gnuplot.draw(chart.name) {
                outcome.leftOut.append(LeftOutChart(name: chart.name, reason: complaint))
                continue
            }
            guard let svg = text(of: picture.path) else { continue }
            pictures[chart.name] = svg
            outcome.drawn.append(chart.name)
            if gnuplot != nil { outcome.written.append(picture.path) }
        }
        // Pictures of the very same data, drawn before, are as good as new ones.
        if gnuplot == nil, pictures.count < set.charts.count { outcome.chartsSkipped = Gnuplot.missing }
        return (set, pictures, outcome)
    }

    private static func save(
        _ text: String, _ path: String, _ run: RunDirectory, _ outcome: inout ReportOutcome
    ) throws(ReportError) {
        do throws(ResultsError) { try run.write(text: text, to: path) } catch { throw ReportError(error) }
        outcome.written.append(run.path(of: path))
    }

    private static func text(of path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
