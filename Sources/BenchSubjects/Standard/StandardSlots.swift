import BenchWorkload

/// Slots for byte arrays: what a competent Swift programmer writes first where memory is taken and given back. Each
/// thread has slots of its own.
final class StandardSlots: @unchecked Sendable {
    // Between `begin` and `finish`, a share is touched by its thread alone.

    private struct Slot {
        var bytes: [UInt8]
        /// The phase that made it, from 1, and the place of the operation.
        var phase: Int
        var index: UInt64
    }

    private final class Share {
        var slots: [Slot?]
        var liveBytes = 0
        init(count: Int) { slots = [Slot?](repeating: nil, count: count) }
    }

    private let shares: [Share]
    private var phase = 0

    init(count: Int, threads: Int) {
        shares = (0..<max(1, threads)).map { _ in Share(count: max(1, count / max(1, threads))) }
    }

    var liveBytes: Int { shares.reduce(0) { $0 + $1.liveBytes } }

    func begin() { phase += 1 }

    /// Puts a new array into a slot, in the place of what it held. Adds the answers of what went.
    func allocate(_ operation: Operation, index: UInt64, thread: Int, digest: inout UInt64) {
        let share = shares[thread]
        let place = Int(operation.key) % share.slots.count
        free(place, share, &digest)
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: Int(operation.argument))
        share.slots[place] = Slot(bytes: bytes, phase: phase, index: index)
        share.liveBytes += bytes.count
    }

    func free(_ operation: Operation, thread: Int, digest: inout UInt64) {
        let share = shares[thread]
        free(Int(operation.key) % share.slots.count, share, &digest)
    }

    private func free(_ place: Int, _ share: Share, _ digest: inout UInt64) {
        guard let slot = share.slots[place] else { return }
        share.slots[place] = nil
        share.liveBytes -= slot.bytes.count
        if slot.phase == phase { digest &+= answer(slot) }
    }

    /// The answers of what this phase made and did not give back.
    func finish() -> UInt64 {
        var digest: UInt64 = 0
        for share in shares {
            for case let slot? in share.slots where slot.phase == phase { digest &+= answer(slot) }
        }
        return digest
    }

    /// Nothing where the bytes are not those that were written: the digest then differs from all others.
    private func answer(_ slot: Slot) -> UInt64 {
        let tag = UInt8(truncatingIfNeeded: slot.index)
        guard slot.bytes.first ?? tag == tag, slot.bytes.last ?? tag == tag else { return 0 }
        return AnswerHash.operation(slot.index, UInt64(slot.bytes.count))
    }
}
