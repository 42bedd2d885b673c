/// The end of the time that a piece of work may take.
///
/// The clock is a parameter so that a test decides what time it is; by default it is the system's that only runs
/// forward.
struct Deadline {
    private let end: UInt64
    private let now: () -> UInt64

    /// The moment when `budget` will have passed. Negative budgets are over at once, and one of three centuries is as
    /// good as none, and fits.
    ///
    /// - Parameter now: nanoseconds of a clock that only runs forward.
    init(after budget: Duration, now: @escaping () -> UInt64 = { EpochCore.now }) {
        let (seconds, attoseconds) = budget.components
        let nanoseconds = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        self.now = now
        end = now() + UInt64(Swift.max(0, Swift.min(nanoseconds, 1e19 / 2)))
    }

    /// Whether the time is up.
    var isOver: Bool { now() >= end }
}
