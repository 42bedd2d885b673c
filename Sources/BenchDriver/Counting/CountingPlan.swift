public import BenchMeasurement
public import BenchResults
public import BenchWorkload

/// One scenario whose phases are counted, for some arms.
public struct CountingPlan: Sendable {
    /// What is counted: a program with an arm's subject, allocator and strategy.
    public struct Arm: Sendable {
        /// What the rows call it: in a gate `baseline`, `candidate` or `planted`, elsewhere the key's label.
        public var name: String
        /// The arm. It counts on one thread, whatever the key says.
        public var key: ArmKey
        /// The allocator that must serve `malloc` in the child.
        public var allocator: AllocatorLibrary
        /// The program, which is started as `EXECUTABLE worker JOB`; nil for this one.
        public var executable: String?
        /// Work that is added to the subject's own.
        public var planted: BlockJob.PlantedLoad?

        public init(
            name: String, key: ArmKey, allocator: AllocatorLibrary, executable: String? = nil,
            planted: BlockJob.PlantedLoad? = nil
        ) {
            self.name = name
            self.key = key
            self.allocator = allocator
            self.executable = executable
            self.planted = planted
        }
    }

    /// The run's name and profile.
    public var run: String
    public var profile: String
    /// The scenario to count, reduced already: no phase goes on for a time.
    public var scenario: Scenario
    /// The hash that the rows carry: of the scenario before it was reduced.
    public var scenarioHash: String
    /// The file of the reduced scenario's data set.
    public var datasetPath: String
    /// What is compared.
    public var arms: [Arm]
    /// How often each arm is counted: at least twice to know that it counts the same again.
    public var repetitions: Int
    /// What is counted, of `instructions`, `allocations` and `systemCalls`.
    public var purposes: [BlockJob.Purpose]
    /// A folder for the children's files. What is put there is removed again.
    public var scratchDirectory: String

    public init(
        run: String, profile: String, scenario: Scenario, scenarioHash: String, datasetPath: String, arms: [Arm],
        repetitions: Int = 2, purposes: [BlockJob.Purpose] = [.instructions, .allocations, .systemCalls],
        scratchDirectory: String
    ) {
        self.run = run
        self.profile = profile
        self.scenario = scenario
        self.scenarioHash = scenarioHash
        self.datasetPath = datasetPath
        self.arms = arms
        self.repetitions = repetitions
        self.purposes = purposes
        self.scratchDirectory = scratchDirectory
    }
}

/// What came of counting.
public struct CountingOutcome: Sendable {
    /// The counts, by arm, repetition, phase.
    public var counts: [CountRow] = []
    /// What each function contributed: of the first repetition of each arm.
    public var functions: [FunctionRow] = []
    /// In how many calls each phase is handed to the subject: a planted load is added in each.
    public var batches: [String: Int] = [:]
    /// What was not counted and why, in sentences, none twice. What is named here has no rows: no count is zero because
    /// it could not be made.
    public var leftOut: [String] = []
    /// Whether the user ended it; the rows are then those of the children that had ended.
    public var isInterrupted = false

    public init() {}

    /// By how much the repetitions of one arm differ at most, as a fraction of the smallest, per metric: what the counts
    /// of one and the same program can be trusted to. Empty with a single repetition.
    public func spread() -> [String: Double] {
        struct Place: Hashable { var metric: String, arm: String, phase: String }
        var groups: [Place: [Double]] = [:]
        for row in counts {
            groups[Place(metric: row.metric, arm: row.arm, phase: row.phase), default: []].append(row.value)
        }
        var result: [String: Double] = [:]
        for (place, values) in groups where values.count > 1 {
            let (low, high) = (values.min() ?? 0, values.max() ?? 0)
            let spread = high == low ? 0 : low > 0 ? (high - low) / low : .infinity
            result[place.metric] = max(result[place.metric] ?? 0, spread)
        }
        return result
    }
}
