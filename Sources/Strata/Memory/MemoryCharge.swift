/// What one part of a store has taken from its ``MemoryBudget``; given back when the part goes.
///
/// Without a budget it only keeps count.
///
/// Invariant: the budget's taken bytes hold `byteCount` of this charge.
struct MemoryCharge: ~Copyable {
    private let budget: MemoryBudget?
    /// Bytes taken.
    private(set) var byteCount = 0

    init(_ budget: MemoryBudget?) { self.budget = budget }

    deinit { if byteCount > 0 { budget?.give(byteCount) } }

    /// Takes what the part is about to ask of the allocator.
    ///
    /// - Throws: `limitExceeded` when the budget has not as much left; nothing has changed then.
    mutating func grow(by bytes: Int) throws(StrataError) {
        try budget?.take(bytes)
        byteCount += bytes
    }

    /// Leaves bytes to whoever gives them back to the budget later, such as an object that was retired.
    mutating func leave(_ bytes: Int) { byteCount -= bytes }

    /// Makes the charge what the part really holds, after a growth that could not be foreseen to the byte, or after
    /// something was freed.
    ///
    /// Where the budget has not enough left for it, the charge stays behind, and the next call tries again: what is
    /// held already is held.
    mutating func settle(at bytes: Int) {
        if bytes < byteCount {
            budget?.give(byteCount - bytes)
            byteCount = bytes
        } else if bytes > byteCount {
            guard let budget else {
                byteCount = bytes
                return
            }
            guard budget.ledger.take(bytes - byteCount) else { return }
            byteCount = bytes
            budget.notePeak()
        }
    }
}
