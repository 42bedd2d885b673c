public import BenchVerdict
import BenchResults
import Foundation

/// The charts of a history of runs.
public enum HistoryReport {
    /// Draws a chart for each scenario: `history-SCENARIO.svg` with its data and script. Series with changes stand in
    /// front, then those with more runs.
    ///
    /// Without gnuplot data and scripts are still written, and the outcome says what to install.
    ///
    /// - Parameters:
    ///   - folder: is made where it is missing.
    ///   - lookup: how gnuplot is found.
    /// - Throws: `ReportError` when a file cannot be written.
    public static func draw(
        _ series: [HistorySeries], in folder: String, lookup: ExecutableLookup = .environment
    ) throws(ReportError) -> ReportOutcome {
        let url = URL(fileURLWithPath: folder, isDirectory: true)
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw ReportError(
                "the folder cannot be made: \(error.localizedDescription)", path: folder,
                remedy: "name a folder that you may write in")
        }
        var outcome = ReportOutcome()
        let gnuplot = Gnuplot(lookup: lookup, folder: url)
        if gnuplot == nil { outcome.chartsSkipped = Gnuplot.missing }
        for scenario in RunData.unique(series.map(\.key.scenario)) {
            let own = series.filter { $0.key.scenario == scenario }.enumerated().sorted { left, right in
                let (first, second) = (left.element, right.element)
                return (-first.changes.count, -first.rows.count, left.offset)
                    < (-second.changes.count, -second.rows.count, right.offset)
            }
            switch HistoryChart(scenario: scenario, series: own.map(\.element)).make() {
            case .leftOut(let chart): outcome.leftOut.append(chart)
            case .chart(let chart):
                try save(chart.data, "\(chart.name).dat", url, &outcome)
                try save(chart.script, "\(chart.name).gp", url, &outcome)
                guard let gnuplot else { continue }
                if let complaint = gnuplot.draw(chart.name) {
                    outcome.leftOut.append(LeftOutChart(name: chart.name, reason: complaint))
                } else {
                    outcome.drawn.append(chart.name)
                    outcome.written.append(url.appendingPathComponent("\(chart.name).svg").path)
                }
            }
        }
        return outcome
    }

    private static func save(
        _ text: String, _ name: String, _ folder: URL, _ outcome: inout ReportOutcome
    ) throws(ReportError) {
        let file = folder.appendingPathComponent(name)
        do { try Data(text.utf8).write(to: file, options: .atomic) } catch {
            throw ReportError("the file cannot be written: \(error.localizedDescription)", path: file.path)
        }
        outcome.written.append(file.path)
    }
}
