public import BenchResults

/// Runs scenarios block by block, each block of each arm in a fresh process, and keeps what is complete.
///
/// Within a block the arms run one after the other, those that are compared side by side, in an order that turns round
/// from block to block and rotates, so that what changes with time on the machine falls on all of them alike. Rows go to the run's folder when all arms of a block
/// are through: an interruption or a failure costs the block it falls into, and nothing else.
public struct CampaignDriver {
    private let plan: CampaignPlan
    private let launcher: any BlockLauncher
    private let interruption: Interruption?
    private let strategies: (String) -> Bool
    private let progress: (CampaignProgress) -> Void

    /// A campaign.
    ///
    /// - Parameters:
    ///   - launcher: what runs the blocks; a ``ProcessLauncher`` with the same `interruption` in earnest.
    ///   - interruption: what the user's signals go to, or nil where they are not caught.
    ///   - strategies: whether the scenarios' strategies apply to a subject.
    ///   - progress: called when a child starts and when it begins a phase.
    public init(
        plan: CampaignPlan, launcher: any BlockLauncher, interruption: Interruption? = nil,
        strategies: @escaping (String) -> Bool, progress: @escaping (CampaignProgress) -> Void = { _ in }
    ) {
        self.plan = plan
        self.launcher = launcher
        self.interruption = interruption
        self.strategies = strategies
        self.progress = progress
    }

    /// Runs the campaign. Call it on a thread that lives as long as the process, such as the main one: the kernel
    /// ends a worker when the thread that started it ends.
    ///
    /// - Parameter directory: where rows, timelines and histograms go.
    /// - Returns: how it ended and what was left out. A failed block is told by the status.
    /// - Throws: when the run's folder or the scratch folder cannot be written.
    public func run(into directory: RunDirectory) throws(DriverError) -> CampaignOutcome {
        var session = CampaignSession(
            plan: plan, launcher: launcher, interruption: interruption, strategies: strategies, progress: progress,
            directory: directory)
        return try session.run()
    }
}
