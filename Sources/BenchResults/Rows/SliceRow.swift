/// What one arm took for one slice of a phase, when several arms run the same operations in step, slice by slice: a row of `slices.csv`. The slices of one number in one round did the same operations.
public struct SliceRow: Sendable, Codable, Hashable {
    /// The scenario's name.
    public var scenario: String
    /// The hash of the resolved scenario.
    public var scenarioHash: String
    /// The phase's name.
    public var phase: String
    /// The mixture's name.
    public var operation: String
    /// `baseline`, `repeat` (the baseline once more), `candidate` or `planted` (the candidate with a planted slowdown).
    public var arm: String
    /// The number of the round, from 0: fresh processes of all arms.
    public var round: Int
    /// `screen`, or `confirm` for the fresh rounds that confirm a suspicion.
    public var stage: String
    /// The slice's number in its phase, from 0.
    public var slice: Int
    /// The arm's place in the order of the slice, from 0.
    public var position: Int
    /// How many operations the slice has.
    public var operations: Int
    /// How long it took.
    public var wallNanoseconds: Int
    /// The processor time of its thread.
    public var cpuNanoseconds: Int

    /// A row by its columns, in their order.
    public init(
        scenario: String, scenarioHash: String, phase: String, operation: String, arm: String, round: Int,
        stage: String, slice: Int, position: Int, operations: Int, wallNanoseconds: Int, cpuNanoseconds: Int
    ) {
        self.scenario = scenario
        self.scenarioHash = scenarioHash
        self.phase = phase
        self.operation = operation
        self.arm = arm
        self.round = round
        self.stage = stage
        self.slice = slice
        self.position = position
        self.operations = operations
        self.wallNanoseconds = wallNanoseconds
        self.cpuNanoseconds = cpuNanoseconds
    }
}

extension SliceRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case scenario
        case scenarioHash = "scenario_hash"
        case phase
        case operation
        case arm
        case round
        case stage
        case slice
        case position
        case operations
        case wallNanoseconds = "wall_ns"
        case cpuNanoseconds = "cpu_ns"
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            scenario, scenarioHash, phase, operation, arm, String(round), stage, String(slice), String(position),
            String(operations), String(wallNanoseconds), String(cpuNanoseconds),
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            scenario: try record.string(CodingKeys.scenario.rawValue),
            scenarioHash: try record.string(CodingKeys.scenarioHash.rawValue),
            phase: try record.string(CodingKeys.phase.rawValue),
            operation: try record.string(CodingKeys.operation.rawValue),
            arm: try record.string(CodingKeys.arm.rawValue),
            round: try record.integer(CodingKeys.round.rawValue),
            stage: try record.string(CodingKeys.stage.rawValue),
            slice: try record.integer(CodingKeys.slice.rawValue),
            position: try record.integer(CodingKeys.position.rawValue),
            operations: try record.integer(CodingKeys.operations.rawValue),
            wallNanoseconds: try record.integer(CodingKeys.wallNanoseconds.rawValue),
            cpuNanoseconds: try record.integer(CodingKeys.cpuNanoseconds.rawValue))
    }
}
