import ArgumentParser
import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation

/// The table of a study of the gate: how often it was wrong and how often it saw, in real runs and in runs that are drawn
/// from their rounds.
struct GateStudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate-study", abstract: "Say how far the gate can be trusted, from recorded gates.",
        discussion: """
            The folder holds what `scripts/gate-study` recorded: gates of a program against itself (none-N), and of one \
            that is planted to be worse (time-N, instructions-N, leak-N). Writes study.csv, study.txt, samples.csv and \
            targets.csv there.
            """, shouldDisplay: false)

    @Argument(help: "The folder of the study.") var folder: String
    @Option(help: "How many gate runs to draw for each rate.") var decisions = 10_000
    @Option(help: "Where the draws start from.") var seed: UInt64 = 42

    /// A recorded gate.
    private struct Recorded {
        var document: GateDocument
        var slices: [SliceRow]
        var counts: [CountRow]
    }

    func run() throws {
        let real = try recorded()
        guard let plain = real["none"], !plain.isEmpty else {
            throw CommandFailure(
                "\(folder): there is no gate of a program against itself (none-1 and so on); run scripts/gate-study first",
                exitCode: CommandFailure.Code.invalidInput)
        }
        let study = GateStudy(
            runs: plain.map(\.slices), counts: plain.map(\.counts), policy: try policy(rounds: plain))
        var rows: [StudyRow] = []
        for (plant, runs) in real.sorted(by: { $0.key < $1.key }) {
            rows.append(StudyRow(real: runs.map(\.document.verdict), plant: plant))
        }
        rows.append(StudyRow("the same program", study.falseAlarms(decisions: decisions, seed: seed)))
        rows.append(
            StudyRow(
                "the same program, the repeat as the candidate",
                study.falseAlarms(decisions: decisions, seed: seed, relabelling: .repeatAsCandidate)))
        let planted = study.power(decisions: decisions, seed: seed)
        rows.append(StudyRow("10 % more time in all phases (the recorded planted arm)", planted))
        rows.append(StudyRow("10 % more time in one phase", study.power(effect: 0.1, decisions: decisions, seed: seed)))
        if let counted = study.countPower {
            rows.append(StudyRow("3 % more instructions (the recorded planted counts)", counted))
        }
        let durations = real.values.flatMap { $0.compactMap(\.document.seconds) }
        try write(rows, study, durations, planted)
    }

    // MARK: What was recorded

    private func recorded() throws(CommandFailure) -> [String: [Recorded]] {
        var result: [String: [Recorded]] = [:]
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        for name in names where FileManager.default.fileExists(atPath: "\(folder)/\(name)/\(RunFile.gate.rawValue)") {
            let plant = String(name[..<(name.lastIndex(of: "-") ?? name.endIndex)])
            let path = "\(folder)/\(name)"
            let one = try readingInput {
                let directory = try RunDirectory(opening: path, holding: .gate)
                return Recorded(
                    document: try JSONDecoder().decode(
                        GateDocument.self, from: Data(directory.readText(RunFile.gate.rawValue).utf8)),
                    slices: try directory.read(SliceRow.self, from: .slices).rows,
                    counts: try directory.read(CountRow.self, from: .counts).rows)
            }
            result[plant, default: []].append(one)
        }
        return result
    }

    /// The policy that the recorded gates had.
    private func policy(rounds runs: [Recorded]) throws(CommandFailure) -> GatePolicy {
        var policy = GatePolicy()
        let screened = runs.flatMap(\.slices).filter { $0.stage == "screen" }
        policy.mostRounds = max(policy.fewestRounds, (screened.map(\.round).max() ?? 0) + 1)
        let scenarios = "\(folder)/none-01/scenarios"
        for file in (try? FileManager.default.contentsOfDirectory(atPath: scenarios)) ?? []
        where file.hasSuffix(".yaml") {
            let scenario = try failing { try Scenario.load(path: "\(scenarios)/\(file)") }
            policy.tolerances[scenario.name] = scenario.tolerance
        }
        return policy
    }

    // MARK: The table

    private func write(
        _ rows: [StudyRow], _ study: GateStudy, _ durations: [Double], _ planted: GateStudy.Rate
    ) throws(CommandFailure) {
        let table = Terminal.columns([StudyRow.titles] + rows.map(\.cells))
        let rounds = study.rounds.map { "\($0.value) of \($0.key)" }.sorted().joined(separator: ", ")
        let longest = durations.max() ?? 0
        let sorted = durations.sorted()
        let middle = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        let text = """
            \(table)

            Drawn from \(rounds) recorded rounds, \(study.tests) tests of time in a decision, seed \(seed).
            A real gate took \(Int(middle)) s at the median, \(Int(longest)) s at most.

            """
        print(text)
        try failing {
            let directory = try RunDirectory(opening: folder, holding: nil)
            try directory.write(text: text, to: "study.txt")
            let lines = [StudyRow.titles] + rows.map(\.cells)
            try directory.write(
                text: lines.map { $0.map { "\"\($0)\"" }.joined(separator: ",") }.joined(separator: "\n") + "\n",
                to: "study.csv")
            try directory.write(samples(rows, durations, planted), to: .samples)
            let samples = try directory.read(SampleRow.self, from: .samples).rows
            let verdict = judge(
                samples, targets: try StoredRun.targets(), scale: RunScale(profile: .quick), run: directory.name,
                complete: true)
            try directory.write(verdict.targets.map(\.row).filter { $0.scenario == "gate" }, to: .targets)
        }
    }

    /// The rates as samples, so that targets are judged by them.
    private func samples(_ rows: [StudyRow], _ durations: [Double], _ planted: GateStudy.Rate) -> [SampleRow] {
        func row(_ metric: String, _ value: Double, _ unit: String, _ direction: Direction, _ block: Int) -> SampleRow {
            SampleRow(
                run: URL(fileURLWithPath: folder).lastPathComponent, scenario: "gate", scenarioHash: "0000000000000000",
                phase: "self-test", operation: "gate", subject: "strata", allocator: "glibc", allocatorOptions: "",
                strategy: "bump", threads: 1, parameters: "", block: block, metric: metric, value: value, unit: unit,
                direction: direction, digest: SampleRow.noDigest)
        }
        var result = durations.enumerated().map { row("gate_duration", $0.element * 1e9, "ns", .lower, $0.offset) }
        if let alarms = rows.first(where: { $0.what == "the same program" && !$0.isReal }) {
            result.append(row("false_alarm_rate", alarms.rate, "ratio", .lower, 0))
        }
        result.append(row("time_detection_rate", planted.rate, "ratio", .higher, 0))
        if let counted = rows.first(where: { $0.what.hasPrefix("3 % more") && !$0.isReal }) {
            result.append(row("instructions_detection_rate", counted.rate, "ratio", .higher, 0))
        }
        return result
    }
}

