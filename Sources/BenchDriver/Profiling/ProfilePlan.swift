public import BenchMeasurement
public import BenchResults
public import BenchWorkload

/// One arm of one scenario that is looked at with a profiler.
public struct ProfilePlan: Sendable {
    /// The run's name, for the job.
    public var run: String
    /// The run's profile.
    public var profile: String
    /// The resolved scenario.
    public var scenario: Scenario
    /// The data set's file.
    public var datasetPath: String
    public var arm: ArmKey
    /// The allocator that serves `malloc` in the child.
    public var allocator: AllocatorLibrary
    /// A folder for the child's files and the tool's.
    public var scratchDirectory: String

    public init(
        run: String, profile: String, scenario: Scenario, datasetPath: String, arm: ArmKey,
        allocator: AllocatorLibrary, scratchDirectory: String
    ) {
        self.run = run
        self.profile = profile
        self.scenario = scenario
        self.datasetPath = datasetPath
        self.arm = arm
        self.allocator = allocator
        self.scratchDirectory = scratchDirectory
    }
}

/// Where the processor's time went.
public struct ProcessorProfile: Sendable {
    /// Samples of the phases by stack; the outermost frame is the phase.
    public var stacks = FoldedStacks()
    /// Samples among them whose innermost frame has no name.
    public var unknown = 0
    /// Samples of the harness around the phases, which are left out.
    public var harness = 0
    /// How many blocks were run.
    public var blocks = 0

    /// The share of samples whose function is not known; nil without samples.
    public var unknownShare: Double? { stacks.total > 0 ? Double(unknown) / Double(stacks.total) : nil }
}

/// Where memory was asked for.
public struct HeapProfile: Sendable {
    /// Calls of `malloc` and its kin by stack.
    public var allocations: FoldedStacks
    /// Those whose block was freed as the very next thing.
    public var temporary: FoldedStacks
    /// Bytes by stack at the moment when most were held.
    public var peak: FoldedStacks
    /// Bytes held over time.
    public var timeline: [HeapMoment]
}

/// What a program held at one moment.
public struct HeapMoment: Sendable, Hashable {
    /// Seconds since its start.
    public var seconds: Double
    /// Bytes.
    public var bytes: Int

    public init(seconds: Double, bytes: Int) {
        self.seconds = seconds
        self.bytes = bytes
    }
}
