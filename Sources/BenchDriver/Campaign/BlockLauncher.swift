/// Runs a block's job somewhere else: in a child process, or in a test's own way.
public protocol BlockLauncher {
    /// Runs the job to its end.
    ///
    /// - Parameter phase: called with the name of each phase as it begins.
    func launch(_ job: BlockJob, phase: (String) -> Void) -> LaunchOutcome
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
