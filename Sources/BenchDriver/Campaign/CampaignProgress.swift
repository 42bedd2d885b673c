public import BenchResults

/// Where a campaign is: given to the progress callback when a child starts and when it begins a phase.
public struct CampaignProgress: Sendable, Equatable {
    /// The scenario's name, its number from 1, and how many there are.
    public var scenario: String
    public var scenarioNumber: Int
    public var scenarioCount: Int
    /// The block's number from 1 and how many there are, of the warm-up blocks where `isWarmup` says so.
    public var block: Int
    public var blockCount: Int
    public var isWarmup: Bool
    /// The arm, its number in the block from 1, and how many there are.
    public var arm: ArmKey
    public var armNumber: Int
    public var armCount: Int
    /// The phase that begins, or nil while the child sets up; its number from 1; and how many there are.
    public var phase: String?
    public var phaseNumber: Int
    public var phaseCount: Int
    /// Since the campaign's start.
    public var elapsedNanoseconds: UInt64
}
