import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation

/// Reads what a run's folder holds. Only `samples.csv` has to be there; what is there has to be sound.
enum RunLoader {
    /// The run's tables, and sentences about what was cut off or is not there.
    static func load(
        _ run: RunDirectory, tolerances: Tolerances
    ) throws(ReportError) -> (data: RunData, warnings: [String]) {
        do throws(ResultsError) {
            var warnings: [String] = []
            let samples = try run.readSamples()
            warnings += samples.warnings
            var data = RunData(name: samples.rows.first?.run ?? run.name, samples: samples.rows)
            data.tolerances = tolerances
            if exists(.timeline, run) {
                let timeline = try run.read(TimelineRow.self, from: .timeline)
                data.timeline = timeline.rows
                warnings += timeline.warnings
            }
            if exists(.blocks, run) {
                let rows = try run.read(BlockRow.self, from: .blocks)
                data.blockRows = rows.rows
                warnings += rows.warnings
            }
            if exists(.counts, run) {
                let rows = try run.read(CountRow.self, from: .counts)
                data.counts = rows.rows
                warnings += rows.warnings
            }
            if exists(.gate, run) { data.gate = try gate(of: run) }
            if exists(.targets, run) { data.targets = try run.read(TargetRow.self, from: .targets).rows }
            if exists(.environment, run) { data.environment = try run.readEnvironment() }
            if exists(.verdict, run) { data.verdict = try run.readVerdict() }
            if exists(.command, run) {
                let text = try run.readText(RunFile.command.rawValue)
                data.command = text.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            data.histograms = try histograms(of: run, data.samples)
            data.workloads = workloads(of: run, data)
            return (data, warnings)
        } catch {
            throw ReportError(error)
        }
    }

    private static func gate(of run: RunDirectory) throws(ResultsError) -> GateDocument {
        let text = try run.readText(RunFile.gate.rawValue)
        do {
            return try JSONDecoder().decode(GateDocument.self, from: Data(text.utf8))
        } catch {
            throw ResultsError(
                "is not the document of a gate: \(error)", path: run.path(of: .gate),
                remedy: "remove the file, and the report is written without it")
        }
    }

    private static func exists(_ file: RunFile, _ run: RunDirectory) -> Bool {
        FileManager.default.fileExists(atPath: run.path(of: file))
    }

    /// The scenarios that the run kept. They only describe: one that cannot be read costs its description.
    private static func workloads(of run: RunDirectory, _ data: RunData) -> [String: Scenario] {
        let vocabulary = ScenarioVocabulary.standard.adding(
            subjects: RunData.unique(data.samples.map(\.subject)),
            allocators: RunData.unique(data.samples.map(\.allocator) + (data.environment?.allocators ?? []).map(\.name))
        )
        var workloads: [String: Scenario] = [:]
        for name in data.scenarios {
            let path = run.path(of: "scenarios/\(name).yaml")
            workloads[name] = try? Scenario.load(path: path, vocabulary: vocabulary)
        }
        return workloads
    }

    /// The percentile files that belong to a phase and an arm of the samples.
    private static func histograms(
        of run: RunDirectory, _ samples: [SampleRow]
    ) throws(ResultsError) -> [RunData.Histogram] {
        let folder = run.path(of: "histograms")
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasSuffix(".hgrm")
        }.sorted()
        guard !files.isEmpty else { return [] }
        struct Place: Hashable {
            var scenario: String
            var phase: String
            var arm: ArmKey
        }
        // What follows the arm in a file's name is the operation: the samples' own, or one of the phase's mix.
        var seen: Set<Place> = []
        var result: [RunData.Histogram] = []
        for row in samples {
            let place = Place(scenario: row.scenario, phase: row.phase, arm: row.arm)
            guard seen.insert(place).inserted else { continue }
            let stem = HistogramFiles.name(
                scenario: place.scenario, phase: place.phase, arm: place.arm, operation: "")
            for file in files where file.hasPrefix(stem) {
                let text = try run.readText("histograms/\(file)")
                let operation = String(file.dropFirst(stem.count).dropLast(".hgrm".count))
                let steps = try HistogramText.steps(text, path: "\(folder)/\(file)")
                result.append(
                    RunData.Histogram(
                        scenario: place.scenario, phase: place.phase, role: "", operation: operation,
                        curve: .init(arm: place.arm, steps: steps)))
            }
        }
        return result
    }
}
