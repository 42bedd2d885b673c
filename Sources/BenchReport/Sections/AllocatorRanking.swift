import BenchResults
import BenchVerdict

/// Which allocator is best for each subject and strategy in each phase, by paired throughput.
struct AllocatorRanking {
    /// A phase in which at least two allocators can be compared.
    struct Place: Equatable, Sendable {
        var group: String
        var row: String
        /// The allocator with the highest ratio to the reference; the reference itself stands at 1.
        var leader: String
        /// The leader's row against the reference, or nil when the leader is the reference.
        var comparison: ComparisonRow?
        /// Allocators that the leader is not clearly faster than, each with the verdict against it.
        var level: [(allocator: String, verdict: ComparisonVerdict)]

        /// Whether the leader is clearly faster than every other allocator.
        var isClear: Bool { level.isEmpty }

        static func == (left: Place, right: Place) -> Bool {
            left.group == right.group && left.row == right.row && left.leader == right.leader
                && left.comparison == right.comparison
                && left.level.map(\.allocator) == right.level.map(\.allocator)
        }
    }

    let reference: String
    private(set) var places: [Place] = []

    /// The ranking of a scenario, or nil when only one allocator ran. Takes a bootstrap for each pair of allocators
    /// with the reference and with the leader.
    init?(_ samples: [SampleRow], names: ArmNames, reference: String, tolerances: Tolerances) {
        guard names.seriesAreAllocators else { return nil }
        self.reference = reference
        let throughput = samples.filter { $0.metric == "throughput" }
        let rows = compareAllocators(throughput, reference: reference, tolerances: tolerances)
        let labels = RowLabels(throughput.lazy.map { ($0.phase, $0.role, $0.operation) })
        for group in RunData.unique(names.arms.map(names.group)) {
            let own = rows.filter { names.group(of: $0.arm) == group }
            let keys = RunData.unique(own.map { "\($0.phase)\u{0}\($0.role)\u{0}\($0.operation)" })
            for key in keys {
                let phase = own.filter { "\($0.phase)\u{0}\($0.role)\u{0}\($0.operation)" == key }
                let blocks = throughput.filter { "\($0.phase)\u{0}\($0.role)\u{0}\($0.operation)" == key }
                guard let first = phase.first else { continue }
                let label = labels.label(phase: first.phase, role: first.role, operation: first.operation)
                if let place = place(group, label, phase, blocks, names, tolerances) { places.append(place) }
            }
        }
    }

    private func place(
        _ group: String, _ label: String, _ rows: [ComparisonRow], _ samples: [SampleRow], _ names: ArmNames,
        _ tolerances: Tolerances
    ) -> Place? {
        let known = rows.filter { $0.ratio != nil }
        guard let best = known.max(by: { ($0.ratio ?? 0) < ($1.ratio ?? 0) }) else { return nil }
        let leadsReference = (best.ratio ?? 0) > 1
        var leaderArm = best.arm
        if !leadsReference {
            leaderArm.allocator = reference
            leaderArm.allocatorOptions = ""
        }
        let others = compare(
            samples.filter { names.group(of: $0.arm) == group }, reference: leaderArm, tolerances: tolerances)
        return Place(
            group: group, row: label, leader: ArmNames.allocator(of: leaderArm),
            comparison: leadsReference ? best : nil,
            level: others.filter { $0.verdict != .slower }.map { (ArmNames.allocator(of: $0.arm), $0.verdict) })
    }

    /// The groups in their order.
    var groups: [String] { RunData.unique(places.map(\.group)) }

    /// What the ranking comes to for a group: where one allocator is clearly the fastest, where several share the lead
    /// over the reference, and in how many phases neither holds.
    func sentence(of group: String) -> String {
        let own = places.filter { $0.group == group }
        let clear = own.filter(\.isClear)
        let shared = own.filter { !$0.isClear && $0.comparison?.verdict == .faster }
        var sentences: [String] = []
        for leader in RunData.unique(clear.map(\.leader)) {
            let won = clear.filter { $0.leader == leader }.map { place in
                place.comparison.map { "\(place.row) (\(ratioText($0)))" } ?? place.row
            }
            sentences.append("\(leader) is clearly the fastest in \(Self.joined(won)).")
        }
        if !shared.isEmpty {
            let told = shared.compactMap { place in
                place.comparison.map { row in
                    "\(place.row) (\(place.leader) \(ratioText(row)), not clearly ahead of"
                        + " \(Self.joined(place.level.map(\.allocator))))"
                }
            }
            sentences.append("One is clearly ahead of \(reference), but not of every other, in \(Self.joined(told)).")
        }
        let rest = own.count - clear.count - shared.count
        if rest == own.count { return "In none of \(Self.phases(own.count)) is an allocator clearly the fastest." }
        if rest > 0 {
            sentences.append("In the other \(Self.phases(rest)) none is clearly faster than \(reference).")
        }
        return sentences.joined(separator: " ")
    }

    /// `1.17 × glibc, 1.15 to 1.19`.
    private func ratioText(_ row: ComparisonRow) -> String {
        guard let ratio = row.ratio else { return "–" }
        let text = "\(Unit.ratio.text(ratio)) \(reference)"
        guard let low = row.ciLow, let high = row.ciHigh, row.n > 1 else { return text }
        return "\(text), \(Unit.threeDigits(low)) to \(Unit.threeDigits(high))"
    }

    /// The table of all places.
    func table() -> Document.Block {
        .table(
            .init(
                columns: [
                    .init(title: "Arms", alignment: .left), .init(title: "Phase", alignment: .left),
                    .init(title: "Highest throughput", alignment: .left),
                    .init(title: "× \(reference) (95 % interval)", alignment: .right),
                    .init(title: "Not clearly slower", alignment: .left),
                ],
                rows: places.map { place in
                    let level = place.level.map { "\($0.allocator) (\($0.verdict.rawValue))" }.joined(separator: ", ")
                    return [
                        .plain(place.group), .plain(place.row),
                        place.isClear ? [.strong(place.leader)] : .plain(place.leader),
                        .plain(place.comparison.map(Self.ratio) ?? "–"), .plain(level.isEmpty ? "–" : level),
                    ]
                }))
    }

    /// `1.17 × (1.15 to 1.19)`.
    static func ratio(_ row: ComparisonRow) -> String {
        guard let ratio = row.ratio else { return "–" }
        guard let low = row.ciLow, let high = row.ciHigh, row.n > 1 else { return Unit.ratio.text(ratio) }
        return "\(Unit.ratio.text(ratio)) (\(Unit.threeDigits(low)) to \(Unit.threeDigits(high)))"
    }

    static func phases(_ count: Int) -> String { count == 1 ? "1 phase" : "\(count) phases" }

    /// `a`, `a and b`, `a, b and c`.
    static func joined(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
