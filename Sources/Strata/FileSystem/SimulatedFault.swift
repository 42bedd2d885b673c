/// What a ``SimulatedFileSystem`` makes of a call instead of doing it.
public enum SimulatedFault: Sendable, Hashable {
    /// The call fails with this error number, and does nothing.
    ///
    /// A failed `fsync` or `fdatasync` of a file does something all the same, as Linux does: the bytes written since the
    /// last one are taken for clean. They are still read back, and are never brought to stable storage unless they are
    /// written again; the next `fsync` succeeds.
    case failure(Int32)
    /// A signal interrupts the call before it has done anything (`EINTR`). When it is made again it passes.
    case interruption
    /// A read or write does half of its bytes, and at least one. Other calls are done.
    case shortCall
    /// The power fails while the call is under way: what it changes may or may not be on stable storage, as with all that
    /// was not synchronized before. This call and all later ones fail.
    case powerLoss
}

/// Which calls of a ``SimulatedFileSystem`` go wrong, and how.
struct SimulatedFaults {
    private struct Entry {
        let calls: Range<Int>
        let fault: SimulatedFault
    }

    private var entries: [Entry] = []
    /// Calls made so far.
    private(set) var callCount = 0
    private var wasInterrupted = false
    private(set) var hasPower = true
    private(set) var faultCount = 0

    mutating func add(_ fault: SimulatedFault, _ calls: Range<Int>) {
        entries.append(Entry(calls: calls, fault: fault))
    }

    /// Forgets what was still to go wrong. Power that was lost stays lost.
    mutating func removeAll() { entries = [] }

    /// Counts a call, and tells what becomes of it.
    mutating func next() -> SimulatedFault? {
        guard hasPower else { return .powerLoss }
        callCount += 1
        guard let entry = entries.first(where: { $0.calls.contains(callCount) }) else {
            wasInterrupted = false
            return nil
        }
        if entry.fault == .interruption {
            wasInterrupted.toggle()
            guard wasInterrupted else { return nil }
        }
        faultCount += 1
        if entry.fault == .powerLoss { hasPower = false }
        return entry.fault
    }
}
