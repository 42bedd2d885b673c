import Synchronization

/// What the threads of a phase share: the time that all planned times count from, which is the first thread's start, and
/// how many threads are still at work.
final class PhaseOrigin: Sendable {
    private let time = Atomic<UInt64>(0)
    private let working: Atomic<Int>

    /// - Parameter working: the threads that do operations until the end, stalled ones not among them.
    init(working: Int = 1) { self.working = Atomic(working) }

    /// States that a thread has done its work.
    func finish() { working.subtract(1, ordering: .releasing) }

    /// Whether all threads have done their work.
    var isFinished: Bool { working.load(ordering: .acquiring) <= 0 }

    /// States when a thread has started, and returns when the first one has.
    func settle(_ start: UInt64) -> UInt64 {
        let (isFirst, first) = time.compareExchange(expected: 0, desired: start, ordering: .relaxed)
        return isFirst ? start : first
    }
}
