import BenchResults
import BenchVerdict

/// What one scenario shows: what was run, how the subjects compare, which allocator is best, and the figures.
struct ScenarioSection {
    var scenario: String
    var data: RunData
    /// The charts of the scenario that were drawn.
    var charts: [Chart]

    private var samples: [SampleRow] { data.samples.filter { $0.scenario == scenario } }
    private var names: ArmNames { data.names(of: scenario) }

    func blocks() -> [Document.Block] {
        let names = names
        let samples = samples
        var blocks: [Document.Block] = [.heading(2, "Scenario \(scenario)"), .paragraph(whatWasRun(names, samples))]
        if let sentence = Self.speedup(samples, names: names, tolerances: data.tolerances) {
            blocks.append(.heading(3, "Against the standard subject"))
            blocks.append(.paragraph(.plain(sentence)))
            blocks += pictures(.speedup)
        }
        blocks += allocators(names, samples)
        let tables = ArmTables(samples, names: names)
        if let table = tables.throughput() {
            blocks += [
                .heading(3, "Throughput"),
                .paragraph(
                    .plain("Median over the blocks; ± is the larger half of its 95 % interval. More is better.")),
                table,
            ]
        }
        let latency = tables.latency()
        if latency != nil || charts.contains(where: { $0.kind == .latency }) {
            blocks.append(.heading(3, "Latency"))
            if let latency {
                blocks.append(
                    .paragraph(
                        .plain(
                            "Half of the operations take at most the first figure, 99 % at most the second; median"
                                + " over the blocks. A dash: too few samples. Less is better.")))
                blocks.append(latency)
            }
            blocks += pictures(.latency)
        }
        let memory = tables.memory()
        if memory != nil || charts.contains(where: { $0.kind == .memory }) {
            blocks.append(.heading(3, "Memory"))
            if let memory {
                blocks.append(
                    .paragraph(
                        .plain(
                            "The highest median of any phase, page faults summed over the phases. Resident bytes are"
                                + " private memory less what the process held before set-up; live bytes are told by the"
                                + " allocator, where it can.")))
                blocks.append(memory)
            }
            blocks += pictures(.memory)
        }
        let raw = pictures(.blocks)
        if !raw.isEmpty { blocks.append(.details("Every block of \(scenario)", raw)) }
        return blocks
    }

    private func pictures(_ kind: Chart.Kind) -> [Document.Block] {
        charts.filter { $0.kind == kind }.map {
            .chart(.init(name: $0.name, title: $0.title, caption: $0.caption))
        }
    }

    private func whatWasRun(_ names: ArmNames, _ samples: [SampleRow]) -> [Document.Inline] {
        let phases = data.phases(of: scenario)
        let blocks = Set(samples.map(\.block)).count
        let armText = names.arms.count == 1 ? "1 arm" : "\(names.arms.count) arms"
        var text =
            "\(AllocatorRanking.phases(phases.count)) (\(phases.joined(separator: ", "))), \(armText), "
            + (blocks == 1 ? "1 block" : "\(blocks) blocks") + " each in a fresh process"
        if let entities = data.environment?.entities[scenario] {
            text += ", \(Unit.grouped(Double(entities))) entities"
        }
        if let profile = data.environment?.profile { text += ", profile \(profile)" }
        text += ". "
        if !names.common.isEmpty { text += "All with \(names.common). " }
        let hashes = RunData.unique(samples.map(\.scenarioHash))
        return [.text(text + "Scenario hash "), .code(hashes.joined(separator: " ")), .text(".")]
    }

    // MARK: Subjects

    /// How the other subjects compare with `standard`, or nil when they do not meet.
    static func speedup(_ samples: [SampleRow], names: ArmNames, tolerances: Tolerances) -> String? {
        let rows = compareSubjects(samples.filter { $0.metric == "throughput" }, tolerances: tolerances)
            .filter { $0.subject != "standard" && $0.ratio != nil }
        guard !rows.isEmpty else { return nil }
        let sentences = RunData.unique(rows.map(\.subject)).map { subject -> String in
            let own = rows.filter { $0.subject == subject }
            let ratios = own.compactMap { row in row.ratio.map { (row, $0) } }
            guard let least = ratios.min(by: { $0.1 < $1.1 }), let most = ratios.max(by: { $0.1 < $1.1 }) else {
                return ""
            }
            let faster = own.filter { $0.verdict == .faster }.count
            let slower = own.filter { $0.verdict == .slower }.count
            // The arm is named only where there is a choice of them.
            let isOne = Set(own.map(\.arm)).count == 1
            func place(_ row: ComparisonRow) -> String {
                isOne ? row.phase : "\(row.phase) (\(names.name(of: row.arm)))"
            }
            let clear =
                faster == own.count
                ? "all \(own.count) comparisons are clearly faster"
                : "of \(own.count) comparisons \(faster) are clearly faster and \(slower) clearly slower"
            let span =
                ratios.count == 1
                ? "\(AllocatorRanking.ratio(most.0)) as fast as standard in \(place(most.0))"
                : "from \(AllocatorRanking.ratio(least.0)) as fast as standard in \(place(least.0)) to"
                    + " \(AllocatorRanking.ratio(most.0)) in \(place(most.0))"
            return "\(subject) is \(span); \(clear)."
        }
        return sentences.joined(separator: " ")
    }

    // MARK: Allocators

    private func allocators(_ names: ArmNames, _ samples: [SampleRow]) -> [Document.Block] {
        guard let reference = data.referenceAllocator(of: names),
            let ranking = AllocatorRanking(
                samples, names: names, reference: reference, tolerances: data.tolerances),
            !ranking.places.isEmpty
        else { return [] }
        return [
            .heading(3, "Best allocator"),
            .list(
                ranking.groups.map { group in [.strong("\(group):"), .text(" \(ranking.sentence(of: group))")] }),
        ] + pictures(.allocators) + [
            .details("Best allocator by phase", [ranking.table()])
        ]
    }
}
