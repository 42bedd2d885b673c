/// What a comparison of an arm with its reference says.
public enum ComparisonVerdict: String, Sendable, Codable, Hashable, CaseIterable {
    /// The whole interval lies beyond the tolerance on the better side.
    case faster
    /// The whole interval lies beyond the tolerance on the worse side.
    case slower
    /// The whole interval lies inside the tolerance.
    case tie
    /// The interval spans an edge of the tolerance, or there are too few pairs for an interval.
    case unresolved
}

/// One metric of one arm as a ratio to the reference arm: a row of `comparison.csv`.
public struct ComparisonRow: Sendable, Codable, Hashable {
    /// The run's name.
    public var run: String
    /// The scenario's name.
    public var scenario: String
    /// The phase's name.
    public var phase: String
    /// The role within the phase; empty in a phase without roles.
    public var role: String
    /// The operation that the figure is about, or the phase's mix.
    public var operation: String
    /// What was measured.
    public var subject: String
    /// The library that owned `malloc`.
    public var allocator: String
    /// The options of the allocator; empty for its defaults.
    public var allocatorOptions: String
    /// The allocation strategy, or `-`.
    public var strategy: String
    /// The phase's total of threads.
    public var threads: Int
    /// The sweep's point; empty without a sweep.
    public var parameters: String
    /// The label of the arm that it is compared with.
    public var reference: String
    /// The metric's name.
    public var metric: String
    /// The metric's unit; the ratio itself has none.
    public var unit: String
    /// Which way the metric gets better.
    public var direction: Direction
    /// The number of pairs of blocks.
    public var n: Int
    /// Arm divided by reference: the median over the pairs. Nil when a value is zero or negative, so that no ratio is.
    public var ratio: Double?
    /// The lower end of the ratio's 95 % interval; with fewer than six pairs the smallest ratio.
    public var ciLow: Double?
    /// The upper end of the ratio's 95 % interval; with fewer than six pairs the largest ratio.
    public var ciHigh: Double?
    /// The fraction by which a ratio may differ from 1 and still be a tie.
    public var tolerance: Double
    /// What it comes to.
    public var verdict: ComparisonVerdict

    /// A row by its columns, in their order.
    public init(
        run: String, scenario: String, phase: String, role: String = "", operation: String, arm: ArmKey,
        reference: String, metric: String, unit: String, direction: Direction, n: Int, ratio: Double?, ciLow: Double?,
        ciHigh: Double?, tolerance: Double, verdict: ComparisonVerdict
    ) {
        self.run = run
        self.scenario = scenario
        self.phase = phase
        self.role = role
        self.operation = operation
        self.subject = arm.subject
        self.allocator = arm.allocator
        self.allocatorOptions = arm.allocatorOptions
        self.strategy = arm.strategy
        self.threads = arm.threads
        self.parameters = arm.parameters
        self.reference = reference
        self.metric = metric
        self.unit = unit
        self.direction = direction
        self.n = n
        self.ratio = ratio
        self.ciLow = ciLow
        self.ciHigh = ciHigh
        self.tolerance = tolerance
        self.verdict = verdict
    }

    /// The arm that the row belongs to.
    public var arm: ArmKey {
        ArmKey(
            subject: subject, allocator: allocator, allocatorOptions: allocatorOptions, strategy: strategy,
            threads: threads, parameters: parameters)
    }
}

extension ComparisonRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once, in the contract's order.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case run, scenario, phase, role, operation, subject, allocator
        case allocatorOptions = "allocator_options"
        case strategy, threads, parameters, reference, metric, unit, direction, n, ratio
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
        case tolerance, verdict
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            run, scenario, phase, role, operation, subject, allocator, allocatorOptions, strategy, String(threads),
            parameters, reference, metric, unit, direction.rawValue, String(n), ratio.map(CSVNumber.text) ?? "",
            ciLow.map(CSVNumber.text) ?? "", ciHigh.map(CSVNumber.text) ?? "", CSVNumber.text(tolerance),
            verdict.rawValue,
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        let run = try record.string(CodingKeys.run.rawValue)
        let scenario = try record.string(CodingKeys.scenario.rawValue)
        let phase = try record.string(CodingKeys.phase.rawValue)
        let role = try record.string(CodingKeys.role.rawValue)
        let operation = try record.string(CodingKeys.operation.rawValue)
        let subject = try record.string(CodingKeys.subject.rawValue)
        let allocator = try record.string(CodingKeys.allocator.rawValue)
        let allocatorOptions = try record.string(CodingKeys.allocatorOptions.rawValue)
        let strategy = try record.string(CodingKeys.strategy.rawValue)
        let threads = try record.integer(CodingKeys.threads.rawValue)
        let parameters = try record.string(CodingKeys.parameters.rawValue)
        let reference = try record.string(CodingKeys.reference.rawValue)
        let metric = try record.string(CodingKeys.metric.rawValue)
        let unit = try record.string(CodingKeys.unit.rawValue)
        let direction: Direction = try record.choice(CodingKeys.direction.rawValue)
        let n = try record.integer(CodingKeys.n.rawValue)
        let ratio = try record.optionalDouble(CodingKeys.ratio.rawValue)
        let ciLow = try record.optionalDouble(CodingKeys.ciLow.rawValue)
        let ciHigh = try record.optionalDouble(CodingKeys.ciHigh.rawValue)
        let tolerance = try record.double(CodingKeys.tolerance.rawValue)
        let verdict: ComparisonVerdict = try record.choice(CodingKeys.verdict.rawValue)
        self.init(
            run: run, scenario: scenario, phase: phase, role: role, operation: operation,
            arm: ArmKey(
                subject: subject, allocator: allocator, allocatorOptions: allocatorOptions, strategy: strategy,
                threads: threads, parameters: parameters),
            reference: reference, metric: metric, unit: unit, direction: direction, n: n, ratio: ratio, ciLow: ciLow,
            ciHigh: ciHigh, tolerance: tolerance, verdict: verdict)
    }
}
