/// The statistics of one metric of one arm over its blocks: a row of `summary.csv`.
public struct SummaryRow: Sendable, Codable, Hashable {
    /// The version of the row's meaning.
    public var schema: Int
    /// The run's name.
    public var run: String
    /// The scenario's name.
    public var scenario: String
    /// Sixteen hexadecimal digits over the resolved scenario.
    public var scenarioHash: String
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
    /// The sweep's point, `key=value;...` sorted by key; empty without a sweep.
    public var parameters: String
    /// The metric's name.
    public var metric: String
    /// The unit of the statistics.
    public var unit: String
    /// Which way the metric gets better.
    public var direction: Direction
    /// The number of blocks.
    public var n: Int
    /// The median over the blocks.
    public var median: Double
    /// The lower end of the median's 95 % interval; with fewer than six blocks the smallest value.
    public var ciLow: Double
    /// The upper end of the median's 95 % interval; with fewer than six blocks the largest value.
    public var ciHigh: Double
    /// The smallest value.
    public var min: Double
    /// The largest value.
    public var max: Double
    /// The median of the absolute deviations from the median, unscaled.
    public var mad: Double

    /// A row by its columns, in their order.
    public init(
        schema: Int = SampleRow.currentSchema, run: String, scenario: String, scenarioHash: String, phase: String,
        role: String = "", operation: String, subject: String, allocator: String, allocatorOptions: String = "",
        strategy: String, threads: Int, parameters: String = "", metric: String, unit: String, direction: Direction,
        n: Int, median: Double, ciLow: Double, ciHigh: Double, min: Double, max: Double, mad: Double
    ) {
        self.schema = schema
        self.run = run
        self.scenario = scenario
        self.scenarioHash = scenarioHash
        self.phase = phase
        self.role = role
        self.operation = operation
        self.subject = subject
        self.allocator = allocator
        self.allocatorOptions = allocatorOptions
        self.strategy = strategy
        self.threads = threads
        self.parameters = parameters
        self.metric = metric
        self.unit = unit
        self.direction = direction
        self.n = n
        self.median = median
        self.ciLow = ciLow
        self.ciHigh = ciHigh
        self.min = min
        self.max = max
        self.mad = mad
    }

    /// The arm that the row belongs to.
    public var arm: ArmKey {
        ArmKey(
            subject: subject, allocator: allocator, allocatorOptions: allocatorOptions, strategy: strategy,
            threads: threads, parameters: parameters)
    }
}

extension SummaryRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once, in the contract's order.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema, run, scenario
        case scenarioHash = "scenario_hash"
        case phase, role, operation, subject, allocator
        case allocatorOptions = "allocator_options"
        case strategy, threads, parameters, metric, unit, direction, n, median
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
        case min, max, mad
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            String(schema), run, scenario, scenarioHash, phase, role, operation, subject, allocator,
            allocatorOptions, strategy, String(threads), parameters, metric, unit, direction.rawValue, String(n),
            CSVNumber.text(median), CSVNumber.text(ciLow), CSVNumber.text(ciHigh), CSVNumber.text(min),
            CSVNumber.text(max), CSVNumber.text(mad),
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            schema: try record.integer(CodingKeys.schema.rawValue),
            run: try record.string(CodingKeys.run.rawValue),
            scenario: try record.string(CodingKeys.scenario.rawValue),
            scenarioHash: try record.string(CodingKeys.scenarioHash.rawValue),
            phase: try record.string(CodingKeys.phase.rawValue),
            role: try record.string(CodingKeys.role.rawValue),
            operation: try record.string(CodingKeys.operation.rawValue),
            subject: try record.string(CodingKeys.subject.rawValue),
            allocator: try record.string(CodingKeys.allocator.rawValue),
            allocatorOptions: try record.string(CodingKeys.allocatorOptions.rawValue),
            strategy: try record.string(CodingKeys.strategy.rawValue),
            threads: try record.integer(CodingKeys.threads.rawValue),
            parameters: try record.string(CodingKeys.parameters.rawValue),
            metric: try record.string(CodingKeys.metric.rawValue),
            unit: try record.string(CodingKeys.unit.rawValue),
            direction: try record.choice(CodingKeys.direction.rawValue),
            n: try record.integer(CodingKeys.n.rawValue),
            median: try record.double(CodingKeys.median.rawValue),
            ciLow: try record.double(CodingKeys.ciLow.rawValue),
            ciHigh: try record.double(CodingKeys.ciHigh.rawValue),
            min: try record.double(CodingKeys.min.rawValue),
            max: try record.double(CodingKeys.max.rawValue),
            mad: try record.double(CodingKeys.mad.rawValue))
    }
}
