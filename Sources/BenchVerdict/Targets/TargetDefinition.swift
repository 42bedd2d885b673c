/// A documented claim as data: what measures it, and what the figure has to be.
public struct TargetDefinition: Sendable, Hashable {
    /// Which arms a target means. What is nil may be anything.
    public struct ArmSelector: Sendable, Hashable {
        /// The subject.
        public var subject: String?
        /// The allocator.
        public var allocator: String?
        /// The allocator's options.
        public var allocatorOptions: String?
        /// The strategy.
        public var strategy: String?
        /// The phase's total of threads.
        public var threads: Int?
        /// The sweep's point.
        public var parameters: String?

        /// A selector by its parts; by itself it means every arm.
        public init(
            subject: String? = nil, allocator: String? = nil, allocatorOptions: String? = nil,
            strategy: String? = nil, threads: Int? = nil, parameters: String? = nil
        ) {
            self.subject = subject
            self.allocator = allocator
            self.allocatorOptions = allocatorOptions
            self.strategy = strategy
            self.threads = threads
            self.parameters = parameters
        }
    }

    /// What the measured series is divided by. What is nil is as in the measured series itself, except that another
    /// subject may have another strategy.
    public struct Reference: Sendable, Hashable {
        /// The arm's parts that differ.
        public var arm: ArmSelector
        /// The phase.
        public var phase: String?
        /// The metric.
        public var metric: String?
        /// The operation.
        public var operation: String?

        /// A reference by what differs.
        public init(
            arm: ArmSelector = ArmSelector(), phase: String? = nil, metric: String? = nil, operation: String? = nil
        ) {
            self.arm = arm
            self.phase = phase
            self.metric = metric
            self.operation = operation
        }
    }

    /// How the blocks become one figure.
    public enum Aggregate: String, Sendable, Hashable, CaseIterable {
        /// The median of the blocks, or of the paired ratios.
        case median
        /// The smallest of the blocks, or of the paired ratios.
        case minimum
        /// The largest of the blocks, or of the paired ratios.
        case maximum
        /// 1 less the median of the paired ratios: the saved share. Needs `relative_to`.
        case reduction
    }

    /// How the figure has to stand to a threshold.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        /// At least.
        case atLeast = ">="
        /// More than.
        case above = ">"
        /// At most.
        case atMost = "<="
        /// Less than.
        case below = "<"
        /// Exactly.
        case equal = "=="

        /// Whether a value stands so to a threshold.
        public func holds(_ value: Double, _ threshold: Double) -> Bool {
            switch self {
            case .atLeast: value >= threshold
            case .above: value > threshold
            case .atMost: value <= threshold
            case .below: value < threshold
            case .equal: value == threshold
            }
        }
    }

    /// The id: lower-case words joined by `-`.
    public var id: String
    /// The documented sentence.
    public var source: String
    /// What is checked, in one sentence.
    public var claim: String
    /// The scenario that measures it, now or once its part is built.
    public var scenario: String
    /// The phase, or nil for whichever phase has the metric.
    public var phase: String?
    /// The metric.
    public var metric: String
    /// The operation, or nil for whichever operation has the metric.
    public var operation: String?
    /// The unit that the metric must be in to be the thing that is claimed, or nil for any. For a ratio or a saved
    /// share it is the unit of both sides.
    public var unit: String?
    /// The arms that are judged; when several match, the worst of them counts.
    public var arm: ArmSelector
    /// What it is divided by, or nil for an absolute figure.
    public var reference: Reference?
    /// How the blocks become one figure.
    public var aggregate: Aggregate
    /// How the figure has to stand to `threshold` and `bar`.
    public var comparison: Comparison
    /// The documented threshold.
    public var threshold: Double
    /// Our own bar, or nil.
    public var bar: Double?
    /// Below this profile nothing is judged.
    public var minimumProfile: Profile
    /// Below this number of entities nothing is judged; nil for any size.
    public var minimumEntities: Int?

    /// A target by its parts.
    public init(
        id: String, source: String, claim: String, scenario: String, phase: String? = nil, metric: String,
        operation: String? = nil, unit: String? = nil, arm: ArmSelector = ArmSelector(), reference: Reference? = nil,
        aggregate: Aggregate = .median, comparison: Comparison, threshold: Double, bar: Double? = nil,
        minimumProfile: Profile = .quick, minimumEntities: Int? = nil
    ) {
        self.id = id
        self.source = source
        self.claim = claim
        self.scenario = scenario
        self.phase = phase
        self.metric = metric
        self.operation = operation
        self.unit = unit
        self.arm = arm
        self.reference = reference
        self.aggregate = aggregate
        self.comparison = comparison
        self.threshold = threshold
        self.bar = bar
        self.minimumProfile = minimumProfile
        self.minimumEntities = minimumEntities
    }
}
