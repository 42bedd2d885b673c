import Synchronization

/// A bound on the bytes that several arenas hold together.
///
/// Arenas take from it chunk by chunk, never allocation by allocation, so that threads meet here seldom. A budget may
/// stand within another: what is taken from the inner one is taken from both.
///
/// Lock-free, from any thread. The counter guards no other memory (what a chunk holds is handed over by whoever hands
/// the arena over), hence every ordering is relaxed: only the sum must be exact, and a compare-exchange keeps it so.
public final class ArenaBudget: Sendable {
    /// The most that may be taken at once, in bytes.
    public let byteLimit: Int
    private let outer: ArenaBudget?
    private let taken = Atomic<Int>(0)
    private let retired = Atomic<Int>(0)

    /// - Parameters:
    ///   - byteLimit: the bound in bytes; at least 0.
    ///   - outer: a budget that whatever is taken from this one is taken from as well.
    public init(byteLimit: Int, within outer: ArenaBudget? = nil) {
        precondition(byteLimit >= 0, "a budget of \(byteLimit) bytes is none")
        self.byteLimit = byteLimit
        self.outer = outer
    }

    /// The bytes taken and not given back.
    public var takenBytes: Int { taken.load(ordering: .relaxed) }

    /// Of the bytes taken, those of objects that are retired and wait for readers.
    var retiredBytes: Int { retired.load(ordering: .relaxed) }

    /// Notes that so many bytes more, or fewer, wait for readers.
    func noteRetired(_ bytes: Int) { retired.add(bytes, ordering: .relaxed) }

    /// The bytes that can still be taken, here and in the budgets around this one.
    public var remainingBytes: Int { Swift.min(byteLimit - takenBytes, outer?.remainingBytes ?? .max) }

    /// Takes bytes, or none when they are not all there.
    ///
    /// - Returns: whether they were taken.
    public func take(_ bytes: Int) -> Bool { take(upTo: bytes, atLeast: bytes) != nil }

    /// Takes `most` bytes, or what is left when that is at least `least`.
    ///
    /// - Returns: how many bytes were taken; nil, with nothing taken, when fewer than `least` are left.
    /// - Complexity: O(budgets around this one).
    public func take(upTo most: Int, atLeast least: Int) -> Int? {
        precondition(0 <= least && least <= most, "between \(least) and \(most) bytes cannot be taken")
        var held = taken.load(ordering: .relaxed)
        while true {
            let granted = Swift.min(most, byteLimit - held)
            guard granted >= least else { return nil }
            let (exchanged, original) = taken.weakCompareExchange(
                expected: held, desired: held + granted, ordering: .relaxed)
            if exchanged { return confirm(granted, atLeast: least) }
            held = original
        }
    }

    /// Takes from the outer budget what was just taken here, and gives back here what is not to be had there.
    private func confirm(_ granted: Int, atLeast least: Int) -> Int? {
        guard let outer else { return granted }
        let confirmed = outer.take(upTo: granted, atLeast: least)
        taken.subtract(granted - (confirmed ?? 0), ordering: .relaxed)
        return confirmed
    }

    /// Gives back bytes that were taken.
    public func give(_ bytes: Int) {
        let left = taken.subtract(bytes, ordering: .relaxed).newValue
        precondition(bytes >= 0 && left >= 0, "\(bytes) bytes were given back that nobody had taken")
        outer?.give(bytes)
    }

    /// The error of a request for `bytes`, for which `needed` bytes were to be had neither here nor around this budget.
    func refusal(of bytes: Int, needing needed: Int) -> StrataError {
        if let outer, byteLimit - takenBytes >= needed { return outer.refusal(of: bytes, needing: needed) }
        return StrataError(
            .limitExceeded,
            "the arena's budget of \(byteLimit) bytes has no room for \(bytes) more (\(takenBytes) are held)",
            remedy: "raise arena_size or store less")
    }
}
