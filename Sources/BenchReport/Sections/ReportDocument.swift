import BenchResults

/// The whole report: the verdict first, then a section for each scenario with several allocators, then what is
/// needed to trust and repeat it; at the end, as an appendix, what is of less use.
struct ReportDocument {
    var data: RunData
    var warnings: [String]
    var charts: [Chart]
    var leftOut: [LeftOutChart]
    var chartsSkipped: String?
    /// How the allocators stand to each other in each scenario that has several.
    var grids: [GridDocument] = []

    func make() -> Document {
        let notes = NotesSection(data: data, warnings: warnings, leftOut: leftOut, chartsSkipped: chartsSkipped)
        var document = Document(title: "Strata benchmark \(data.name)")
        document.blocks += notes.notices()
        document.blocks += VerdictSection(data: data, grids: grids).blocks()
        let words = document.blocks.count
        if let gate = data.gate { document.blocks += GateSection(gate: gate).blocks() }
        let targets = TargetsSection(data: data)
        document.blocks += targets.blocks()
        let contest = data.contest
        // Beside a comparison of allocators, a scenario that ran on one of them is an aside.
        let compared = contest.scenarios.filter { scenario in grids.contains { $0.scenario == scenario } }
        let main = compared.isEmpty ? contest.scenarios : compared
        for scenario in main { document.blocks += section(scenario, contest, isAppendix: false) }
        document.blocks += CountsSection(counts: data.counts).blocks()
        document.blocks += TrustSection(data: data).blocks()
        document.blocks += EnvironmentSection(data: data).blocks()
        document.blocks += notes.blocks()
        for scenario in contest.scenarios where !main.contains(scenario) {
            document.blocks += section(scenario, contest, isAppendix: true)
        }
        document.blocks += targets.appendix() + notes.appendix()
        if !data.samples.isEmpty, let terms = Terms.block(for: document) { document.blocks.insert(terms, at: words) }
        return document
    }

    private func section(_ scenario: String, _ contest: RunData, isAppendix: Bool) -> [Document.Block] {
        ScenarioSection(
            scenario: scenario, data: contest, charts: charts.filter { $0.scenario == scenario },
            grid: grids.first { $0.scenario == scenario }, isAppendix: isAppendix
        ).blocks()
    }
}
