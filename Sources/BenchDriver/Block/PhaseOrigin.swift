import Synchronization

/// The time that the planned times of all threads of a phase count from: the first thread's start.
final class PhaseOrigin: Sendable {
    private let time = Atomic<UInt64>(0)

    /// States when a thread has started, and returns when the first one has.
    func settle(_ start: UInt64) -> UInt64 {
        let (isFirst, first) = time.compareExchange(expected: 0, desired: start, ordering: .relaxed)
        return isFirst ? start : first
    }
}
