import BenchResults

/// Resident and live bytes over the time of one block, from the first phase to the last.
struct MemoryChart {
    /// A moment of an arm's block.
    struct Moment: Equatable, Sendable {
        var seconds: Double
        var resident: Double?
        var live: Double?
        var phase: String
    }

    struct Track: Equatable, Sendable {
        var arm: ArmKey
        var moments: [Moment]
    }

    var name: String
    var scenario: String
    var block: Int
    var tracks: [Track]
    var names: ArmNames

    /// The lowest numbered block of a scenario's timeline, its phases laid end to end for each arm.
    init(scenario: String, rows: [TimelineRow], names: ArmNames) {
        name = Chart.name(scenario, "memory")
        self.scenario = scenario
        self.names = names
        let own = rows.filter { $0.scenario == scenario }
        let block = own.map(\.block).min() ?? 0
        self.block = block
        // Arms that share a name are one arm whose phases have threads of their own.
        let known = Dictionary(names.arms.map { ($0.label, names.representative(of: $0)) }) { first, _ in first }
        let byArm = Dictionary(grouping: own.filter { $0.block == block }) { known[$0.arm] }
        tracks = names.arms.compactMap { arm in
            guard let rows = byArm[arm] else { return nil }
            return Track(arm: arm, moments: Self.laidEndToEnd(rows))
        }
    }

    /// The rows of a timeline count seconds from the start of their phase; a phase that follows starts where the last
    /// one ended. What the harness does between phases has no time here.
    private static func laidEndToEnd(_ rows: [TimelineRow]) -> [Moment] {
        var moments: [Moment] = []
        var offset = 0.0
        var phase = rows.first?.phase
        for row in rows {
            if row.phase != phase {
                offset = moments.last?.seconds ?? 0
                phase = row.phase
            }
            moments.append(
                Moment(
                    seconds: offset + row.seconds, resident: row.residentBytes.map(Double.init),
                    live: row.liveBytes.map(Double.init), phase: row.phase))
        }
        return moments
    }

