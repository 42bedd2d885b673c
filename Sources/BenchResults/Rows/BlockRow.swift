/// How one block of one arm went: a row of `blocks.csv`. A round that was disturbed is repeated for all arms; both stay here.
public struct BlockRow: Sendable, Codable, Hashable {
    /// The scenario's name.
    public var scenario: String
    /// The arm's label.
    public var arm: String
    /// The block's number, from 0.
    public var block: Int
    /// How often the block was begun before, by all arms.
    public var attempt: Int
    /// The arm's place in the order of the block, from 0.
    public var position: Int
    /// When it began, in seconds since 1970, UTC.
    public var startSeconds: Double
    /// How long it took, set-up included.
    public var seconds: Double
    /// The time of the reference loop: the mean of before and after.
    public var referenceNanoseconds: Double?
    /// Processor time that the hypervisor gave to others.
    public var stolenSeconds: Double?
    /// Time in which some task waited for a processor.
    public var cpuPressureSeconds: Double?
    /// Time in which some task waited for memory.
    public var memoryPressureSeconds: Double?
    /// Time in which some task waited for the disk.
    public var diskPressureSeconds: Double?
    /// Whether its samples count; no where the round was repeated.
    public var kept: Bool

    /// A row by its columns, in their order.
    public init(
        scenario: String, arm: String, block: Int, attempt: Int, position: Int, startSeconds: Double, seconds: Double,
        referenceNanoseconds: Double? = nil, stolenSeconds: Double? = nil, cpuPressureSeconds: Double? = nil,
        memoryPressureSeconds: Double? = nil, diskPressureSeconds: Double? = nil, kept: Bool
    ) {
        self.scenario = scenario
        self.arm = arm
        self.block = block
        self.attempt = attempt
        self.position = position
        self.startSeconds = startSeconds
        self.seconds = seconds
        self.referenceNanoseconds = referenceNanoseconds
        self.stolenSeconds = stolenSeconds
        self.cpuPressureSeconds = cpuPressureSeconds
        self.memoryPressureSeconds = memoryPressureSeconds
        self.diskPressureSeconds = diskPressureSeconds
        self.kept = kept
    }
}

extension BlockRow: CSVRow {
    /// The columns of the table and the keys in JSON: stated once.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case scenario
        case arm
        case block
        case attempt
        case position
        case startSeconds = "start_seconds"
        case seconds
        case referenceNanoseconds = "reference_ns"
        case stolenSeconds = "stolen_seconds"
        case cpuPressureSeconds = "cpu_pressure_seconds"
        case memoryPressureSeconds = "memory_pressure_seconds"
        case diskPressureSeconds = "disk_pressure_seconds"
        case kept
    }

    public static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

    public var fields: [String] {
        [
            scenario, arm, String(block), String(attempt), String(position), CSVNumber.text(startSeconds),
            CSVNumber.text(seconds), referenceNanoseconds.map { CSVNumber.text($0) } ?? "",
            stolenSeconds.map { CSVNumber.text($0) } ?? "", cpuPressureSeconds.map { CSVNumber.text($0) } ?? "",
            memoryPressureSeconds.map { CSVNumber.text($0) } ?? "",
            diskPressureSeconds.map { CSVNumber.text($0) } ?? "", kept ? "yes" : "no",
        ]
    }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            scenario: try record.string(CodingKeys.scenario.rawValue),
            arm: try record.string(CodingKeys.arm.rawValue),
            block: try record.integer(CodingKeys.block.rawValue),
            attempt: try record.integer(CodingKeys.attempt.rawValue),
            position: try record.integer(CodingKeys.position.rawValue),
            startSeconds: try record.double(CodingKeys.startSeconds.rawValue),
            seconds: try record.double(CodingKeys.seconds.rawValue),
            referenceNanoseconds: try record.optionalDouble(CodingKeys.referenceNanoseconds.rawValue),
            stolenSeconds: try record.optionalDouble(CodingKeys.stolenSeconds.rawValue),
            cpuPressureSeconds: try record.optionalDouble(CodingKeys.cpuPressureSeconds.rawValue),
            memoryPressureSeconds: try record.optionalDouble(CodingKeys.memoryPressureSeconds.rawValue),
            diskPressureSeconds: try record.optionalDouble(CodingKeys.diskPressureSeconds.rawValue),
            kept: try record.string(CodingKeys.kept.rawValue) == "yes")
    }
}
