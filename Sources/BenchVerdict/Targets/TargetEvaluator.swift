public import BenchResults
import BenchStatistics

/// What a run says about each target, in the order of the targets.
///
/// - An absolute figure is judged by its aggregate over the blocks.
/// - A ratio, or a saved share, is the median of the paired per-block ratios; it holds when the whole of its 95 %
///   interval does. Parity (`>= 1` as a ratio) holds when the lower end is at
///   least 0.95.
/// - When several arms match, the worst of them is judged.
/// - Whatever is missing, too small, in another unit or of differing answers is `not-measured`, with its reason.
///
/// Takes O(samples) for each target and a bootstrap for each series that matches.
public func evaluate(
    _ targets: [TargetDefinition], samples: [SampleRow], scale: RunScale
) -> [TargetEvaluation] {
    let table = SeriesTable(samples)
    let ledger = AnswerLedger(samples)
    return targets.map { target in
        TargetEvaluator(target: target, table: table, ledger: ledger, scale: scale).evaluation()
    }
}

/// Judges one target.
struct TargetEvaluator {
    let target: TargetDefinition
    let table: SeriesTable
    let ledger: AnswerLedger
    let scale: RunScale

    /// A ratio rests on at least so many alternating pairs; with fewer nothing is judged.
    static let wantedPairs = 7
    /// A claim of parity, `>= 1`, holds from this lower end on.
    static let parityFloor = 0.95

    /// Why nothing is judged.
    private struct Refusal: Error {
        var reason: String
    }

    /// A figure with what it rests on.
    private struct Figure {
        var measured: Double
        var interval: Interval?
        var n: Int
        var arm: ArmKey
        var reference: ArmKey?
        var unit: String
    }

    func evaluation() -> TargetEvaluation {
        do throws(Refusal) {
            return judged(try worstFigure())
        } catch {
            return TargetEvaluation(
                row: row(nil, .notMeasured, .notMeasured, unit: unitByDefinition), reason: error.reason)
        }
    }

    // MARK: Finding the figure

    private func worstFigure() throws(Refusal) -> Figure {
        guard table.series.contains(where: { $0.key.scenario == target.scenario }) else {
            throw Refusal(reason: "the run has no scenario `\(target.scenario)`")
        }
        guard scale.profile >= target.minimumProfile else {
            throw Refusal(reason: "measured from the profile `\(target.minimumProfile.rawValue)` on")
        }
        if let wanted = target.minimumEntities {
            guard let entities = scale.entities[target.scenario], entities >= wanted else {
                throw Refusal(reason: "measured from \(grouped(wanted)) entities on")
            }
        }
        let series = try matchingSeries()
        var worst: Figure?
        for candidate in series {
            let figure = try figure(of: candidate)
            if let known = worst, !isWorse(figure.measured, than: known.measured) { continue }
            worst = figure
        }
        guard let worst else { throw Refusal(reason: "the run has no block of it") }
        return worst
    }

    private func matchingSeries() throws(Refusal) -> [Series] {
        let place = table.series.filter { series in
            let key = series.key
            return key.scenario == target.scenario && (target.phase ?? key.phase) == key.phase
                && key.metric == target.metric && (target.operation ?? key.operation) == key.operation
        }
        let described = "`\(target.metric)`" + (target.phase.map { " in the phase `\($0)`" } ?? "")
        guard !place.isEmpty else { throw Refusal(reason: "the run has no \(described) of `\(target.scenario)`") }
        let arms = place.filter { target.arm.matches($0.key.arm) }
        guard !arms.isEmpty else { throw Refusal(reason: "the run has no arm \(target.arm.text) with \(described)") }
        if let unit = target.unit, let other = arms.first(where: { $0.key.unit != unit }) {
            throw Refusal(reason: "\(described) is in \(other.key.unit), the claim is in \(unit)")
        }
        if arms.contains(where: { ledger.isConflicting($0.key) }) {
            throw Refusal(reason: "answers differ between arms")
        }
        return arms
    }

    private func figure(of series: Series) throws(Refusal) -> Figure {
        guard let reference = target.reference else {
            let values = series.values
            return Figure(
                measured: aggregate(values), interval: Bootstrap().median(values), n: values.count,
                arm: series.key.arm, reference: nil, unit: series.key.unit)
        }
        let other = try partner(of: series, reference)
        guard ledger.areComparable(series.key, other.key) || series.key.phase != other.key.phase else {
            throw Refusal(reason: "answers are not proven equal to those of \(other.key.arm.label)")
        }
        guard series.key.unit == other.key.unit else {
            throw Refusal(reason: "\(series.key.unit) cannot be divided by \(other.key.unit)")
        }
        let pairs = series.pairs(over: other)
        guard !pairs.isEmpty else {
            throw Refusal(reason: "no block has both \(series.key.arm.label) and its reference")
        }
        guard pairs.count >= Self.wantedPairs else {
            throw Refusal(
                reason: "a ratio rests on at least \(Self.wantedPairs) pairs of blocks, and the run has \(pairs.count)")
        }
        guard let effect = PairedEffect(pairs) else {
            throw Refusal(reason: "a value is not above zero, so that no ratio is")
        }
        let ratios = pairs.map { $0.candidate / $0.reference }
        let interval = effect.interval
        switch target.aggregate {
        case .median:
            return Figure(
                measured: effect.ratio, interval: interval, n: pairs.count, arm: series.key.arm,
                reference: other.key.arm, unit: "x")
        case .reduction:
            let saved = Interval(low: 1 - interval.high, high: 1 - interval.low, method: interval.method)
            return Figure(
                measured: 1 - effect.ratio, interval: saved, n: pairs.count, arm: series.key.arm,
                reference: other.key.arm, unit: "fraction")
        case .minimum, .maximum:
            let extreme = aggregate(ratios)
            return Figure(
                measured: extreme, interval: Interval(low: extreme, high: extreme, method: .range), n: pairs.count,
                arm: series.key.arm, reference: other.key.arm, unit: "x")
        }
    }

