import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation

/// Judges two stored runs by their samples.
enum StoredGate {
    /// - Throws: with exit code 5 where there is no baseline, 2 where there is no candidate or a file is damaged.
    static func judge(baseline: String, candidate: String) throws(CommandFailure) -> GateDocument {
        let one = try open(baseline: baseline)
        let other = try readingInput { try RunDirectory(opening: candidate) }
        let (before, after) = try readingInput { (try one.readSamples(), try other.readSamples()) }
        for warning in before.warnings + after.warnings { Terminal.note("warning: \(warning)") }
        if let difference = machineDifference(one, try? other.readEnvironment().machine) {
            return GateDocument(
                verdict: .incomparable, reasons: [difference], tests: [], baseline: baseline, candidate: candidate)
        }
        return judgeStoredRuns(
            baseline: before.rows, candidate: after.rows, tolerances: tolerances(of: one), baselineName: baseline,
            candidateName: candidate)
    }

    /// The folder of a baseline.
    ///
    /// - Throws: with exit code 5 where there is none.
    static func open(baseline: String) throws(CommandFailure) -> RunDirectory {
        guard FileManager.default.fileExists(atPath: "\(baseline)/\(RunFile.samples.rawValue)") else {
            throw CommandFailure(
                "there is no baseline in \(baseline): store one with `strata bench --count --out \(baseline)`, or "
                    + "compare two programs with --baseline-binary and --candidate-binary",
                exitCode: CommandFailure.Code.incomparable)
        }
        return try readingInput { try RunDirectory(opening: baseline) }
    }

    /// In what the machine of a stored run differs from another so that figures say nothing, where both are known.
    static func machineDifference(_ run: RunDirectory, _ other: Environment.Machine?) -> String? {
        guard let before = try? run.readEnvironment().machine, let after = other,
            (before.cpuModel, before.cores, before.architecture) != (after.cpuModel, after.cores, after.architecture)
        else { return nil }
        return "The two sides are from machines of another class: \(before.cpuModel) with \(before.cores) cores "
            + "(\(before.architecture)), and \(after.cpuModel) with \(after.cores) (\(after.architecture))."
    }

    /// What the scenarios that the run kept tolerate; nothing for a run that kept none.
    private static func tolerances(of run: RunDirectory) -> [String: [String: Double]] {
        let folder = run.path(of: "scenarios")
        var result: [String: [String: Double]] = [:]
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where file.hasSuffix(".yaml") {
            do {
                let scenario = try Scenario.load(path: "\(folder)/\(file)")
                result[scenario.name] = scenario.tolerance
            } catch {
                Terminal.note("warning: the tolerances of \(folder)/\(file) are not known: \(error)")
            }
        }
        return result
    }
}