    func make() -> ChartResult {
        let usable = tracks.filter { track in
            track.moments.filter { $0.resident != nil || $0.live != nil }.count >= 2
        }
        guard !usable.isEmpty else {
            let reason =
                tracks.isEmpty
                ? "the timeline holds no row of this scenario" : "no arm has two moments in the timeline"
            return .leftOut(LeftOutChart(name: name, reason: reason))
        }
        let bytes = usable.flatMap { $0.moments.flatMap { [$0.resident, $0.live].compactMap(\.self) } }
        let marks = names.panels.map { panel -> [Panel.Mark] in
            let inside = usable.filter { names.panel(of: $0.arm) == panel }
            return inside.first.flatMap { first in axis(inside).map { Self.marks(first, $0) } } ?? []
        }
        // Head-room in which the phases' names stand clear of the lines.
        let lines = (marks.flatMap { $0 }.map(\.line).max() ?? 0) + 1
        let height = names.panels.count > 1 ? 210.0 : 330.0
        let room = 1 - (Panel.Mark.firstLine + Double(lines) * Panel.Mark.lineHeight) / height
        guard let most = bytes.max(), most > 0,
            let y = Axis.linear("bytes", covering: bytes + [most / room / 1.07], unit: .bytes, fromZero: true)
        else { return .leftOut(LeftOutChart(name: name, reason: "no arm ever held a byte more than before set-up")) }
        guard (usable.flatMap(\.moments).map(\.seconds).max() ?? 0) > 0 else {
            return .leftOut(LeftOutChart(name: name, reason: "all moments of the timeline lie at 0 s"))
        }

        var file = DataFile(
            title: title,
            columns: [
                .init(name: "seconds", meaning: "measured time since the first phase began"),
                .init(name: "resident", meaning: "private resident bytes, less those before set-up"),
                .init(name: "live", meaning: "bytes that the program holds, as the allocator counts them"),
                .init(name: "phase", meaning: "name of the phase"),
            ])
        var panels: [Panel] = []
        for (number, panel) in names.panels.enumerated() {
            let inside = usable.filter { names.panel(of: $0.arm) == panel }
            guard let x = axis(inside) else { continue }
            panels.append(
                Panel(
                    title: panel, x: x, y: y, height: height, plots: inside.flatMap { plots($0, &file) },
                    marks: marks[number]))
        }
        if names.panels.count <= 1 { panels[0].title = "" }
        let shown = Set(usable.map { names.series(of: $0.arm) })
        let grey = SeriesStyle(colour: "#555555", point: 7, pointSize: 0.75, dash: "solid")
        // Another grey: gnuplot's SVG terminal joins neighbouring lines of one colour and forgets the dashes.
        let dashed = SeriesStyle(colour: "#666666", point: 7, pointSize: 0.75, dash: "(6,4)")
        let figure = Figure(
            name: name, title: title, subtitle: subtitle(usable),
            legend: names.legend(of: shown, .point) + [
                LegendEntry(label: "resident", style: grey, sample: .line),
                LegendEntry(label: "live", style: dashed, sample: .line),
            ], panels: panels)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .memory))
    }

    private func plots(_ track: Track, _ file: inout DataFile) -> [String] {
        let index = file.add(
            track.arm.label,
            rows: track.moments.map {
                [.number($0.seconds), .number($0.resident), .number($0.live), .text($0.phase)]
            })
        let series = names.series(of: track.arm)
        let style = names.style(of: series)
        let interval = Swift.max(1, track.moments.count / 6)
        let place = names.series.firstIndex(of: series) ?? 0
        let first = interval * place / Swift.max(1, names.series.count)
        var plots: [String] = []
        func add(_ column: Int, _ dash: String) {
            plots += [
                "FILE index \(index) using 1:\(column) with lines lw 2 dt \(dash) lc rgb '\(style.colour)' notitle",
                "FILE index \(index) every \(interval)::\(first) using 1:\(column) with points \(style.mark) notitle",
            ]
        }
        if track.moments.contains(where: { $0.resident != nil }) { add(2, "solid") }
        if track.moments.contains(where: { $0.live != nil }) { add(3, "(6,4)") }
        return plots
    }

    /// The time axis of a panel's tracks, or nil where none of them lasts.
    private func axis(_ tracks: [Track]) -> Axis? {
        let seconds = tracks.flatMap { $0.moments.map(\.seconds) }
        guard let longest = seconds.max(), longest > 0 else { return nil }
        return Axis.linear("measured time", covering: seconds, unit: .seconds, fromZero: true)
    }

    /// Names stand in at most so many lines of text; who finds no room there has a line without a name.
    private static let mostLines = 4

    /// Lines where the phases of the panel's first arm begin, with their names in as many lines of text as they need.
    static func marks(_ track: Track, _ x: Axis) -> [Panel.Mark] {
        var starts: [(phase: String, at: Double)] = []
        var last = 0.0
        for moment in track.moments {
            if starts.last?.phase != moment.phase { starts.append((moment.phase, last)) }
            last = moment.seconds
        }
        let width = 640.0
        var marks: [Panel.Mark] = []
        // Where the last name of each line of text ends, in pixels.
        var ends: [Double] = []
        for (index, start) in starts.enumerated() {
            let position = (start.at - x.low) / (x.high - x.low) * width
            let end = index + 1 < starts.count ? starts[index + 1].at : last
            // Phases too short to see would only draw a hedge of lines.
            guard (end - start.at) / (x.high - x.low) * width >= 3 || index + 1 == starts.count else { continue }
            let text = TextMetrics.width(start.phase, size: 12) + 6
            let isBefore = position + text > width
            let left = isBefore ? position - text : position
            var line = ends.firstIndex { $0 <= left }
            if line == nil, ends.count < Self.mostLines {
                line = ends.count
                ends.append(0)
            }
            if let line { ends[line] = left + text + 6 }
            marks.append(
                .init(
                    position: start.at, label: line == nil ? "" : start.phase, isReference: false, line: line ?? 0,
                    isBefore: isBefore))
        }
        return marks
    }

    private var title: String { "\(scenario): resident and live memory over time" }

    private func subtitle(_ tracks: [Track]) -> String {
        let silent = names.series.filter { label in
            let own = tracks.filter { names.series(of: $0.arm) == label }
            return !own.isEmpty && own.allSatisfy { $0.moments.allSatisfy { $0.live == nil } }
        }
        let first = tracks.first.map { names.series(of: $0.arm) } ?? ""
        var text = "Block \(block), phases end to end; the dotted lines mark where those of \(first) begin."
        if names.panels.count > 1 { text += " Each panel has its own time axis." }
        if !silent.isEmpty { text += " Live bytes are not told by \(silent.joined(separator: ", "))." }
        // Pages that both have make a little difference; more than that was taken and never touched.
        let isUntouched = tracks.flatMap(\.moments).contains { moment in
            moment.live.flatMap { live in moment.resident.map { live > $0 * 1.2 + 1e6 } } ?? false
        }
        if isUntouched { text += " Live above resident: memory that was taken and not touched yet." }
        if !names.common.isEmpty { text += " All with \(names.common)." }
        return text
    }
}
