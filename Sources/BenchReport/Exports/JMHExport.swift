import BenchResults
import BenchStatistics
import Foundation

/// The JSON of the Java Microbenchmark Harness (`-rf json`).
///
/// A benchmark is an operation of a phase of a scenario, `scenario.phase`; the arm is in its parameters. The main
/// figure is the primary metric, all others are secondary ones. A block is a fork with one iteration, since it is a
/// process of its own. The score is the median over the blocks and its interval the 95 % one of `summary.csv`, so that
/// no two reports of one run disagree; the harness for Java states a mean with 99.9 %.
enum JMHExport {
    /// Nil for a run without figures.
    ///
    /// - Throws: `ReportError` when a figure is not finite.
    static func text(_ source: ExportSource) throws(ReportError) -> String? {
        let groups = ExportGroup.all(source)
        let benchmarks = groups.compactMap { Benchmark($0, source.environment) }
        return benchmarks.isEmpty ? nil : try ExportJSON.text(benchmarks)
    }

    private struct Benchmark: Encodable {
        /// The version of the harness for Java whose format this is.
        var jmhVersion = "1.37"
        var benchmark: String
        var mode: String
        var threads: Int
        var forks: Int
        /// What ran the benchmarks; here no Java machine, but readers print the fields.
        var jvm = "none"
        var jvmArgs: [String] = []
        var jdkVersion: String
        var vmName = "Swift"
        var vmVersion: String
        var warmupIterations = 0
        var warmupTime = "single-shot"
        var warmupBatchSize = 1
        var measurementIterations = 1
        var measurementTime = "single-shot"
        var measurementBatchSize = 1
        var params: [String: String]
        var primaryMetric: Metric
        var secondaryMetrics: [String: Metric]

        init?(_ group: ExportGroup, _ environment: Environment?) {
            guard let main = group.mainFigure else { return nil }
            benchmark = ([group.scenario] + [group.path.joined(separator: "-")]).map(JMHExport.name)
                .joined(separator: ".")
            mode = JMHExport.mode(main)
            threads = group.arm.threads
            forks = main.values.count
            jdkVersion = environment?.swiftVersion ?? "unknown"
            vmVersion = environment?.commit ?? "unknown"
            params = JMHExport.parameters(group.arm)
            primaryMetric = Metric(main)
            secondaryMetrics = Dictionary(
                group.figures.filter { $0.metric != main.metric }.map { ($0.metric, Metric($0)) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    private struct Metric: Encodable {
        var score: Double
        var scoreError: Double
        var scoreConfidence: [Double]
        var scorePercentiles: [String: Double]
        var scoreUnit: String
        /// By fork, then by iteration.
        var rawData: [[Double]]

        init(_ figure: ExportGroup.Figure) {
            score = figure.median
            scoreError = max(figure.high - figure.median, figure.median - figure.low)
            scoreConfidence = [figure.low, figure.high]
            let values = figure.values.map(\.value)
            let ranks = ["0.0", "50.0", "90.0", "95.0", "99.0", "99.9", "99.99", "99.999", "99.9999", "100.0"]
            scorePercentiles = Dictionary(
                uniqueKeysWithValues: ranks.map { rank in
                    (rank, quantile(values, (Double(rank) ?? 0) / 100) ?? figure.median)
                })
            scoreUnit = JMHExport.unit(figure)
            rawData = values.map { [$0] }
        }
    }

    /// `thrpt` for a rate, `sample` for the time of an operation, `ss` (a single shot) for what a block comes to.
    private static func mode(_ figure: ExportGroup.Figure) -> String {
        if figure.metric == "throughput" { return "thrpt" }
        return isTimeOfOperation(figure) ? "sample" : "ss"
    }

    private static func unit(_ figure: ExportGroup.Figure) -> String {
        if isTimeOfOperation(figure) { return "ns/op" }
        return figure.unit == "operations/s" ? "ops/s" : figure.unit
    }

    private static func isTimeOfOperation(_ figure: ExportGroup.Figure) -> Bool {
        figure.unit == "ns"
            && ["latency_", "service_", "response_", "queueing_"].contains { figure.metric.hasPrefix($0) }
    }

    private static func parameters(_ arm: ArmKey) -> [String: String] {
        var parameters = ["subject": arm.subject, "allocator": arm.allocator, "strategy": arm.strategy]
        if !arm.allocatorOptions.isEmpty { parameters["allocator_options"] = arm.allocatorOptions }
        // Threads are a field of their own, which jmh-visualizer does not tell benchmarks apart by.
        parameters["threads"] = String(arm.threads)
        for pair in arm.parameters.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { parameters[String(parts[0])] = String(parts[1]) }
        }
        return Dictionary(
            parameters.map { (word($0.key), word($0.value)) }, uniquingKeysWith: { first, _ in first })
    }

    /// A part of a benchmark's name: a point would part class and method elsewhere.
    private static func name(_ text: String) -> String { word(text).replacing(".", with: "_") }

    /// A text without what readers part parameters by, blanks and equals signs.
    private static func word(_ text: String) -> String {
        String(text.map { $0.isWhitespace || $0.isControl ? "_" : $0 == "=" ? ":" : $0 })
    }
}

/// JSON as exports write it: keys in a fixed order.
enum ExportJSON {
    static func text(_ value: some Encodable) throws(ReportError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
        } catch {
            throw ReportError(
                "a figure of the run is no number that JSON can hold", remedy: "look for `nan` or `inf` in samples.csv")
        }
    }
}
