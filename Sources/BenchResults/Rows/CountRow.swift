/// A deterministic count of one phase of the reduced plan: a row of `counts.csv`.
public struct CountRow: Sendable, Codable, Hashable {
    /// The scenario's name.
    public var scenario: String
    /// The hash of the resolved scenario.
    public var scenarioHash: String
    /// The phase's name.
    public var phase: String
    /// The mixture's name.
    public var operation: String
    /// In a gate `baseline`, `candidate` or `planted`; elsewhere the arm's label.
    public var arm: String
    /// The number of the repetition, from 0.
    public var repetition: Int
    /// `instructions`, `allocations`, `allocated_bytes`, `temporary_allocations`, `system_calls`, `minor_faults`.
    public var metric: String
    /// The count.
    public var value: Double
    /// What is counted.
    public var unit: String

    /// A row by its columns, in their order.
    public init(
        scenario: String, scenarioHash: String, phase: String, operation: String, arm: String, repetition: Int,
        metric: String, value: Double, unit: String
    ) {
        self.scenario = scenario
        self.scenarioHash = scenarioHash
        self.phase = phase
        self.operation = operation
        self.arm = arm
        self.repetition = repetition
        self.metric = metric
        self.value = value
        self.unit = unit
    }
}

extension CountRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case scenario
        case scenarioHash = "scenario_hash"
        case phase
        case operation
        case arm
        case repetition
        case metric
        case value
        case unit
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            scenario, scenarioHash, phase, operation, arm, String(repetition), metric, CSVNumber.text(value), unit,
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            scenario: try record.string(CodingKeys.scenario.rawValue),
            scenarioHash: try record.string(CodingKeys.scenarioHash.rawValue),
            phase: try record.string(CodingKeys.phase.rawValue),
            operation: try record.string(CodingKeys.operation.rawValue),
            arm: try record.string(CodingKeys.arm.rawValue),
            repetition: try record.integer(CodingKeys.repetition.rawValue),
            metric: try record.string(CodingKeys.metric.rawValue),
            value: try record.double(CodingKeys.value.rawValue),
            unit: try record.string(CodingKeys.unit.rawValue))
    }
}
