/// What became of a target, or of its bar, in a run.
public enum TargetVerdict: String, Sendable, Codable, Hashable, CaseIterable {
    /// Measured, and it holds.
    case met
    /// Measured, and it does not hold.
    case missed
    /// Nothing in the run measures it at the size it asks for.
    case notMeasured = "not-measured"
}

/// One documented target and what a run says about it: a row of `targets.csv`.
public struct TargetRow: Sendable, Codable, Hashable {
    /// The target's id.
    public var target: String
    /// The documented sentence that the target comes from.
    public var source: String
    /// What is checked, in one sentence with figures.
    public var claim: String
    /// The scenario that measures it, now or once its part is built.
    public var scenario: String
    /// The metric that is compared.
    public var metric: String
    /// How `measured` has to stand to `threshold`: `>=`, `>`, `<=`, `<` or `==`.
    public var comparison: String
    /// The documented threshold, in `unit`.
    public var threshold: Double
    /// What was measured, or nil when nothing was.
    public var measured: Double?
    /// The unit of `threshold`, `measured` and `bar`; `x` for a ratio.
    public var unit: String
    /// Whether the documented claim holds.
    public var verdict: TargetVerdict
    /// Our own, harder bar, or nil for a target that has none.
    public var bar: Double?
    /// Whether the bar holds.
    public var barVerdict: TargetVerdict
    /// At which size and profile it was measured; empty when nothing was.
    public var scale: String

    /// A row by its columns, in their order.
    public init(
        target: String, source: String, claim: String, scenario: String, metric: String, comparison: String,
        threshold: Double, measured: Double?, unit: String, verdict: TargetVerdict, bar: Double?,
        barVerdict: TargetVerdict, scale: String
    ) {
        self.target = target
        self.source = source
        self.claim = claim
        self.scenario = scenario
        self.metric = metric
        self.comparison = comparison
        self.threshold = threshold
        self.measured = measured
        self.unit = unit
        self.verdict = verdict
        self.bar = bar
        self.barVerdict = barVerdict
        self.scale = scale
    }
}

extension TargetRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once, in the contract's order.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case target, source, claim, scenario, metric, comparison, threshold, measured, unit, verdict, bar
        case barVerdict = "bar_verdict"
        case scale
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            target, source, claim, scenario, metric, comparison, CSVNumber.text(threshold),
            measured.map(CSVNumber.text) ?? "", unit, verdict.rawValue, bar.map(CSVNumber.text) ?? "",
            barVerdict.rawValue, scale,
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            target: try record.string(CodingKeys.target.rawValue),
            source: try record.string(CodingKeys.source.rawValue),
            claim: try record.string(CodingKeys.claim.rawValue),
            scenario: try record.string(CodingKeys.scenario.rawValue),
            metric: try record.string(CodingKeys.metric.rawValue),
            comparison: try record.string(CodingKeys.comparison.rawValue),
            threshold: try record.double(CodingKeys.threshold.rawValue),
            measured: try record.optionalDouble(CodingKeys.measured.rawValue),
            unit: try record.string(CodingKeys.unit.rawValue),
            verdict: try record.choice(CodingKeys.verdict.rawValue),
            bar: try record.optionalDouble(CodingKeys.bar.rawValue),
            barVerdict: try record.choice(CodingKeys.barVerdict.rawValue),
            scale: try record.string(CodingKeys.scale.rawValue))
    }
}
