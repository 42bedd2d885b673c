import BenchResults

/// Operations a second over the time of one block, for the phases that last long enough to have a course.
struct ThroughputChart {
    /// A stretch of a phase with its mean rate.
    struct Stretch: Equatable, Sendable {
        var seconds: Double
        var rate: Double
    }

    var scenario: String
    var rows: [TimelineRow]
    var names: ArmNames

    /// A phase is drawn from this length on, or from more than this many moments.
    static let leastSeconds = 1.0
    static let leastMoments = 5
    /// A line has at most this many stretches: more would draw the sampler's noise.
    static let mostStretches = 40
    /// A stretch has at least so many operations: a rate of one or two would be the sampler's.
    static let fewestOperations = 20
    /// A page with more panels is a wallpaper; the longest phases are kept.
    static let mostPanels = 8

    func make() -> ChartResult {
        let name = Chart.name(scenario, "throughput")
        guard !rows.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "the timeline holds no row of this scenario"))
        }
        let block = rows.map(\.block).min() ?? 0
        let arms = Dictionary(names.arms.map { ($0.label, $0) }, uniquingKeysWith: { first, _ in first })
        var tracks: [Key: [Stretch]] = [:]
        var lengths: [Key: Double] = [:]
        var order: [Key] = []
        for row in rows where row.block == block {
            guard let arm = arms[row.arm] else { continue }
            let key = Key(phase: row.phase, arm: arm)
            if lengths[key] == nil { order.append(key) }
            lengths[key] = Swift.max(lengths[key] ?? 0, row.seconds)
        }
        for key in order {
            let own = rows.filter { $0.block == block && $0.phase == key.phase && $0.arm == key.arm.label }
            guard lengths[key] ?? 0 >= Self.leastSeconds || own.count > Self.leastMoments else { continue }
            let stretches = Self.stretches(own)
            if stretches.count >= 3 { tracks[key] = stretches }
        }
        let candidates = panelKeys(order.filter { tracks[$0] != nil })
        guard !candidates.isEmpty else {
            return .leftOut(
                LeftOutChart(
                    name: name,
                    reason: "no phase took \(Unit.seconds.shortText(Self.leastSeconds)) or has more than"
                        + " \(Self.leastMoments) moments in the timeline, with operations enough for a rate"))
        }
        func length(_ keys: [Key]) -> Double { keys.compactMap { lengths[$0] }.max() ?? 0 }
        let longest = candidates.sorted { length($0.keys) > length($1.keys) }.prefix(Self.mostPanels).map(\.title)
        let kept = candidates.filter { longest.contains($0.title) }
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "seconds", meaning: "middle of the stretch, since the phase began"),
                .init(name: "rate", meaning: "operations a second in the stretch"),
            ])
        let panels = kept.compactMap { panel($0.title, $0.keys, tracks, &file) }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no rate of the timeline is a number"))
        }
        let more = candidates.count - kept.count
        let figure = Figure(
            name: name, title: title,
            subtitle: "Operations a second within block \(block); each panel has its own axes, which start at 0."
                + (more > 0 ? " The \(kept.count) longest of \(candidates.count)." : "")
                + (tracks.count < order.count
                    ? " Who was through with a phase too soon for a course has no line there." : "")
                + (names.common.isEmpty ? "" : " All with \(names.common)."),
            legend: names.legend(of: Set(kept.flatMap(\.keys).map { names.series(of: $0.arm) }), .line),
            panels: panels, columns: Swift.min(2, panels.count), sharesRows: false)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .throughput))
    }

    private struct Key: Hashable {
        var phase: String
        var arm: ArmKey
    }

    /// The panels in the order of phases and groups, each with what is drawn in it.
    private func panelKeys(_ keys: [Key]) -> [(title: String, keys: [Key])] {
        RunData.unique(keys.map(\.phase)).flatMap { phase in
            names.panels.compactMap { group in
                let own = keys.filter { $0.phase == phase && names.panel(of: $0.arm) == group }
                guard !own.isEmpty else { return nil }
                return (group.isEmpty ? phase : "\(phase): \(group)", own)
            }
        }
    }

    private func panel(
        _ title: String, _ keys: [Key], _ tracks: [Key: [Stretch]], _ file: inout DataFile
    ) -> Panel? {
        let all = keys.flatMap { tracks[$0] ?? [] }
        guard
            let x = Axis.linear(
                "time in the phase", covering: all.map(\.seconds), unit: .seconds, fromZero: true, targetTicks: 4,
                mostTicks: 5),
            let y = Axis.linear(
                "operations a second", covering: all.map(\.rate), unit: .rate, fromZero: true, targetTicks: 3)
        else { return nil }
        let plots = keys.compactMap { key -> String? in
            guard let stretches = tracks[key] else { return nil }
            let index = file.add(
                "\(title): \(key.arm.label)", rows: stretches.map { [.number($0.seconds), .number($0.rate)] })
            return "FILE index \(index) using 1:2 with lines \(names.style(of: names.series(of: key.arm)).line) notitle"
        }
        return Panel(title: title, x: x, y: y, height: 130, plots: plots)
    }

    /// The mean rates between moments. Neighbours are joined until there are few enough, and until each has enough
    /// operations for a rate: what remains at the end belongs to the last.
    static func stretches(_ rows: [TimelineRow]) -> [Stretch] {
        let moments = rows.sorted { $0.seconds < $1.seconds }
        guard let first = moments.first, let end = moments.last else { return [] }
        let least = (end.seconds - first.seconds) / Double(mostStretches)
        var kept = [first]
        for moment in moments.dropFirst() {
            let start = kept[kept.count - 1]
            let isLong = moment.seconds - start.seconds >= least
            if isLong, moment.operations - start.operations >= fewestOperations { kept.append(moment) }
        }
        if kept.count > 1, kept.last != end { kept[kept.count - 1] = end }
        return zip(kept, kept.dropFirst()).compactMap { from, to in
            let seconds = to.seconds - from.seconds
            guard seconds > 0 else { return nil }
            return Stretch(
                seconds: (from.seconds + to.seconds) / 2, rate: Double(to.operations - from.operations) / seconds)
        }
    }

    private var title: String { "\(scenario): throughput over time" }
}
