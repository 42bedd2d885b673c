import BenchResults
import BenchVerdict
import BenchWorkload

/// What one scenario shows: what was run, how the subjects compare, which allocator is best, and the figures.
struct ScenarioSection {
    var scenario: String
    var data: RunData
    /// The charts of the scenario that were drawn.
    var charts: [Chart]
    /// How its allocators stand to each other, or nil when it has one only.
    var grid: GridDocument?
    /// Whether the section stands in the appendix.
    var isAppendix = false

    private var samples: [SampleRow] { data.samples.filter { $0.scenario == scenario } }
    private var names: ArmNames { data.names(of: scenario) }

    func blocks() -> [Document.Block] {
        let names = names
        let samples = samples
        var blocks: [Document.Block] = [
            .heading(2, isAppendix ? "Appendix: scenario \(scenario)" : "Scenario \(scenario)")
        ]
        blocks.append(.paragraph(.sentence(whatWasRun(names, samples))))
        if let description = data.workloads[scenario]?.description, !description.isEmpty {
            blocks.append(
                .paragraph(
                    [
                        .strong("The scenario in general"),
                        .text(" (profiles differ in size, and in how long they wait): "),
                    ]
                        + .sentence(description)))
        }
        let paces = Paces(samples)
        let told =
            [Self.speedup(samples, names: names, tolerances: data.tolerances)].compactMap(\.self)
            + paces.sentences(names)
        if !told.isEmpty {
            let versus = names.arms.contains { $0.subject == "standard" } && Set(names.arms.map(\.subject)).count > 1
            blocks.append(.heading(3, versus ? "Against the standard subject" : "Planned rates"))
            blocks.append(.paragraph(.sentence(told.joined(separator: " "))))
            blocks += pictures(.speedup)
        }
        blocks += allocators(names)
        if grid == nil,
            let strategies = StrategySection(scenario: scenario, samples: samples, tolerances: data.tolerances)
        {
            blocks += [.heading(3, "Strategies")] + strategies.blocks()
        }
        let tables = ArmTables(samples, names: names)
        blocks += part("Throughput", tables.throughput(), [.roles, .scaling]) {
            "Median over the blocks; ± is the larger half of its 95 % interval. More is better."
        }
        let course = pictures(.throughput)
        if !course.isEmpty { blocks.append(.details("Throughput over time", course)) }
        blocks += part("Latency", tables.latency(), [.latency]) {
            "Half of the operations take at most the first figure, 99 % at most the second; median over the blocks. A"
                + " dash: too few samples. Less is better."
        }
        blocks += part("Open loop", tables.openLoop(), [.openLoop]) {
            "Operations were sent at planned times. Response counts from the planned time, service from the start of the"
                + " work: each the median and the 99th percentile, median over the blocks. Late is the share of sends"
                + " that the harness itself was late with; above 1 % a phase is not valid and has no latencies."
        }
        let standings = (grid?.standings ?? []).map { (name: Wording.arm($0), standing: $0) }
        let memory = tables.memory(
            settled: DrainNote(samples, environment: data.environment, standings: standings)?.text)
        blocks += part("Memory", memory?.table, [.drain, .memory]) { memory?.explained ?? "" }
        let raw = pictures(.blocks) + pictures(.distribution)
        if !raw.isEmpty { blocks.append(.details("Every block of \(scenario)", raw)) }
        return blocks
    }

    /// A heading with a table and its charts; nothing where neither is there. More than two charts of a kind are folded
    /// away, so that the page can be scrolled through.
    private func part(
        _ title: String, _ table: Document.Block?, _ kinds: [Chart.Kind], explained: () -> String
    ) -> [Document.Block] {
        var blocks: [Document.Block] = []
        if let table { blocks += [.paragraph(.plain(explained())), table] }
        for kind in kinds {
            let drawn = pictures(kind)
            blocks += drawn.count > 2 ? [.details("\(title): \(drawn.count) charts", drawn)] : drawn
        }
        return blocks.isEmpty ? [] : [.heading(3, title)] + blocks
    }

    private func pictures(_ kind: Chart.Kind) -> [Document.Block] {
        charts.filter { $0.kind == kind }.map {
            .chart(.init(name: $0.name, title: $0.title, caption: $0.caption))
        }
    }

