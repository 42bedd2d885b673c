import BenchResults
import BenchVerdict

/// Which allocator is best for each subject, strategy and number of threads in each phase, as the grid has it.
struct GridSection {
    /// A phase in which at least two allocators meet.
    struct Place: Equatable, Sendable {
        var group: String
        var row: String
        /// The allocators, the fastest first, each with its ratio to the reference.
        var cells: [GridDocument.Cell]
        /// The fastest against each other.
        var contests: [GridDocument.Contest]
        /// The share of resamples in which the same allocator leads.
        var stability: Double?

        var leader: GridDocument.Cell? { cells.first }
        /// The contests in which the leader is not clearly faster.
        var level: [GridDocument.Contest] { contests.filter { $0.verdict != .faster } }
        /// Whether the leader is clearly faster than every other allocator.
        var isClear: Bool { !contests.isEmpty && level.isEmpty }
    }

    let grid: GridDocument
    let places: [Place]

    /// The section of a scenario's grid.
    init(_ grid: GridDocument, names: ArmNames) {
        self.grid = grid
        let labels = RowLabels(grid.rankings.lazy.map { ($0.place.phase, $0.place.role, $0.place.operation) })
        let places = grid.rankings.filter { $0.cells.count > 1 }.map { ranking in
            let place = ranking.place
            let arm =
                names.arms.first {
                    $0.subject == place.subject && $0.strategy == place.strategy && $0.threads == place.threads
                        && $0.parameters == place.parameters
                }
            return Place(
                group: arm.map(names.group) ?? place.subject,
                row: labels.label(phase: place.phase, role: place.role, operation: place.operation),
                cells: ranking.cells, contests: ranking.contests, stability: ranking.stability?.leader)
        }
        let groups = RunData.unique(names.arms.map(names.group))
        self.places = groups.flatMap { group in places.filter { $0.group == group } }
    }

    /// The groups in their order.
    var groups: [String] { RunData.unique(places.map(\.group)) }

    func blocks() -> [Document.Block] {
        guard !places.isEmpty else { return [] }
        if let refusal = grid.refusal { return [.notice(.sentence(refusal + "."))] }
        return [
            .list(groups.map { group in [.strong("\(group):"), .text(" \(sentence(of: group))")] })
        ]
    }

    /// What the ranking comes to for a group: where one allocator is clearly the fastest, where several share the lead
    /// over the reference, and in how many phases neither holds.
    func sentence(of group: String) -> String {
        let own = places.filter { $0.group == group }
        let clear = own.filter(\.isClear)
        let shared = own.filter { place in
            !place.isClear && place.contests.contains { $0.rival == grid.reference && $0.verdict == .faster }
        }
        var sentences: [String] = []
        for leader in RunData.unique(clear.compactMap(\.leader?.contender)) {
            let won = clear.filter { $0.leader?.contender == leader }.map { place in
                leader == grid.reference ? place.row : "\(place.row) (\(ratioText(place.leader)))"
            }
            sentences.append("\(leader) is clearly the fastest in \(Wording.joined(won)).")
        }
        if !shared.isEmpty {
            let told = shared.compactMap { place in
                place.leader.map { leader in
                    "\(place.row) (\(leader.contender) \(ratioText(leader)), not clearly ahead of"
                        + " \(Wording.joined(place.level.map(\.rival))))"
                }
            }
            sentences.append(
                "One is clearly ahead of \(grid.reference), but not of every other, in \(Wording.joined(told)).")
        }
        let rest = own.count - clear.count - shared.count
        if rest == own.count {
            return "In none of \(Wording.count(own.count, "phase")) is an allocator clearly the fastest."
        }
        if rest > 0 {
            sentences.append(
                "In the other \(rest == 1 ? "phase" : "\(rest) phases") none is clearly faster than \(grid.reference).")
        }
        return sentences.joined(separator: " ")
    }

    /// `1.17 × glibc, 1.15 to 1.19`.
    private func ratioText(_ cell: GridDocument.Cell?) -> String {
        guard let cell else { return "–" }
        let text = "\(Unit.ratio.text(cell.ratio)) \(grid.reference)"
        guard let low = cell.low, let high = cell.high else { return text }
        return "\(text), \(Unit.threeDigits(low)) to \(Unit.threeDigits(high))"
    }

    /// The table of all places.
    func table() -> Document.Block {
        .table(
            .init(
                columns: [
                    .init(title: "Arms", alignment: .left), .init(title: "Phase", alignment: .left),
                    .init(title: "Highest throughput", alignment: .left),
                    .init(title: "× \(grid.reference) (95 % interval)", alignment: .right),
                    .init(title: "Not clearly slower", alignment: .left),
                    .init(title: "Leads in resamples", alignment: .right),
                ],
                rows: places.map { place in
                    let level = place.level.map { "\($0.rival) (\($0.verdict.rawValue))" }.joined(separator: ", ")
                    let leader = place.leader
                    let isReference = leader?.contender == grid.reference
                    let ratio =
                        isReference
                        ? "–"
                        : Wording.ratio(
                            leader?.ratio, low: leader?.low, high: leader?.high, pairs: leader?.n ?? 0)
                    let name = leader?.contender ?? "–"
                    return [
                        .plain(place.group), .plain(place.row), place.isClear ? [.strong(name)] : .plain(name),
                        .plain(ratio), .plain(level.isEmpty ? "–" : level),
                        .plain(place.stability.map { Unit.fixed($0 * 100, 0) + " %" } ?? "–"),
                    ]
                }))
    }
}
