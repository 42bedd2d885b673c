import BenchResults

/// The whole report: the verdict first, then a section for each scenario, then what is needed to trust and repeat it.
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
        if let gate = data.gate { document.blocks += GateSection(gate: gate).blocks() }
        document.blocks += TargetsSection(data: data).blocks()
        let contest = data.contest
        for scenario in contest.scenarios {
            document.blocks += ScenarioSection(
                scenario: scenario, data: contest, charts: charts.filter { $0.scenario == scenario },
                grid: grids.first { $0.scenario == scenario }
            ).blocks()
        }
        document.blocks += CountsSection(counts: data.counts).blocks()
        document.blocks += TrustSection(data: data).blocks()
        document.blocks += EnvironmentSection(data: data).blocks()
        document.blocks += notes.blocks()
        return document
    }
}