    private func whatWasRun(_ names: ArmNames, _ samples: [SampleRow]) -> String {
        let phases = data.phases(of: scenario)
        let blocks = Set(samples.map(\.block)).count
        let summary = data.workloads[scenario].map { Wording.signs($0.summary) }
        let profile = data.environment.map { ", profile \($0.profile)" } ?? ""
        var text = summary.map { "What this run did\(profile): \($0). " } ?? ""
        if summary == nil {
            text += "\(Wording.count(phases.count, "phase")) (\(phases.joined(separator: ", "))), "
        }
        text += "\(Wording.count(names.all.count, "arm")), \(Wording.count(blocks, "block")) each in a fresh process"
        if summary == nil, let entities = data.environment?.entities[scenario] {
            text += ", \(Unit.grouped(Double(entities))) entities"
        }
        if summary == nil { text += profile }
        text += "."
        text += rest(samples)
        if !names.common.isEmpty { text += " All with \(names.common)." }
        return text
    }

    /// How long the process rested in this run, and when its memory was read: a description tells of all profiles.
    private func rest(_ samples: [SampleRow]) -> String {
        let delays = RunData.unique(samples.lazy.map(\.metric).filter { Drain.delay(of: $0) != nil })
            .sorted { Drain.seconds($0) < Drain.seconds($1) }.compactMap { Drain.delay(of: $0).map(Drain.text) }
        guard let last = delays.last else { return "" }
        return " After the drain the process rested for \(last) in this run; its resident memory was read after"
            + " \(Wording.joined(delays))."
    }

    // MARK: Subjects

    /// Throughput of the other subjects against `standard`'s; places with a planned rate have no ratio worth telling.
    static func againstStandard(_ samples: [SampleRow], tolerances: Tolerances) -> [ComparisonRow] {
        let paces = Paces(samples)
        return compareSubjects(samples.filter { $0.metric == "throughput" }, tolerances: tolerances)
            .filter { $0.subject != "standard" && !paces.isPaced(phase: $0.phase, role: $0.role) }
    }

    /// How the other subjects compare with `standard`, or nil when they do not meet.
    static func speedup(_ samples: [SampleRow], names: ArmNames, tolerances: Tolerances) -> String? {
        let rows = againstStandard(samples, tolerances: tolerances).filter { $0.ratio != nil }
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
            let isOne = Set(own.map { names.name(of: $0.arm) }).count == 1
            func place(_ row: ComparisonRow) -> String {
                let phase = row.role.isEmpty ? row.phase : "\(row.role) of \(row.phase)"
                return isOne ? phase : "\(phase) (\(names.name(of: row.arm)))"
            }
            let clear =
                faster == own.count
                ? "all \(own.count) comparisons are clearly faster"
                : "of \(own.count) comparisons \(faster) are clearly faster and \(slower) clearly slower"
            let span =
                ratios.count == 1
                ? "\(Self.ratio(most.0)) as fast as standard in \(place(most.0))"
                : "from \(Self.ratio(least.0)) as fast as standard in \(place(least.0)) to"
                    + " \(Self.ratio(most.0)) in \(place(most.0))"
            return "\(subject) is \(span); \(clear)."
        }
        return sentences.joined(separator: " ")
    }

    private static func ratio(_ row: ComparisonRow) -> String {
        Wording.ratio(row.ratio, low: row.ciLow, high: row.ciHigh, pairs: row.n)
    }

    // MARK: Allocators

    private func allocators(_ names: ArmNames) -> [Document.Block] {
        guard let grid else { return [] }
        let section = GridSection(grid, names: names)
        let blocks = section.blocks() + pictures(.frontier) + pictures(.allocators)
        guard !blocks.isEmpty else { return [] }
        let map = pictures(.heat)
        let folded = (section.places.isEmpty ? [] : [section.table()]) + map
        return [.heading(3, "Best allocator, phase by phase")] + blocks
            + (folded.isEmpty
                ? [] : [.details("Every allocator in each phase\(map.isEmpty ? "" : ", and map")", folded)])
    }
}