/// One line of the table: what was judged, and what it was called.
private struct StudyRow {
    static let titles = ["runs", "candidate", "gates", "REGRESSION", "INCONCLUSIVE", "rate", "95 % interval"]

    let isReal: Bool
    let what: String
    let rate: Double
    private let decisions: Int
    private let hits: Int
    private let inconclusive: Int
    private let interval: String

    init(_ what: String, _ rate: GateStudy.Rate) {
        isReal = false
        self.what = what
        self.rate = rate.rate
        decisions = rate.decisions
        hits = rate.hits
        inconclusive = rate.inconclusive
        interval = "\(Self.percent(rate.low)) to \(Self.percent(rate.high))"
    }

    init(real verdicts: [GateDocument.Verdict], plant: String) {
        isReal = true
        switch plant {
        case "none": what = "the same program"
        case "time": what = "10 % more time in all phases"
        case "instructions": what = "3 % more instructions in the cheapest phase"
        default: what = plant
        }
        decisions = verdicts.count
        hits = verdicts.count { $0 == .regression }
        inconclusive = verdicts.count { $0 == .inconclusive }
        rate = Double(hits) / Double(max(1, decisions))
        interval = ""
    }

    var cells: [String] {
        [
            isReal ? "real" : "resampled", what, "\(decisions)", "\(hits)", "\(inconclusive)", Self.percent(rate),
            interval,
        ]
    }

    private static func percent(_ value: Double) -> String {
        "\((value * 100).formatted(.number.precision(.fractionLength(0...2)))) %"
    }
}
