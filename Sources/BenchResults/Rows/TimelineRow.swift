/// The state of an arm's process at one moment of a phase: a row of `timeline.csv`. What the machine or the allocator
/// does not tell is nil and an empty field, never 0.
public struct TimelineRow: Sendable, Codable, Hashable {
    /// The scenario's name.
    public var scenario: String
    /// The phase's name.
    public var phase: String
    /// The arm's label.
    public var arm: String
    /// Seconds since the start of the phase.
    public var seconds: Double
    /// Operations done since the start of the phase.
    public var operations: Int
    /// Bytes that the program holds, as its allocator counts them.
    public var liveBytes: Int?
    /// Bytes handed out since the start of the phase, as the allocator counts them.
    public var allocatedBytes: Int?
    /// Private resident bytes, less those before set-up.
    public var residentBytes: Int?
    /// Minor page faults since the start of the phase.
    public var minorFaults: Int?
    /// Major page faults since the start of the phase.
    public var majorFaults: Int?
    /// The block's number, from 0.
    public var block: Int
    /// Voluntary and involuntary context switches since the start of the phase.
    public var contextSwitches: Int?

    /// A row by its columns, in their order.
    public init(
        scenario: String, phase: String, arm: String, seconds: Double, operations: Int, liveBytes: Int? = nil,
        allocatedBytes: Int? = nil, residentBytes: Int? = nil, minorFaults: Int? = nil, majorFaults: Int? = nil,
        block: Int, contextSwitches: Int? = nil
    ) {
        self.scenario = scenario
        self.phase = phase
        self.arm = arm
        self.seconds = seconds
        self.operations = operations
        self.liveBytes = liveBytes
        self.allocatedBytes = allocatedBytes
        self.residentBytes = residentBytes
        self.minorFaults = minorFaults
        self.majorFaults = majorFaults
        self.block = block
        self.contextSwitches = contextSwitches
    }
}

extension TimelineRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once, in the contract's order.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case scenario, phase, arm, seconds, operations
        case liveBytes = "live_bytes"
        case allocatedBytes = "allocated_bytes"
        case residentBytes = "resident_bytes"
        case minorFaults = "minor_faults"
        case majorFaults = "major_faults"
        case block
        case contextSwitches = "context_switches"
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            scenario, phase, arm, CSVNumber.text(seconds), String(operations), liveBytes.map { String($0) } ?? "",
            allocatedBytes.map { String($0) } ?? "", residentBytes.map { String($0) } ?? "",
            minorFaults.map { String($0) } ?? "", majorFaults.map { String($0) } ?? "", String(block),
            contextSwitches.map { String($0) } ?? "",
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            scenario: try record.string(CodingKeys.scenario.rawValue),
            phase: try record.string(CodingKeys.phase.rawValue),
            arm: try record.string(CodingKeys.arm.rawValue),
            seconds: try record.double(CodingKeys.seconds.rawValue),
            operations: try record.integer(CodingKeys.operations.rawValue),
            liveBytes: try record.optionalInteger(CodingKeys.liveBytes.rawValue),
            allocatedBytes: try record.optionalInteger(CodingKeys.allocatedBytes.rawValue),
            residentBytes: try record.optionalInteger(CodingKeys.residentBytes.rawValue),
            minorFaults: try record.optionalInteger(CodingKeys.minorFaults.rawValue),
            majorFaults: try record.optionalInteger(CodingKeys.majorFaults.rawValue),
            block: try record.integer(CodingKeys.block.rawValue),
            contextSwitches: try record.optionalInteger(CodingKeys.contextSwitches.rawValue))
    }
}
