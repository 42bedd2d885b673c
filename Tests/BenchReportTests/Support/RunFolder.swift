import BenchResults
import Foundation

@testable import BenchReport

/// A run's folder made for one test and removed with it.
final class RunFolder {
    let run: RunDirectory
    private let parent: String

    init(_ data: RunData, name: String = "run") throws {
        parent = NSTemporaryDirectory() + "strata-report-\(UUID().uuidString)"
        run = try RunDirectory(creating: "\(parent)/\(name)")
        try Self.fill(run, data)
    }

    deinit { try? FileManager.default.removeItem(atPath: parent) }

    /// Writes all that the data hold.
    static func fill(_ run: RunDirectory, _ data: RunData) throws {
        if data.samples.isEmpty {
            try run.write([SampleRow](), to: .samples)
        } else {
            try run.appendSamples(data.samples)
        }
        if !data.timeline.isEmpty { try run.appendTimeline(data.timeline) }
        if !data.blockRows.isEmpty { try run.append(data.blockRows, to: .blocks) }
        if !data.counts.isEmpty { try run.append(data.counts, to: .counts) }
        if let gate = data.gate {
            try run.write(bytes: Array(try JSONEncoder().encode(gate)), to: RunFile.gate.rawValue)
        }
        if !data.targets.isEmpty { try run.write(data.targets, to: .targets) }
        if let environment = data.environment { try run.write(environment) }
        if let verdict = data.verdict { try run.write(verdict) }
        if let command = data.command { try run.write(text: command + "\n", to: RunFile.command.rawValue) }
        for histogram in data.histograms {
            let name = HistogramFiles.name(
                scenario: histogram.scenario, phase: histogram.phase, arm: histogram.curve.arm,
                operation: histogram.operation)
            try run.write(text: percentileText(histogram.curve.steps), to: "histograms/\(name).hgrm")
        }
    }

    /// The steps in HdrHistogram's own layout.
    static func percentileText(_ steps: [PercentileChart.Step]) -> String {
        var text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
        for step in steps {
            let percentile = step.inverse.isFinite ? 1 - 1 / step.inverse : 1
            text += String(format: "%12.3f %14.12f %10d", step.nanoseconds, percentile, step.count)
            text += step.inverse.isFinite ? String(format: " %14.2f\n", step.inverse) : "            inf\n"
        }
        return text + "#[Mean    =      100.000, StdDeviation   =       10.000]\n#[Buckets =  20, SubBuckets =  2048]\n"
    }

    func text(_ path: String) throws -> String { try run.readText(path) }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: run.path(of: path)) }
}
