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
        /// All pairs, in the order of the cells.
        var contests: [GridDocument.Contest]
        var leader: GridDocument.Cell? { cells.first }
        /// Those that are clearly faster than the reference.
        var ahead: [GridDocument.Cell] { cells.filter { $0.verdict == .faster } }
        /// Whether the leader is clearly faster than every other allocator.
        var isClear: Bool {
            let own = contests.filter { $0.contender == leader?.contender }
            return !own.isEmpty && own.allSatisfy { $0.verdict == .faster }
        }
        /// The allocators that are told apart neither from the reference nor from the first that is ahead of it.
        var level: [GridDocument.Cell] {
            guard let first = ahead.first?.contender else { return [] }
            return cells.filter { cell in
                cell.verdict == .unresolved && contests.contest(cell.contender, first)?.isResolved == false
            }
        }
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
                cells: ranking.cells, contests: ranking.contests)
        }
        let groups = RunData.unique(names.arms.map(names.group))
        self.places = groups.flatMap { group in places.filter { $0.group == group } }
    }

    /// The groups in their order.
    var groups: [String] { RunData.unique(places.map(\.group)) }

    func blocks() -> [Document.Block] {
        guard !places.isEmpty else { return [] }
        if let refusal = grid.refusal { return [.notice(.sentence(refusal + "."))] }
        let tolerance = Unit.fraction.shortText(grid.tolerance)
        return [
            .list(groups.map { group in [.strong("\(group):"), .text(" \(sentence(of: group))")] }),
            .paragraph(
                .plain(
                    "Ratios are geometric means over pairs of blocks, which is why they need not be those of the medians in"
                        + " the tables below; their intervals hold together with 95 % over all phases and allocators of the"
                        + " scenario. Clear is what lies beyond the tolerance of \(tolerance) with its whole interval."
                )),
        ]
    }

    /// What the ranking comes to for a group: where one allocator is clearly the fastest, which are clearly faster than
    /// the reference where none is, and in how many phases neither holds.
    func sentence(of group: String) -> String {
        let own = places.filter { $0.group == group }
        let clear = own.filter(\.isClear)
        let shared = own.filter { !$0.isClear && !$0.ahead.isEmpty }
        var sentences: [String] = []
        for leader in RunData.unique(clear.compactMap(\.leader?.contender)) {
            let won = clear.filter { $0.leader?.contender == leader }.map { place in
                leader == grid.reference ? place.row : "\(place.row) (\(ratioText(place.leader)))"
            }
            sentences.append("\(leader) is clearly the fastest in \(Wording.joined(won)).")
        }
        sentences += shared.map(lead)
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

    /// Who is clearly faster than the reference in a phase that has no clear winner, and whom that leaves open.
    private func lead(_ place: Place) -> String {
        let ahead = place.ahead
        let names = ahead.map(\.contender)
        var text =
            "In \(place.row) \(Wording.joined(ahead.map { "\($0.contender) (\(ratioText($0)))" }))"
            + " \(ahead.count == 1 ? "is" : "are") clearly faster than \(grid.reference)"
        let among = place.contests.filter { names.contains($0.contender) && names.contains($0.rival) }
        let won = among.filter(\.isResolved).map { $0.verdict == .faster ? $0 : $0.inverse }
        if !won.isEmpty {
            text += "; of these \(Wording.joined(won.map { "\($0.contender) is clearly faster than \($0.rival)" }))"
        } else if ahead.count > 1 {
            text += ", and not told apart from each other"
        }
        guard !place.level.isEmpty else { return text + "." }
        let level = place.level.map { "\($0.contender) (\(ratioText($0)))" }
        return text + "; told apart neither from \(names[0]) nor from \(grid.reference): \(Wording.joined(level))."
    }

    /// `1.17 × glibc, 1.15 to 1.19`.
    private func ratioText(_ cell: GridDocument.Cell?) -> String {
        guard let cell else { return "–" }
        let text = "\(Unit.ratio.text(cell.ratio)) \(grid.reference)"
        guard let low = cell.low, let high = cell.high else { return text }
        return "\(text), \(Unit.threeDigits(low)) to \(Unit.threeDigits(high))"
    }

    /// The table of all places: every allocator's ratio to the reference, and which of them is ahead of all for sure.
    func table() -> Document.Block {
        let others = grid.contenders.filter { $0 != grid.reference }
        return .table(
            .init(
                columns: [.init(title: "Arms", alignment: .left), .init(title: "Phase", alignment: .left)]
                    + others.map { .init(title: "\($0) × \(grid.reference)", alignment: .right) }
                    + [.init(title: "Ahead of all others for sure", alignment: .left)],
                rows: places.map { place in
                    let cells = others.map { name -> [Document.Inline] in
                        guard let cell = place.cells.first(where: { $0.contender == name }) else { return .plain("–") }
                        let ratio = Wording.ratio(cell.ratio, low: cell.low, high: cell.high, pairs: cell.n)
                        let isClear = cell.verdict == .faster || cell.verdict == .slower
                        return isClear ? [.strong(ratio)] : .plain(ratio)
                    }
                    let leader = place.isClear ? place.leader?.contender ?? "–" : "–"
                    return [.plain(place.group), .plain(place.row)] + cells + [.plain(leader)]
                }))
    }
}
