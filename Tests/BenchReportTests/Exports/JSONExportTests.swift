import BenchResults
import Foundation
import Testing

@testable import BenchReport

/// The JSON exports, read as their consumers do: with the fields that those declare, all of them required.
@Suite struct JSONExportTests {
    // MARK: JMH

    /// The fields that github-action-benchmark declares for `tool: jmh`, and `params` and `secondaryMetrics`, which
    /// jmh-visualizer reads as well.
    private struct Benchmark: Decodable {
        struct Metric: Decodable {
            var score: Double
            var scoreError: Double
            var scoreConfidence: [Double]
            var scorePercentiles: [String: Double]
            var scoreUnit: String
            var rawData: [[Double]]
        }

        var jmhVersion: String
        var benchmark: String
        var mode: String
        var threads: Int
        var forks: Int
        var jvm: String
        var jvmArgs: [String]
        var jdkVersion: String
        var vmName: String
        var vmVersion: String
        var warmupIterations: Int
        var warmupTime: String
        var warmupBatchSize: Int
        var measurementIterations: Int
        var measurementTime: String
        var measurementBatchSize: Int
        var params: [String: String]
        var primaryMetric: Metric
        var secondaryMetrics: [String: Metric]
    }

    @Test func jmhHasEveryFieldThatItsReadersDeclare() throws {
        let text = try Export.text(ExportRun.source, as: .jmh)
        let benchmarks = try JSONDecoder().decode([Benchmark].self, from: Data(text.utf8))
        #expect(benchmarks.count == 3)
        let first = benchmarks[0]
        #expect(first.benchmark == "epoch-readers.read-while-get")
        #expect(first.mode == "thrpt" && first.primaryMetric.scoreUnit == "ops/s")
        #expect(first.threads == 2 && first.forks == 3)
        #expect(first.params["allocator"] == "glibc" && first.params["subject"] == "strata")
        #expect(first.primaryMetric.score == 1_000_001)
        #expect(first.primaryMetric.scoreConfidence == [1_000_000, 1_000_002])
        #expect(first.primaryMetric.scoreError == 1)
        #expect(first.primaryMetric.rawData == [[1_000_000], [1_000_001], [1_000_002]])
        #expect(first.primaryMetric.scorePercentiles["0.0"] == 1_000_000)
        #expect(first.primaryMetric.scorePercentiles["100.0"] == 1_000_002)
        #expect(first.primaryMetric.scorePercentiles.count == 10)
        #expect(
            Set(first.secondaryMetrics.keys) == ["operations", "latency_p50", "wall_time", "resident_bytes_peak"])
        #expect(first.secondaryMetrics["latency_p50"]?.scoreUnit == "ns/op")
    }

    @Test func jmhModesAreThoseOfTheFormat() throws {
        let text = try Export.text(ExportRun.source, as: .jmh)
        let benchmarks = try JSONDecoder().decode([Benchmark].self, from: Data(text.utf8))
        #expect(benchmarks.allSatisfy { ["thrpt", "avgt", "sample", "ss"].contains($0.mode) })
        let readers = try #require(benchmarks.last)
        // The last group has a percentile only; it is not among those that are asked for first.
        #expect(readers.mode == "sample" && readers.primaryMetric.score == 1e-3)
    }

    /// jmh-visualizer parts `Class.method key=value key=value` at points, blanks and equals signs.
    @Test func jmhNamesSurviveTheWayInWhichTheyAreParted() throws {
        let text = try Export.text(ExportRun.source, as: .jmh)
        for benchmark in try JSONDecoder().decode([Benchmark].self, from: Data(text.utf8)) {
            #expect(benchmark.benchmark.split(separator: ".", omittingEmptySubsequences: false).count == 2)
            #expect(!benchmark.benchmark.contains { $0.isWhitespace })
            for (key, value) in benchmark.params {
                #expect(!(key + value).contains { $0.isWhitespace || $0 == "=" }, "\(key)=\(value)")
                #expect(!key.isEmpty && !value.isEmpty)
            }
            let parted = benchmark.params.map { "\($0.key)=\($0.value)" }.joined(separator: " ").split(separator: " ")
            #expect(parted.count == benchmark.params.count)
        }
    }

    // MARK: github-action-benchmark

    /// `BenchmarkResult` of github-action-benchmark.
    private struct Entry: Decodable {
        var name: String
        var value: Double
        var unit: String
        var range: String?
        var extra: String?
    }

    @Test(arguments: [(Direction.lower, 4), (.higher, 2)])
    func githubActionHoldsOneDirection(_ direction: Direction, count: Int) throws {
        let text = try Export.text(ExportRun.source, as: .githubAction, better: direction)
        let entries = try JSONDecoder().decode([Entry].self, from: Data(text.utf8))
        #expect(entries.count == count)
        #expect(Set(entries.map(\.name)).count == count, "the action tells entries apart by name")
        #expect(entries.contains { $0.name.contains(" throughput ") } == (direction == .higher))
        if direction == .higher {
            let entry = entries[0]
            #expect(entry.name == "epoch-readers/read-while/get throughput [strata/glibc/bump/2]")
            #expect(entry.value == 1_000_001 && entry.unit == "operations/s" && entry.range == "± 1")
            #expect(entry.extra?.contains("blocks: 3") == true)
        }
    }

    @Test func aRunWithoutFiguresIsRefusedInOneSentence() {
        let empty = ExportSource(name: "r", path: "somewhere", samples: [])
        for format in ExportFormat.allCases {
            do {
                _ = try Export.text(empty, as: format)
                Issue.record("\(format) of nothing was written")
            } catch {
                #expect("\(error)".hasPrefix("somewhere: the run holds no "), "\(error)")
            }
        }
    }

    @Test func whatIsNoNumberIsRefused() {
        var rows = ExportRun.samples
        rows[0].value = .infinity
        do {
            _ = try Export.text(ExportSource(name: "r", samples: rows), as: .jmh)
            Issue.record("infinity was written")
        } catch {
            #expect("\(error)".contains("no number"), "\(error)")
        }
    }
}
