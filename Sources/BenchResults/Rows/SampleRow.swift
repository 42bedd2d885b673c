/// One figure of one block of one arm: a row of `samples.csv`, from which everything else is computed.
public struct SampleRow: Sendable, Codable, Hashable {
    /// The version of the row's meaning; `currentSchema` in what this version writes.
    public var schema: Int
    /// The run's name.
    public var run: String
    /// The scenario's name.
    public var scenario: String
    /// Sixteen hexadecimal digits over the resolved scenario: rows with different hashes are not comparable.
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
    /// The block's number, from 0. Blocks of two arms with one number ran side by side in time: they are a pair.
    public var block: Int
    /// The metric's name.
    public var metric: String
    /// The value in `unit`. Finite.
    public var value: Double
    /// The value's unit.
    public var unit: String
    /// Which way the metric gets better.
    public var direction: Direction
    /// Sixteen hexadecimal digits over the answers that the phase read, or `-` where answers are not compared.
    public var digest: String

    /// The version of the rows that this version writes and reads.
    public static let currentSchema = 1
    /// The digest of a row whose answers are not compared.
    public static let noDigest = "-"

    /// A row by its columns, in their order.
    public init(
        schema: Int = SampleRow.currentSchema, run: String, scenario: String, scenarioHash: String, phase: String,
        role: String = "", operation: String, subject: String, allocator: String, allocatorOptions: String = "",
        strategy: String, threads: Int, parameters: String = "", block: Int, metric: String, value: Double,
        unit: String, direction: Direction, digest: String = SampleRow.noDigest
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
        self.block = block
        self.metric = metric
        self.value = value
        self.unit = unit
        self.direction = direction
        self.digest = digest
    }

    /// The arm that the row belongs to.
    public var arm: ArmKey {
        ArmKey(
            subject: subject, allocator: allocator, allocatorOptions: allocatorOptions, strategy: strategy,
            threads: threads, parameters: parameters)
    }
}

extension SampleRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once, in the contract's order.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema, run, scenario
        case scenarioHash = "scenario_hash"
        case phase, role, operation, subject, allocator
        case allocatorOptions = "allocator_options"
        case strategy, threads, parameters, block, metric, value, unit, direction, digest
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            String(schema), run, scenario, scenarioHash, phase, role, operation, subject, allocator,
            allocatorOptions, strategy, String(threads), parameters, String(block), metric, CSVNumber.text(value),
            unit, direction.rawValue, digest,
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
            block: try record.integer(CodingKeys.block.rawValue),
            metric: try record.string(CodingKeys.metric.rawValue),
            value: try record.double(CodingKeys.value.rawValue),
            unit: try record.string(CodingKeys.unit.rawValue),
            direction: try record.choice(CodingKeys.direction.rawValue),
            digest: try record.string(CodingKeys.digest.rawValue))
    }
}
