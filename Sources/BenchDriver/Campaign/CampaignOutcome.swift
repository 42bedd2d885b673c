public import BenchMeasurement

/// What came of a campaign.
public struct CampaignOutcome: Sendable {
    /// How a campaign ended.
    public enum Status: Sendable, Equatable {
        /// All blocks were run.
        case complete
        /// The budget ended it: each scenario has at least one complete block.
        case budgetUsedUp
        /// SIGINT or SIGTERM ended it. Complete blocks are in the run's folder.
        case interrupted
        /// Arms answered the same work differently; see `conflicts`.
        case conflict
        /// A block failed. Complete blocks are in the run's folder.
        case failed(DriverError)
    }

    /// An allocator that arms asked for.
    public struct Allocator: Sendable, Equatable {
        /// The library that was looked for; its path is nil for the C library's, and when none was found.
        public var library: AllocatorLibrary
        /// The options of the arm.
        public var options: String
        /// What a child found to own `malloc`, where one ran.
        public var identity: AllocatorIdentity?
        /// Why its arms were left out, or nil when they ran.
        public var skipped: String?
    }

    /// A phase that a subject could not do.
    public struct SkippedPhase: Sendable, Hashable {
        public var scenario: String
        public var phase: String
        public var subject: String
        public var reason: String
    }

    /// Two blocks that should have done and read the same, and did not.
    public struct Conflict: Sendable, Equatable, CustomStringConvertible {
        public var scenario: String
        public var phase: String
        /// What differs: `answers` or `plans`.
        public var what: String
        /// Label of arm and block, and digest, of the first and of the one that differs.
        public var first: String
        public var firstDigest: String
        public var other: String
        public var otherDigest: String

        public var description: String {
            "\(scenario), phase `\(phase)`: the \(what) of \(other) (\(otherDigest)) differ from those of \(first) "
                + "(\(firstDigest)); the arms do not do the same work and must not be compared"
        }
    }

    /// How it ended.
    public var status: Status
    /// Complete blocks by scenario.
    public var completeBlocks: [String: Int]
    /// The allocators that were asked for, skipped ones too.
    public var allocators: [Allocator]
    /// The phases that were left out.
    public var skippedPhases: [SkippedPhase]
    /// Where arms differ.
    public var conflicts: [Conflict]
    /// The cost of reading the clock once, in nanoseconds: the largest of all blocks.
    public var clockNanoseconds: Double?
    /// What the rest of the machine did during the measured blocks, summed.
    public var conditions: SystemConditions?
    /// Rounds that were disturbed and repeated.
    public var repeatedRounds = 0
    /// Rounds that were disturbed and are kept all the same.
    public var disturbedRounds = 0
    /// What a reader should know before trusting the figures, in sentences, none twice.
    public var warnings: [String]
    /// How long it took.
    public var elapsedNanoseconds: UInt64

    /// True when all that was asked for was measured.
    public var isComplete: Bool { status == .complete }
}
