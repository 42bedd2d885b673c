import BenchResults
import BenchStatistics
import BenchVerdict
import Foundation
import Testing

@testable import BenchReport

@Suite struct HistoryReportTests {
    private func series(_ values: [Double], metric: String = "throughput", phase: String = "get") -> HistorySeries {
        let rows = values.enumerated().map { place, value in
            HistoryRow(
                startedAt: "2026-01-02", commit: "c\(place)", dirty: false, machine: "m", profile: "quick",
                figure: SummaryRow(
                    run: "r\(place)", scenario: "it's", scenarioHash: "1", phase: phase, operation: "get",
                    subject: "strata", allocator: "glibc", strategy: "bump", threads: 1, metric: metric,
                    unit: "operations/s", direction: .higher, n: 3, median: value, ciLow: value * 0.99,
                    ciHigh: value * 1.01, min: value, max: value, mad: 0))
        }
        return HistorySeries.all(of: rows, search: EDivisive(permutations: 199))[0]
    }

    private var stepped: HistorySeries {
        series((0..<24).map { (place: Int) in Double((place < 12 ? 1000 : 1200) + place % 4) })
    }

    @Test func aChangeIsAMarkBetweenTwoLevels() throws {
        guard case .chart(let chart) = HistoryChart(scenario: "it's", series: [stepped]).make() else {
            Issue.record("no chart")
            return
        }
        #expect(chart.name == "history-it-s")
        #expect(chart.script.contains("from first 12.5, graph 0 to first 12.5, graph 1"))
        #expect(chart.script.contains("'20.0 % better'"), "\(chart.script)")
        #expect(chart.script.contains("every ::0::11 using 1:5"))
        #expect(chart.script.contains("every ::12::23 using 1:5"))
        #expect(chart.data.contains("13\t1200\t1188\t1212\t1201.5\toperations/s\tr12\tc12"), "\(chart.data)")
    }

    @Test func oneRunIsNoHistory() {
        guard case .leftOut(let chart) = HistoryChart(scenario: "s", series: [series([5])]).make() else {
            Issue.record("a chart of one run")
            return
        }
        #expect(chart.reason.contains("two runs"))
    }

    @Test func seriesThatChangedStandInFront() throws {
        let many = (0..<10).map { series([100, 101, 100, 101, 100, 101, 100], phase: "p\($0)") } + [stepped]
        let folder = try RunFolder(TinyRun.eightPairs)
        let outcome = try HistoryReport.draw(many, in: folder.run.path(of: "history"), lookup: .searching(""))
        #expect(outcome.chartsSkipped != nil && outcome.drawn.isEmpty)
        let data = try folder.text("history/history-it-s.dat")
        #expect(data.contains("# index 0: \(stepped.title)"))
        #expect(data.contains("# index 7:") && !data.contains("# index 8:"))
        #expect(try folder.text("history/history-it-s.gp").contains("Not drawn: 3 more series."))
    }

    @Test func gnuplotDrawsIt() throws {
        guard ExecutableLookup.environment.find("gnuplot") != nil else { return }
        let folder = try RunFolder(TinyRun.eightPairs)
        let outcome = try HistoryReport.draw([stepped], in: folder.run.path(of: "history"))
        #expect(outcome.leftOut.isEmpty && outcome.drawn == ["history-it-s"])
        #expect(try folder.text("history/history-it-s.svg").contains("</svg>"))
    }
}
