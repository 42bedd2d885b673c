/// A target's row with what the table has no column for.
public struct TargetEvaluation: Codable, Sendable, Hashable {
    /// The row of `targets.csv`.
    public var row: TargetRow
    /// The label of the arm that was judged.
    public var arm: String?
    /// The label of the arm that it was divided by, for a ratio.
    public var reference: String?
    /// The number of blocks, or of pairs of blocks.
    public var n: Int
    /// The lower end of the 95 % interval of `row.measured`.
    public var ciLow: Double?
    /// The upper end of the 95 % interval of `row.measured`.
    public var ciHigh: Double?
    /// Why the verdict, or the bar's, is `not-measured`; nil when both were judged.
    public var reason: String?

    /// An evaluation by its parts.
    public init(
        row: TargetRow, arm: String? = nil, reference: String? = nil, n: Int = 0, ciLow: Double? = nil,
        ciHigh: Double? = nil, reason: String? = nil
    ) {
        self.row = row
        self.arm = arm
        self.reference = reference
        self.n = n
        self.ciLow = ciLow
        self.ciHigh = ciHigh
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case row, arm, reference, n
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
        case reason
    }
}

/// Arms, or blocks of one arm, that answered the same work differently. Nothing of that phase may be compared.
public struct DigestConflict: Codable, Sendable, Hashable, CustomStringConvertible {
    /// One of the answers and who gave it.
    public struct Answer: Codable, Sendable, Hashable {
        /// Sixteen hexadecimal digits.
        public var digest: String
        /// The labels of the arms that gave it, each with its blocks: `strata/glibc/bump/1 (blocks 0, 1)`.
        public var arms: [String]

        /// An answer and who gave it.
        public init(digest: String, arms: [String]) {
            self.digest = digest
            self.arms = arms
        }
    }

    /// The scenario's name.
    public var scenario: String
    /// The phase's name.
    public var phase: String
    /// The role within the phase; empty in a phase without roles.
    public var role: String
    /// The sweep's point, as far as it changes the work.
    public var parameters: String
    /// The answers, the most frequent first.
    public var answers: [Answer]

    /// A conflict by its parts.
    public init(scenario: String, phase: String, role: String, parameters: String, answers: [Answer]) {
        self.scenario = scenario
        self.phase = phase
        self.role = role
        self.parameters = parameters
        self.answers = answers
    }

    public var description: String {
        let place = [scenario, phase, role, parameters].filter { !$0.isEmpty }.joined(separator: "/")
        let told = answers.map { "\($0.digest) by \($0.arms.joined(separator: ", "))" }.joined(separator: "; ")
        return "\(place): answers differ: \(told)"
    }
}

/// What a run comes to, for machines: `verdict.json`.
public struct VerdictDocument: Codable, Sendable, Hashable {
    /// The version of this document's meaning.
    public var schema: Int
    /// The run's name.
    public var run: String
    /// Whether every block that was asked for ran; false after an interruption.
    public var complete: Bool
    /// The profile: `quick`, `default` or `full`.
    public var profile: String
    /// The documented targets.
    public var targets: [TargetEvaluation]
    /// The comparisons between arms.
    public var comparisons: [ComparisonRow]
    /// Arms that answered differently; empty in a sound run.
    public var digestConflicts: [DigestConflict]
    /// What a reader has to know before trusting the figures, in sentences.
    public var warnings: [String]
    /// How the allocators stand to each other, one for each scenario with more than one; nil where none has.
    public var grids: [GridDocument]?

    /// A verdict by its parts.
    public init(
        schema: Int = 1, run: String, complete: Bool, profile: String, targets: [TargetEvaluation],
        comparisons: [ComparisonRow], digestConflicts: [DigestConflict], warnings: [String] = [],
        grids: [GridDocument]? = nil
    ) {
        self.schema = schema
        self.run = run
        self.complete = complete
        self.profile = profile
        self.targets = targets
        self.comparisons = comparisons
        self.digestConflicts = digestConflicts
        self.warnings = warnings
        self.grids = grids
    }

    private enum CodingKeys: String, CodingKey {
        case schema, run, complete, profile, targets, comparisons
        case digestConflicts = "digest_conflicts"
        case warnings, grids
    }
}
