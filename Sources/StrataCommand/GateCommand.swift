import ArgumentParser
import BenchDriver
import BenchResults
import BenchVerdict
import Foundation

/// Says whether something became worse.
struct GateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Say whether a candidate became worse than its baseline.",
        discussion: """
            A stored run (--baseline RUN): this strata is counted, and its counts are judged; times are not. Two \
            stored runs (--baseline RUN --candidate RUN): their samples are judged, and nothing is run. Two programs \
            (--baseline-binary B --candidate-binary C): fresh processes of both do the same operations in step, beside \
            the baseline once more and a candidate that is slowed down on purpose. The last line of the output is \
            `verdict: PASS|REGRESSION|INCONCLUSIVE|INCOMPARABLE`; exit codes 0, 3, 4, 5.
            """)

    @OptionGroup var options: ScenarioOptions

    @Option(help: ArgumentHelp("The stored run to compare with.", valueName: "run")) var baseline: String?
    @Option(help: ArgumentHelp("The stored run to judge.", valueName: "run")) var candidate: String?
    @Option(help: ArgumentHelp("The strata to compare with.", valueName: "file")) var baselineBinary: String?
    @Option(help: ArgumentHelp("The strata to judge.", valueName: "file")) var candidateBinary: String?
    @Flag(help: "Compare this strata with itself: it must pass, and the planted slowdown must be seen.")
    var selfTest = false
    @Option(
        help: ArgumentHelp(
            "Load the candidate with more time, instructions or leaks: to try the gate out.", visibility: .hidden))
    var plant: GatePlant?
    @Option(help: ArgumentHelp("Begin no round after this time.", valueName: "time"))
    var budget = TimeLimit(minutes: 4)
    @Option(help: "The most rounds of a scenario before suspects are confirmed.") var maxRounds: Int?
    @Option(help: "The folder for what is measured, new or empty.") var out: String?
    @Option(help: ArgumentHelp("Write the text for a pull request here.", valueName: "file")) var markdown: String?
    @Flag(help: "Say nothing but the result and errors.") var quiet = false

    /// What is compared.
    private enum Sides {
        case stored(baseline: String, candidate: String)
        case counts(baseline: String)
        case live(baseline: String, candidate: String)
    }

    mutating func validate() throws {
        if let maxRounds, maxRounds < GatePolicy().fewestRounds {
            throw ValidationError("--max-rounds is at least \(GatePolicy().fewestRounds): fewer are not judged")
        }
        guard case .stored = try sides() else { return }
        guard options.workloads.isEmpty, options.chosenProfile == nil, out == nil, maxRounds == nil else {
            throw ValidationError("stored runs are judged as they are: no workload, --profile, --out or --max-rounds")
        }
    }

    private func sides() throws -> Sides {
        switch (baseline, candidate, baselineBinary, candidateBinary, selfTest) {
        case (let baseline?, let candidate?, nil, nil, false):
            return .stored(baseline: baseline, candidate: candidate)
        case (let baseline?, nil, nil, nil, false): return .counts(baseline: baseline)
        case (nil, nil, let baseline?, let candidate?, false): return .live(baseline: baseline, candidate: candidate)
        case (nil, nil, nil, nil, true):
            let own = try Self.ownExecutable()
            return .live(baseline: own, candidate: own)
        default:
            throw ValidationError(
                "give --baseline RUN, --baseline RUN and --candidate RUN, or --baseline-binary and --candidate-binary, or --self-test"
            )
        }
    }

    /// The path of this program.
    static func ownExecutable() throws(CommandFailure) -> String {
        guard let own = Bundle.main.executablePath else {
            throw CommandFailure("the path of this program is not known; name it as both binaries")
        }
        return own
    }

    func run() throws {
        let judged: (document: GateDocument, directory: RunDirectory?)
        do {
            judged = try judge()
        } catch let error as CommandFailure where error.exitCode == CommandFailure.Code.incomparable {
            // There is no document, and a verdict all the same.
            GateOutput.say(.incomparable)
            throw error
        }
        try GateOutput.end(judged.document, judged.directory, markdown: markdown, isSelfTest: selfTest)
    }

    private func judge() throws -> (GateDocument, RunDirectory?) {
        let sides = try sides()
        if case .stored(let baseline, let candidate) = sides {
            return (try StoredGate.judge(baseline: baseline, candidate: candidate), nil)
        }
        let stored: RunDirectory? =
            if case .counts(let baseline) = sides { try StoredGate.open(baseline: baseline) } else { nil }
        let usual = ScenarioOptions.ProfileName(rawValue: (try? stored?.readEnvironment())?.profile ?? "") ?? .quick
        let scenarios = try options.scenarios(usual: usual)
        let profile = (options.chosenProfile ?? usual).rawValue
        let interruption = try failing { try Interruption() }
        let commit = RunEnvironment.commit()
        let directory = try failing {
            try RunDirectory(
                creating: out
                    ?? "results/gate-"
                    + RunDirectory.runName(secondsSinceEpoch: Int(Date().timeIntervalSince1970), commit: commit?.name))
        }
        do throws(CommandFailure) {
            if case .live(let baseline, let candidate) = sides {
                var gate = GateRun(
                    scenarios: scenarios, baseline: baseline, candidate: candidate, directory: directory,
                    profile: profile, customAllocators: options.customAllocators,
                    budgetNanoseconds: budget.nanoseconds, mostRounds: maxRounds, commit: commit, isQuiet: quiet,
                    plant: plant)
                return (try gate.run(interruption), directory)
            }
            guard let stored else { throw CommandFailure("there is nothing to compare with") }
            let gate = CountGate(
                scenarios: scenarios, baseline: stored, directory: directory, profile: profile,
                customAllocators: options.customAllocators, isQuiet: quiet)
            return (try gate.run(interruption), directory)
        } catch {
            // Does nothing to a folder that holds something.
            rmdir(directory.path)
            throw error
        }
    }
}
