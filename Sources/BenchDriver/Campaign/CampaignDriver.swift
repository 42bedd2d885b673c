public import BenchMeasurement
public import BenchResults

/// Runs scenarios block by block, each block of each arm in a fresh process, and keeps what is complete.
///
/// Within a block the arms run one after the other, those that are compared side by side, in an order that turns round
/// from block to block and rotates, so that what changes with time on the machine falls on all of them alike. Rows go
/// to the run's folder when all arms of a block are through: an interruption or a failure costs the block it falls
/// into, and those that still settle, and nothing else. A block in which the machine was busy with others is run again
/// for all arms; see ``Disturbance``.
public struct CampaignDriver {
    private let plan: CampaignPlan
    private let launcher: any BlockLauncher
    private let interruption: Interruption?
    private let strategies: (String) -> Bool
    private let progress: (CampaignProgress) -> Void
    private let conditions: () -> SystemConditions?

    /// A campaign.
    ///
    /// - Parameters:
    ///   - launcher: what runs the blocks; a ``ProcessLauncher`` with the same `interruption` in earnest.
    ///   - interruption: what the user's signals go to, or nil where they are not caught.
    ///   - strategies: whether the scenarios' strategies apply to a subject.
    ///   - progress: called when a child starts, when it begins a phase, and when a block is through.
    ///   - conditions: what the rest of the machine has done so far; nil to judge no round by it.
    public init(
        plan: CampaignPlan, launcher: any BlockLauncher, interruption: Interruption? = nil,
        strategies: @escaping (String) -> Bool, progress: @escaping (CampaignProgress) -> Void = { _ in },
        conditions: @escaping () -> SystemConditions? = { try? SystemConditions.read() }
    ) {
        self.plan = plan
        self.launcher = launcher
        self.interruption = interruption
        self.strategies = strategies
        self.progress = progress
        self.conditions = conditions
    }

    /// Runs the campaign. Call it on a thread that lives as long as the process, such as the main one: the kernel
    /// ends a worker when the thread that started it ends.
    ///
    /// - Parameter directory: where rows, timelines and histograms go.
    /// - Returns: how it ended and what was left out. A failed block is told by the status.
    /// - Throws: when a scenario cannot be run as it is (see ``CampaignPlan/check(_:)``), and when the run's folder or the scratch folder cannot be written.
    public func run(into directory: RunDirectory) throws(DriverError) -> CampaignOutcome {
        var session = CampaignSession(
            plan: plan, launcher: launcher, interruption: interruption, strategies: strategies, progress: progress,
            conditions: conditions, directory: directory)
        return try session.run()
    }
}
