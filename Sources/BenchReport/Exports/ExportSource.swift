public import BenchResults
import BenchVerdict
import Foundation

/// What the exports are made of: the tables of a run's folder, read once.
public struct ExportSource: Sendable {
    /// The run's name.
    public var name: String
    /// The run's folder, for error messages.
    public var path: String
    public var samples: [SampleRow]
    /// The statistics of the samples, one row for each series.
    public var summary: [SummaryRow]
    public var targets: [TargetRow]
    public var environment: Environment?
    public var verdict: VerdictDocument?
    public var gate: GateDocument?
    /// The lines of all histogram logs, each tagged with the name of its file. Read for ``ExportFormat/hlog`` only.
    public var intervals: [HistogramLine]
    /// What a reader has to know: a last line that was cut off.
    public var warnings: [String] = []

    /// A source by its parts; the statistics are computed from the samples.
    public init(
        name: String, path: String = "", samples: [SampleRow], targets: [TargetRow] = [],
        environment: Environment? = nil, verdict: VerdictDocument? = nil, gate: GateDocument? = nil,
        intervals: [HistogramLine] = []
    ) {
        self.name = name
        self.path = path
        self.samples = samples
        summary = summarize(samples)
        self.targets = targets
        self.environment = environment
        self.verdict = verdict
        self.gate = gate
        self.intervals = intervals
    }

    /// What a run's folder holds. Only `samples.csv`, or else `gate.json`, has to be there; what is there has to be
    /// sound.
    ///
    /// - Parameter format: what is read for: histograms are large, and go into a histogram log only.
    /// - Throws: `ReportError` with file, line and column for what is damaged.
    public init(run: RunDirectory, for format: ExportFormat) throws(ReportError) {
        do throws(ResultsError) { try self.init(reading: run, format) } catch { throw ReportError(error) }
    }

    private init(reading run: RunDirectory, _ format: ExportFormat) throws(ResultsError) {
        func has(_ file: RunFile) -> Bool { FileManager.default.fileExists(atPath: run.path(of: file)) }
        // A live gate keeps slices instead of samples; its tests are what JUnit is told.
        if has(.samples) || !has(.gate) {
            let read = try run.readSamples()
            samples = read.rows
            warnings = read.warnings
        } else {
            samples = []
        }
        name = samples.first?.run ?? run.name
        path = run.path
        if format == .hlog {
            summary = []
        } else if has(.summary) {
            summary = try run.read(SummaryRow.self, from: .summary).rows
        } else {
            summary = summarize(samples)
        }
        targets = has(.targets) ? try run.read(TargetRow.self, from: .targets).rows : []
        environment = has(.environment) ? try run.readEnvironment() : nil
        verdict = has(.verdict) ? try run.readVerdict() : nil
        gate = has(.gate) ? try run.readGate() : nil
        intervals = format == .hlog ? try Self.intervals(of: run) : []
    }

    /// The intervals of all logs in the folder, each with the name of its file as its tag: the arm alone, which the
    /// file has, would not tell one phase from another.
    private static func intervals(of run: RunDirectory) throws(ResultsError) -> [HistogramLine] {
        let folder = run.path(of: "histograms")
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasSuffix(".hlog") }.sorted()
        var all: [HistogramLine] = []
        for name in names {
            let file = "histograms/\(name)"
            for var interval in try HistogramLog.lines(of: try run.readText(file), path: run.path(of: file)) {
                interval.tag = String(name.dropLast(".hlog".count))
                all.append(interval)
            }
        }
        return all
    }
}
