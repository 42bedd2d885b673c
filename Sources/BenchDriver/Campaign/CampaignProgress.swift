public import BenchResults

/// Where a campaign is: given to the progress callback when a child starts, when it begins a phase, and when all arms
/// of a block are through.
public struct CampaignProgress: Sendable, Equatable {
    /// What has just happened.
    public enum Moment: Sendable, Equatable {
        /// A child starts, and sets up.
        case setUp
        /// It begins a phase.
        case phase(String)
        /// All arms of the block were run.
        case blockFinished
    }

    /// The scenario's name, its number from 1, and how many there are.
    public var scenario: String
    public var scenarioNumber: Int
    public var scenarioCount: Int
    /// The block's number from 1 and how many there are, of the warm-up blocks where `isWarmup` says so. Beyond the
    /// planned blocks of a scenario whose number of blocks depends on what comes out, as many as there may be.
    public var block: Int
    public var blockCount: Int
    public var isWarmup: Bool
    /// Whether the block is run again, because it was disturbed.
    public var isRepeated: Bool
    /// The arm, its number in the block from 1, and how many there are.
    public var arm: ArmKey
    public var armNumber: Int
    public var armCount: Int
    /// What has just happened.
    public var moment: Moment
    /// The phase that begins, or nil while the child sets up; its number from 1; and how many there are.
    public var phase: String?
    public var phaseNumber: Int
    public var phaseCount: Int
    /// Blocks of arms of this scenario that were run, and that are planned.
    public var scenarioRunsDone: Int
    public var scenarioRunsPlanned: Int
    /// Blocks of arms of all scenarios that were run, and of the scenarios after this one that are planned.
    public var runsDone: Int
    public var laterRunsPlanned: Int
    /// Since the scenario's and the campaign's start.
    public var scenarioNanoseconds: UInt64
    public var elapsedNanoseconds: UInt64
    /// After which no block begins, or nil.
    public var budgetNanoseconds: UInt64?
}
