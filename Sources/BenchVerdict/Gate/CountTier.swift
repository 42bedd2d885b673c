import BenchResults
import Glibc

/// The first tier: counts that repeat exactly, or nearly so. They need no statistics, only that the baseline agrees with
/// itself; then what is beyond its tolerance in all repetitions fails hard.
struct CountTier: Sendable {
    /// The counts by test, sorted.
    let tests: [GateDocument.Test]
    /// Why a test is unresolved, as sentences.
    let notes: [String]
    /// Whether and where the planted rise in instructions is seen; nil without counts.
    let planted: GateDocument.Control?

    private struct Key: Hashable {
        var scenario, phase, operation, metric: String
    }

    /// Takes O(rows).
    init(_ rows: some Sequence<CountRow>, policy: GatePolicy) {
        var values: [Key: [String: [Int: Double]]] = [:]
        for row in rows where policy.countTolerance(scenario: row.scenario, metric: row.metric) != nil {
            let key = Key(scenario: row.scenario, phase: row.phase, operation: row.operation, metric: row.metric)
            values[key, default: [:]][row.arm, default: [:]][row.repetition] = row.value
        }
        var tests: [GateDocument.Test] = []
        var notes: [String] = []
        var (seen, asked, isPlantedMissing) = (0, 0, false)
        let ordered = values.keys.sorted {
            ($0.scenario, $0.phase, $0.operation, $0.metric) < ($1.scenario, $1.phase, $1.operation, $1.metric)
        }
        for key in ordered {
            let arms = (values[key] ?? [:]).mapValues { $0.sorted { $0.key < $1.key }.map(\.value) }
            let tolerance = policy.countTolerance(scenario: key.scenario, metric: key.metric) ?? 0
            guard let baseline = arms["baseline"], let candidate = arms["candidate"] else {
                notes.append("\(Self.name(key)) was counted on one side only.")
                continue
            }
            let judged = CountJudgement(
                baseline: baseline, candidate: candidate, tolerance: tolerance, demandsRepetition: true)
            if let reason = judged.reason { notes.append("\(Self.name(key)): \(reason).") }
            tests.append(
                GateDocument.Test(
                    scenario: key.scenario, phase: key.phase, subject: key.operation, metric: key.metric,
                    tier: "count", n: candidate.count, change: judged.change, low: judged.low, high: judged.high,
                    tolerance: tolerance, noise: judged.noise, detectable: judged.detectable,
                    outcome: judged.outcome))
            guard key.metric == "instructions" else { continue }
            asked += 1
            if let planted = arms["planted"] {
                let control = CountJudgement(
                    baseline: candidate, candidate: planted, tolerance: tolerance, demandsRepetition: true)
                seen += control.outcome == .regression ? 1 : 0
            } else {
                isPlantedMissing = true
            }
        }
        self.tests = tests
        self.notes = notes
        planted = Self.control(
            seen: seen, asked: asked, isMissing: isPlantedMissing, isEmpty: tests.isEmpty)
    }

    private static func name(_ key: Key) -> String { "\(key.metric) of \(key.scenario)/\(key.phase)" }

    private static func control(seen: Int, asked: Int, isMissing: Bool, isEmpty: Bool) -> GateDocument.Control? {
        if isEmpty { return nil }
        let name = "planted-instructions"
        if asked == 0 || isMissing {
            return GateDocument.Control(
                name: name, isSound: false,
                text: asked == 0
                    ? "No instructions were counted, so that a planted rise could not be seen."
                    : "The arm `planted` has no instructions in some phases.")
        }
        return GateDocument.Control(
            name: name, isSound: seen > 0,
            text: "The planted rise in instructions is seen in \(seen) of \(asked) phases.")
    }
}

/// One count of two sides.
struct CountJudgement {
    /// How much worse the candidate is at the median, and in its best and worst repetition.
    let change, low, high: Double
    /// By how much the baseline's repetitions differ.
    let noise: Double?
    /// The smallest rise that fails.
    let detectable: Double
    let outcome: GateDocument.Test.Outcome
    /// Why it is unresolved, as the end of a sentence.
    let reason: String?
    /// Whether the baseline's repetitions agree within a fifth of the tolerance.
    let isRepeatable: Bool

    /// Judges a count of which less is better.
    ///
    /// - Parameters:
    ///   - baseline: its repetitions, at least one.
    ///   - candidate: its repetitions, at least one.
    ///   - demandsRepetition: whether a single count of the baseline proves nothing.
    init(baseline: [Double], candidate: [Double], tolerance: Double, demandsRepetition: Bool) {
        let (least, most) = (baseline.min() ?? 0, baseline.max() ?? 0)
        // A rise from nothing has no ratio: one more counts as 100 %.
        let scale = max(most, 1)
        let middle = candidate.sorted()[candidate.count / 2]
        let center = baseline.sorted()[baseline.count / 2]
        change = (middle - center) / scale
        low = ((candidate.min() ?? 0) - most) / scale
        high = ((candidate.max() ?? 0) - least) / scale
        let spread = (most - least) / scale
        noise = baseline.count > 1 ? spread : nil
        isRepeatable = spread <= tolerance / 5
        detectable = max(tolerance, 1 / scale) + spread
        if demandsRepetition && baseline.count < 2 {
            (outcome, reason) = (.unresolved, "the baseline was counted once, and one count cannot agree with itself")
        } else if !isRepeatable {
            outcome = .unresolved
            reason = "the baseline does not agree with itself: its repetitions differ by \(percent(spread))"
        } else if low > tolerance {
            (outcome, reason) = (.regression, nil)
        } else if high <= tolerance {
            (outcome, reason) = (high < -tolerance ? .improvement : .pass, nil)
        } else {
            (outcome, reason) = (.unresolved, "some repetitions are beyond the tolerance and some are not")
        }
    }
}

/// A fraction as a percentage with as many digits as are worth reading: `12 %`, `3.4 %`, `0.05 %`, `-0.7 %`.
func percent(_ fraction: Double) -> String {
    let value = fraction * 100
    let digits = value.magnitude >= 9.95 ? 0 : value.magnitude >= 0.0995 || value == 0 ? 1 : 4
    let scale = pow(10, Double(digits))
    let rounded = (value * scale).rounded() / scale
    if rounded == 0 { return "0 %" }
    if rounded == rounded.rounded() && rounded.magnitude < 1e15 { return "\(Int(rounded)) %" }
    return "\(rounded) %"
}
