import BenchDriver
import BenchWorkload
import GraphData

/// The data sets of a run: built once each, mapped by every block.
struct DatasetCatalog {
    private let folder: String
    private var built: [DatasetSpecification: String] = [:]

    init(folder: String) { self.folder = folder }

    /// A scenario with its data set, or with one for each point of its sweep.
    mutating func campaign(
        _ scenario: Scenario, progress: (String, Int) -> Void
    ) throws(CommandFailure) -> CampaignScenario {
        var result = CampaignScenario(scenario: scenario)
        if scenario.points.isEmpty, let dataset = scenario.dataset {
            result.datasetPath = try path(for: dataset, progress: progress)
        }
        for point in scenario.points {
            guard let dataset = point.scenario.dataset else { continue }
            result.datasetPaths[point.parameters] = try path(for: dataset, progress: progress)
        }
        return result
    }

    /// The file of a scenario's data set, built on first use.
    mutating func path(
        for specification: DatasetSpecification, progress: (String, Int) -> Void
    ) throws(CommandFailure) -> String {
        if let path = built[specification] { return path }
        let path = "\(folder)/\(built.count).dataset"
        try failing {
            switch specification.source {
            case .wordnet:
                let source = specification.file.map { WordNetSource(directory: $0) } ?? WordNetSource()
                try DatasetBuilder.build(source, at: path) { progress(source.title, $0) }
            case .synthetic:
                guard let synthetic = specification.synthetic else {
                    throw CommandFailure(
                        "a synthetic data set without a size", exitCode: CommandFailure.Code.invalidInput)
                }
                let source = SyntheticSource(synthetic)
                try DatasetBuilder.build(source, at: path) { progress(source.title, $0) }
            case .csv:
                let source = CSVSource(directory: try file(of: specification), scratchDirectory: folder)
                try DatasetBuilder.build(source, at: path) { progress(source.title, $0) }
            case .ntriples:
                let source = NTriplesSource(file: try file(of: specification), scratchDirectory: folder)
                try DatasetBuilder.build(source, at: path) { progress(source.title, $0) }
            case .trace:
                let source =
                    specification.trace.map { TraceSource($0) } ?? TraceSource(path: specification.file ?? "")
                try DatasetBuilder.build(source, at: path) { progress(source.title, $0) }
            case .fashionMNIST:
                let source = specification.file.map { FashionMNISTSource(directory: $0) } ?? FashionMNISTSource()
                try DatasetBuilder.build(source, at: path) { progress(source.title, $0) }
            case .snapshot:
                throw CommandFailure(
                    "the data source `\(specification.source.rawValue)` does not work yet",
                    exitCode: CommandFailure.Code.invalidInput)
            }
        }
        built[specification] = path
        return path
    }

    private func file(of specification: DatasetSpecification) throws(CommandFailure) -> String {
        if let file = specification.file { return file }
        throw CommandFailure(
            "the data source `\(specification.source.rawValue)` without a file",
            exitCode: CommandFailure.Code.invalidInput)
    }
}
