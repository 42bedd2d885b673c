/// Runs a block's job somewhere else: in a child process, or in a test's own way.
public protocol BlockLauncher {
    /// Runs the job to its end.
    ///
    /// - Parameter phase: called with the name of each phase as it begins.
    func launch(_ job: BlockJob, phase: (String) -> Void) -> LaunchOutcome

    /// Runs the job until it has ended or does nothing any more but watch how its memory settles.
    ///
    /// - Parameter phase: called with the name of each phase as it begins.
    func begin(_ job: BlockJob, phase: (String) -> Void) -> LaunchStart
}

extension BlockLauncher {
    /// Runs the job to its end: nothing is left to settle.
    public func begin(_ job: BlockJob, phase: (String) -> Void) -> LaunchStart { .ended(launch(job, phase: phase)) }
}

/// How a launched job ended.
public enum LaunchOutcome: Sendable {
    /// It left a result.
    case finished(BlockResult)
    /// It was ended because the user interrupted the campaign.
    case interrupted
    /// It left no result, for this reason.
    case failed(DriverError)
}

/// How far a job came before the launcher handed back control.
public enum LaunchStart {
    /// To its end.
    case ended(LaunchOutcome)
    /// All its work is done, and it sleeps but for some looks at its memory. Others can run meanwhile.
    case settling(any SettlingBlock)
}

/// A job whose work is done and whose memory is watched while it settles.
public protocol SettlingBlock {
    /// Whether it has ended, so that ``finish()`` does not wait.
    var isOver: Bool { get }
    /// What it holds in memory, in bytes; 0 when it has ended.
    var residentBytes: UInt64 { get }
    /// Waits for its end. Once, unless it is abandoned.
    func finish() -> LaunchOutcome
    /// Ends it at once. Its result is lost.
    func abandon()
}
