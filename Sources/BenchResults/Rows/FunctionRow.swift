/// What one function contributed to a phase of the reduced plan: a row of `functions.csv`.
public struct FunctionRow: Sendable, Codable, Hashable {
    /// The scenario's name.
    public var scenario: String
    /// The phase's name.
    public var phase: String
    /// As in `counts.csv`.
    public var arm: String
    /// The function, in the language it was written in.
    public var function: String
    /// Instructions of the function itself.
    public var instructions: Int
    /// Calls of an allocation function from it.
    public var allocations: Int

    /// A row by its columns, in their order.
    public init(
        scenario: String, phase: String, arm: String, function: String, instructions: Int, allocations: Int
    ) {
        self.scenario = scenario
        self.phase = phase
        self.arm = arm
        self.function = function
        self.instructions = instructions
        self.allocations = allocations
    }
}

extension FunctionRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case scenario
        case phase
        case arm
        case function
        case instructions
        case allocations
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            scenario, phase, arm, function, String(instructions), String(allocations),
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            scenario: try record.string(CodingKeys.scenario.rawValue),
            phase: try record.string(CodingKeys.phase.rawValue),
            arm: try record.string(CodingKeys.arm.rawValue),
            function: try record.string(CodingKeys.function.rawValue),
            instructions: try record.integer(CodingKeys.instructions.rawValue),
            allocations: try record.integer(CodingKeys.allocations.rawValue))
    }
}

extension FunctionRow {
    /// What stands for all functions that are too small for a row of their own.
    public static let others = "(others)"
}