    /// The series that a series is divided by.
    private func partner(of series: Series, _ reference: TargetDefinition.Reference) throws(Refusal) -> Series {
        let (own, wanted) = (series.key, reference.arm)
        let sameSubject = (wanted.subject ?? own.arm.subject) == own.arm.subject
        let selector = TargetDefinition.ArmSelector(
            subject: wanted.subject ?? own.arm.subject, allocator: wanted.allocator ?? own.arm.allocator,
            allocatorOptions: wanted.allocatorOptions ?? own.arm.allocatorOptions,
            // Strategies are a subject's own: another subject may well have none.
            strategy: wanted.strategy ?? (sameSubject ? own.arm.strategy : nil),
            threads: wanted.threads ?? own.arm.threads, parameters: wanted.parameters ?? own.arm.parameters)
        let phase = reference.phase ?? own.phase
        let metric = reference.metric ?? own.metric
        // Another phase or metric has operations of its own.
        let sameSeries = phase == own.phase && metric == own.metric
        let operation = reference.operation ?? (sameSeries ? own.operation : nil)
        let found = table.series.filter { other in
            let key = other.key
            return key.run == own.run && key.scenario == own.scenario && key.scenarioHash == own.scenarioHash
                && key.phase == phase && key.metric == metric && (operation ?? key.operation) == key.operation
                && selector.matches(key.arm) && key != own
        }
        let alike = found.first { $0.key.arm.strategy == own.arm.strategy }
        guard let partner = alike ?? found.min(by: { $0.key.arm < $1.key.arm }) else {
            throw Refusal(reason: "the run has no reference \(selector.text) with `\(metric)` in the phase `\(phase)`")
        }
        guard !ledger.isConflicting(partner.key) else { throw Refusal(reason: "answers differ between arms") }
        return partner
    }

    private func aggregate(_ values: [Double]) -> Double {
        switch target.aggregate {
        case .median, .reduction: median(values) ?? .nan
        case .minimum: values.min() ?? .nan
        case .maximum: values.max() ?? .nan
        }
    }

    private func isWorse(_ value: Double, than other: Double) -> Bool {
        switch target.comparison {
        case .atLeast, .above: value < other
        case .atMost, .below: value > other
        case .equal: (value - target.threshold).magnitude > (other - target.threshold).magnitude
        }
    }

    // MARK: Judging it

    private func judged(_ figure: Figure) -> TargetEvaluation {
        let verdict = verdict(figure, target.threshold)
        let barVerdict = target.bar.map { self.verdict(figure, $0) } ?? .notMeasured
        return TargetEvaluation(
            row: row(figure.measured, verdict, barVerdict, unit: figure.unit, scale: scaleText(figure)),
            arm: figure.arm.label, reference: figure.reference?.label, n: figure.n, ciLow: figure.interval?.low,
            ciHigh: figure.interval?.high)
    }

    private func verdict(_ figure: Figure, _ threshold: Double) -> TargetVerdict {
        guard target.reference != nil, let interval = figure.interval else {
            return target.comparison.holds(figure.measured, threshold) ? .met : .missed
        }
        let holds: Bool
        switch target.comparison {
        case .atLeast where threshold == 1 && target.aggregate != .reduction: holds = interval.low >= Self.parityFloor
        case .atLeast, .above: holds = target.comparison.holds(interval.low, threshold)
        case .atMost, .below: holds = target.comparison.holds(interval.high, threshold)
        case .equal: holds = interval.low == threshold && interval.high == threshold
        }
        return holds ? .met : .missed
    }

    private var unitByDefinition: String {
        guard target.reference != nil else { return target.unit ?? conventionalUnit(ofMetric: target.metric) }
        return target.aggregate == .reduction ? "fraction" : "x"
    }

    private func row(
        _ measured: Double?, _ verdict: TargetVerdict, _ barVerdict: TargetVerdict, unit: String, scale: String = ""
    ) -> TargetRow {
        TargetRow(
            target: target.id, source: target.source, claim: target.claim, scenario: target.scenario,
            metric: target.metric, comparison: target.comparison.rawValue, threshold: target.threshold,
            measured: measured, unit: unit, verdict: verdict, bar: target.bar, barVerdict: barVerdict, scale: scale)
    }

    private func scaleText(_ figure: Figure) -> String {
        var parts = ["profile \(scale.profile.rawValue)"]
        if let entities = scale.entities[target.scenario] { parts.append("\(grouped(entities)) entities") }
        let isRatio = target.reference != nil
        parts.append("\(figure.n) \(isRatio ? "pair" : "block")\(figure.n == 1 ? "" : "s")")
        return parts.joined(separator: ", ")
    }
}
