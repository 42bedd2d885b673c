import BenchResults

/// One operation's latency against the percentile, a line for each arm.
struct PercentileChart {
    /// A point of a cumulative distribution.
    struct Step: Equatable, Sendable {
        var nanoseconds: Double
        /// 1 / (1 - percentile); infinite at the maximum.
        var inverse: Double
        var count: Int
    }

    /// The distribution of an arm's latencies.
    struct Curve: Equatable, Sendable {
        var arm: ArmKey
        var steps: [Step]
        var total: Int { steps.map(\.count).max() ?? 0 }
    }

    /// A curve needs this many samples: enough for a 90th percentile with ten samples beyond it.
    static let fewestSamples = 100

    var name: String
    var scenario: String
    var phase: String
    var operation: String
    var curves: [Curve]
    var names: ArmNames

    func make() -> ChartResult {
        let usable = curves.compactMap { curve -> (Curve, [Step])? in
            guard curve.total >= Self.fewestSamples else { return nil }
            // Beyond this percentile fewer than ten samples are left: chance, not distribution.
            let deepest = Double(curve.total) / 10
            let kept = curve.steps.filter { $0.nanoseconds > 0 && $0.inverse <= deepest && $0.inverse >= 1 }
            return kept.count >= 2 ? (curve, kept) : nil
        }
        guard !usable.isEmpty else {
            let most = curves.map(\.total).max() ?? 0
            let reason =
                curves.isEmpty
                ? "no histogram of \(operation) in the phase \(phase)"
                : "at most \(most) samples of \(operation) in the phase \(phase), and a curve needs "
                    + "\(Self.fewestSamples)"
            return .leftOut(LeftOutChart(name: name, reason: reason))
        }
        let x = Axis.percentiles(upTo: usable.flatMap { $0.1.map(\.inverse) }.max() ?? 10)
        guard
            let y = Axis.logarithmic(
                parts.time, covering: usable.flatMap { $0.1.map(\.nanoseconds) }, unit: .nanoseconds)
        else { return .leftOut(LeftOutChart(name: name, reason: "no latency is above zero")) }

        var file = DataFile(
            title: title,
            columns: [
                .init(name: "inverse", meaning: "1 / (1 - percentile): 2 is the median, 100 the 99th percentile"),
                .init(name: "latency", meaning: "latency at that percentile in nanoseconds"),
                .init(name: "count", meaning: "samples up to that latency"),
            ])
        var panels: [Panel] = []
        for panel in names.panels {
            var plots: [String] = []
            for (curve, steps) in usable.sorted(by: { order($0.0.arm) < order($1.0.arm) })
            where names.panel(of: curve.arm) == panel {
                let index = file.add(
                    curve.arm.label,
                    rows: steps.map { [.number($0.inverse), .number($0.nanoseconds), .number(Double($0.count))] })
                let style = names.style(of: names.series(of: curve.arm))
                // Each series has its points at other places, so that lines that lie on each other show both.
                let interval = Swift.max(1, steps.count / 6)
                let place = names.series.firstIndex(of: names.series(of: curve.arm)) ?? 0
                let first = interval * place / Swift.max(1, names.series.count)
                plots += [
                    "FILE index \(index) using 1:2 with lines \(style.line) notitle",
                    "FILE index \(index) every \(interval)::\(first) using 1:2 with points \(style.mark) notitle",
                ]
            }
            guard !plots.isEmpty else { continue }
            panels.append(
                Panel(
                    title: panel, x: x, y: y, height: names.panels.count > 1 ? 210 : 330, plots: plots))
        }
        if names.panels.count <= 1 { panels[0].title = "" }
        let figure = Figure(
            name: name, title: title, subtitle: subtitle,
            legend: names.legend(of: Set(usable.map { names.series(of: $0.0.arm) }), .linePoint), panels: panels)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .latency))
    }

    private func order(_ arm: ArmKey) -> Int { names.arms.firstIndex(of: arm) ?? names.arms.count }

    /// What a file's name says of its latencies, `writer.update.response`: the operation, who does it, and which time.
    private var parts: (operation: String, role: String, time: String) {
        var words = operation.split(separator: ".").map(String.init)
        var time = "latency"
        if words.count > 1, let last = words.last, ["service", "queueing", "response"].contains(last) {
            time = last == "service" ? "service time" : last == "queueing" ? "time in the queue" : "response time"
            words.removeLast()
        }
        let role = words.count > 1 ? words.removeFirst() : ""
        return (words.joined(separator: "."), role, time)
    }

    private var title: String {
        let (operation, role, time) = parts
        let who = role.isEmpty ? "" : " by the role \(role)"
        return operation == phase
            ? "\(scenario): \(time) of \(operation) at each percentile"
            : "\(scenario), phase \(phase): \(time) of \(operation)\(who) at each percentile"
    }

    private var subtitle: String {
        let common = names.common.isEmpty ? "" : " All with \(names.common)."
        return "Lower is better; further right is rarer. A line ends where fewer than 10 samples lie beyond it."
            + common
    }
}
