public import BenchResults

/// The forms in which a run's figures go to other tools.
public enum ExportFormat: String, Sendable, Hashable, CaseIterable {
    /// The JSON of the Java Microbenchmark Harness, as jmh-visualizer and others draw it.
    case jmh
    /// The Go benchmark format, which `benchstat` compares.
    case benchstat
    /// JUnit XML by the schema of Jenkins' xunit plugin (junit-10).
    case junit
    /// The list that github-action-benchmark takes as `customSmallerIsBetter` or `customBiggerIsBetter`.
    case githubAction = "github-action"
    /// The histogram logs of all arms in one, version 1.3 of the format with histograms of version 2.
    case hlog
}

/// A run in the form of another tool: pure functions from the rows of a run's folder to text.
public enum Export {
    /// The text of a run in a format.
    ///
    /// Takes O(rows); for ``ExportFormat/hlog`` O(bytes of the histograms).
    ///
    /// - Parameter better: which metrics go into a ``ExportFormat/githubAction`` list, which holds one direction only;
    ///   the others hold all.
    /// - Throws: `ReportError` when the run has nothing that the format could hold.
    public static func text(
        _ source: ExportSource, as format: ExportFormat, better: Direction = .lower
    ) throws(ReportError) -> String {
        let text =
            switch format {
            case .jmh: try JMHExport.text(source)
            case .benchstat: BenchstatExport.text(source)
            case .junit: JUnitExport.text(source)
            case .githubAction: try GitHubActionExport.text(source, better: better)
            case .hlog: HistogramLogExport.text(source)
            }
        guard let text else {
            throw ReportError(
                format == .hlog ? "the run holds no histogram log" : "the run holds no figure for this format",
                path: source.path, remedy: "name the folder of a run that has measured something")
        }
        return text
    }
}
