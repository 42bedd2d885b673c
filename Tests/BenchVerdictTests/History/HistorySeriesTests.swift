import BenchResults
import BenchStatistics
import Testing

@testable import BenchVerdict

@Suite struct HistorySeriesTests {
    private func row(
        _ run: Int, _ value: Double, machine: String = "m", profile: String = "quick", hash: String = "1",
        metric: String = "throughput", direction: Direction = .higher
    ) -> HistoryRow {
        HistoryRow(
            startedAt: "t\(run)", commit: "c\(run)", dirty: false, machine: machine, profile: profile,
            figure: SummaryRow(
                run: "r\(run)", scenario: "s", scenarioHash: hash, phase: "get", operation: "get", subject: "strata",
                allocator: "glibc", strategy: "bump", threads: 1, metric: metric, unit: "u", direction: direction, n: 3,
                median: value, ciLow: value, ciHigh: value, min: value, max: value, mad: 0))
    }

    private let search = EDivisive(permutations: 199)

    @Test func aDropIsWorseForARateAndBetterForATime() throws {
        let values: [Double] = (0..<24).map { (place: Int) in Double((place < 14 ? 100 : 80) + place % 3) }
        for (direction, gain) in [(Direction.higher, -0.2), (.lower, 0.2)] {
            let rows = values.enumerated().map { row($0, $1, direction: direction) }
            let series = HistorySeries.all(of: rows, search: search)
            #expect(series.count == 1)
            let change = try #require(series[0].changes.first)
            #expect(series[0].changes.count == 1 && change.index == 14)
            #expect(abs((change.gain ?? 0) - gain) < 0.01)
        }
        let none = HistorySeries.all(of: values.enumerated().map { row($0, $1, direction: .none) }, search: search)
        #expect(none[0].changes[0].gain == nil)
    }

    /// Another machine, profile or scenario is another series: its level is no change.
    @Test func onlyWhatIsComparableIsOneSeries() {
        var rows: [HistoryRow] = []
        for run in 0..<12 {
            let value = Double(run % 3)
            rows += [
                row(run, 100 + value), row(run, 50 + value, machine: "other"), row(run, 10 + value, profile: "full"),
                row(run, 5 + value, hash: "2"), row(run, 1 + value, metric: "latency_p50"),
            ]
        }
        let series = HistorySeries.all(of: rows, search: search)
        #expect(series.map(\.rows.count) == [12, 12, 12, 12, 12])
        #expect(series.allSatisfy { $0.changes.isEmpty })
        #expect(HistorySeries.all(of: rows, search: search) { $0.machine == "other" }.count == 1)
        #expect(series[0].title == "s/get throughput [strata/glibc/bump/1]")
    }

    @Test func aRunThatWasAddedTwiceCountsOnce() {
        let series = HistorySeries.all(of: [row(1, 5), row(2, 6), row(1, 7)], search: search)
        #expect(series.count == 1)
        #expect(series[0].rows.map(\.figure.median) == [7, 6])
    }
}
