import BenchResults
import BenchVerdict

/// What a reader has to know before trusting the figures.
struct NotesSection {
    var data: RunData
    /// Sentences of the modules that read the run.
    var warnings: [String]
    var leftOut: [LeftOutChart]
    /// Why no chart was drawn at all, or nil.
    var chartsSkipped: String?

    /// What stands above everything else: the run is not whole, or its answers contradict each other.
    func notices() -> [Document.Block] {
        var sentences: [String] = []
        if data.samples.isEmpty { sentences.append("The run holds no samples: nothing was measured.") }
        if let verdict = data.verdict {
            if !verdict.complete {
                sentences.append(
                    "The run is not complete: it was interrupted, its budget was used up, or a block failed. The figures"
                        + " are those of the blocks that finished."
                )
            }
        } else {
            sentences.append("The run holds no verdict.json: it did not come to its end, or is still under way.")
        }
        let conflicts = digestConflicts(data.samples)
        if !conflicts.isEmpty {
            let places = RunData.unique(conflicts.map { "\($0.scenario)/\($0.phase)" })
            sentences.append(
                "Arms answered the same work differently in \(Wording.joined(places)). Nothing of that is"
                    + " compared; the answers are listed under Notes.")
        }
        if let chartsSkipped {
            sentences.append(
                Self.sentence(chartsSkipped) + " The charts folder holds their data and scripts all the same.")
        }
        return sentences.map { .notice(.sentence($0)) }
    }

    func blocks() -> [Document.Block] {
        var items: [String] = []
        items += digestConflicts(data.samples).map(\.description)
        for allocator in data.environment?.allocators ?? [] {
            guard let reason = allocator.skipped else { continue }
            items.append("The arms of \(ArmNames.allocator(of: Self.key(allocator))) were skipped: \(reason)")
        }
        for scenario in data.scenarios { items += unequalBlocks(scenario) }
        items += unanswered
        items += warnings
        items += data.environment?.warnings ?? []
        items += data.verdict?.warnings ?? []
        items.append(
            "Against the standard subject a ratio is the median over pairs of blocks that ran side by side, with an interval of"
                + " its own; between allocators and strategies it is the geometric mean, with an interval that holds"
                + " together with the others"
        )
        items.append("Beside each picture in `charts/` lie its data (`.dat`) and its gnuplot script (`.gp`)")
        return [.heading(2, "Notes"), .list(RunData.unique(items.map(Self.sentence)).map { .sentence($0) })]
    }

    /// The charts that were not drawn.
    func appendix() -> [Document.Block] {
        let missing = leftOut.map { Self.sentence("No chart \($0.name): \($0.reason)") }
        guard !missing.isEmpty else { return [] }
        return [
            .heading(2, "Appendix: charts that are not there"),
            .details(
                "\(Wording.count(missing.count, "chart")), with the reasons", [.list(missing.map { .sentence($0) })]),
        ]
    }

    private static func key(_ allocator: Environment.Allocator) -> ArmKey {
        ArmKey(
            subject: "", allocator: allocator.name, allocatorOptions: allocator.options, strategy: "", threads: 1)
    }

    /// Phases whose digest is empty on every arm: nothing that they do has an answer, so that it cannot differ either.
    private var unanswered: [String] {
        var digests: [String: Set<String>] = [:]
        for row in data.samples where row.digest != SampleRow.noDigest {
            digests["\(row.scenario)/\(row.phase)", default: []].insert(row.digest)
        }
        let empty = RunData.unique(data.samples.lazy.map { "\($0.scenario)/\($0.phase)" }).filter { place in
            digests[place].map { $0.allSatisfy { $0.allSatisfy { $0 == "0" } } } ?? false
        }
        guard !empty.isEmpty else { return [] }
        return [
            "Nothing in \(Wording.joined(empty)) has an answer (memory is only given back there): its empty digest does not"
                + " prove that all arms did the same; the same planned operations were sent to all of them"
        ]
    }

    /// Arms that have fewer blocks than others of their scenario.
    private func unequalBlocks(_ scenario: String) -> [String] {
        let names = data.names(of: scenario)
        var blocks: [ArmKey: Set<Int>] = [:]
        for row in data.samples where row.scenario == scenario { blocks[row.arm, default: []].insert(row.block) }
        let most = blocks.values.map(\.count).max() ?? 0
        return names.arms.compactMap { arm in
            guard let count = blocks[arm]?.count, count < most else { return nil }
            return "\(scenario): the arm \(arm.label) has \(count) of \(most) blocks"
        }
    }

    private static func sentence(_ text: String) -> String {
        guard let first = text.first else { return text }
        let isWord = first.isLowercase && !text.prefix { !$0.isWhitespace }.contains { ":/._-".contains($0) }
        let begun = isWord ? first.uppercased() + text.dropFirst() : text
        return begun.hasSuffix(".") || begun.hasSuffix("!") ? begun : begun + "."
    }
}
