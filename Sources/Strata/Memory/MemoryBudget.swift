import Synchronization

/// The bytes that one store may hold, and those that its parts hold of them.
///
/// A part takes bytes here before it asks the process's allocator for them, and gives them back when it has freed them:
/// a store at its hard limit thus refuses a write before the allocator was asked, and before anything has changed.
/// Arenas take from ``ledger`` directly; other parts keep a ``MemoryCharge``.
///
/// Limits may change while the store is in use. A part of the hard limit may be kept as a *reserve*, which only
/// compaction may borrow: a store that is full would otherwise have no room to copy what is live, and could never give
/// back what is dead.
///
/// Taking and giving are atomic and may happen on any thread; limits and reserve are the owner's.
///
/// Invariant: the ledger's taken bytes are those of the parts and `withheld`, which is the ledger's range less the hard
/// limit, and the reserve while it is not lent.
public final class MemoryBudget: Sendable {
    /// What arenas and charges take from. Its range is that of ``MemoryLimits/none``, and the end of it, which lies
    /// past the limit, is taken by nobody.
    public let ledger: ArenaBudget
    private let withheld: Atomic<Int>
    private let softLimitBytes: Atomic<Int>
    /// Where pressure begins: the soft limit, or where writes are about to be refused if that comes first.
    private let threshold: Atomic<Int>
    private let hardLimitBytes: Atomic<Int>
    private let reserveBytes: Atomic<Int>
    private let isReserveLent = Atomic<Bool>(false)
    private let peak = Atomic<Int>(0)
    /// The share of the hard limit that is kept for compaction, as a shift; nil for none.
    private let reserveShift: Int?

    /// A budget of which nothing is taken.
    ///
    /// - Parameters:
    ///   - limits: in bounds, as ``MemoryLimits/validate()`` has it.
    ///   - keepsReserve: whether a sixteenth of the hard limit is kept for compaction.
    public init(limits: MemoryLimits = MemoryLimits(), keepsReserve: Bool = false) {
        precondition(limits.soft <= limits.hard && limits.hard <= MemoryLimits.none)
        reserveShift = keepsReserve ? 4 : nil
        let reserve = Self.reserve(of: limits.hard, reserveShift)
        let withheld = MemoryLimits.none - limits.hard + reserve
        ledger = ArenaBudget(byteLimit: MemoryLimits.none)
        let taken = ledger.take(withheld)
        precondition(taken)
        self.withheld = Atomic(withheld)
        softLimitBytes = Atomic(limits.soft)
        threshold = Atomic(Self.threshold(of: limits, reserve))
        hardLimitBytes = Atomic(limits.hard)
        reserveBytes = Atomic(reserve)
    }

    /// Bytes that the parts hold.
    public var usedBytes: Int { ledger.takenBytes - withheld.load(ordering: .relaxed) }
    /// The most bytes that the parts held at once: noted whenever some are taken or given through the budget, and by
    /// ``notePeak()``.
    public var peakBytes: Int { Swift.max(peak.load(ordering: .relaxed), usedBytes) }
    /// Bytes that writes may still take.
    public var availableBytes: Int { ledger.byteLimit - ledger.takenBytes }

    /// The limits in force.
    public var limits: MemoryLimits {
        MemoryLimits(
            soft: softLimitBytes.load(ordering: .relaxed), hard: hardLimitBytes.load(ordering: .relaxed))
    }

    /// Bytes of the hard limit that are kept for compaction.
    public var reservedForCompaction: Int { reserveBytes.load(ordering: .relaxed) }

    /// How near the limits the store is.
    @inline(__always)
    public var pressure: MemoryPressure {
        guard usedBytes >= threshold.load(ordering: .relaxed) else { return .none }
        return availableBytes < hardLimitBytes.load(ordering: .relaxed) >> 6 ? .hard : .soft
    }

    /// Bytes that must go for the pressure to end; 0 when there is none.
    var excessBytes: Int { Swift.max(0, usedBytes - threshold.load(ordering: .relaxed) + 1) }

    /// Takes bytes that are about to be asked of the allocator.
    ///
    /// - Throws: `limitExceeded` when there are not as many left; nothing is taken then.
    public func take(_ byteCount: Int) throws(StrataError) {
        guard ledger.take(byteCount) else { throw refusal("there is no room for \(byteCount) bytes more") }
        notePeak()
    }

    /// Gives back bytes that were freed.
    public func give(_ byteCount: Int) {
        notePeak()
        ledger.give(byteCount)
    }

    /// Notes what is held now as the peak, if it is. Called before arenas are let go, which give back by themselves.
    public func notePeak() {
        let used = usedBytes
        // A plain load first: the exchange would make the line travel between threads at each call.
        if used > peak.load(ordering: .relaxed) { peak.max(used, ordering: .relaxed) }
    }

    /// Puts other limits in force.
    ///
    /// - Throws: `limitExceeded` when the store holds more than the new hard limit leaves to writes, `invalidArgument`
    ///   when they are out of bounds; the old limits stay then.
    public func setLimits(_ limits: MemoryLimits) throws(StrataError) {
        try limits.validate()
        returnReserve()
        let reserve = Self.reserve(of: limits.hard, reserveShift)
        let lent = isReserveLent.load(ordering: .relaxed)
        let target = MemoryLimits.none - limits.hard + (lent ? 0 : reserve)
        let current = withheld.load(ordering: .relaxed)
        if target > current {
            guard ledger.take(target - current) else {
                throw StrataError(
                    .limitExceeded,
                    "the store holds \(usedBytes) bytes, too many for a hard limit of \(limits.hard)",
                    remedy: "delete entities first")
            }
        }
        withheld.store(target, ordering: .relaxed)
        if target < current { ledger.give(current - target) }
        reserveBytes.store(reserve, ordering: .relaxed)
        softLimitBytes.store(limits.soft, ordering: .relaxed)
        threshold.store(Self.threshold(of: limits, reserve), ordering: .relaxed)
        hardLimitBytes.store(limits.hard, ordering: .relaxed)
    }

    /// Lets the reserve be taken until ``returnReserve()``.
    func lendReserve() {
        guard !isReserveLent.load(ordering: .relaxed) else { return }
        let reserve = reserveBytes.load(ordering: .relaxed)
        withheld.subtract(reserve, ordering: .relaxed)
        ledger.give(reserve)
        isReserveLent.store(true, ordering: .relaxed)
    }

    /// Takes the reserve back, if nothing that was taken from it is held any more; else it is lent further.
    func returnReserve() {
        guard isReserveLent.load(ordering: .relaxed) else { return }
        let reserve = reserveBytes.load(ordering: .relaxed)
        guard ledger.take(reserve) else { return }
        withheld.add(reserve, ordering: .relaxed)
        isReserveLent.store(false, ordering: .relaxed)
    }

    /// A refusal in the words of the limit, whatever part it came from.
    func refusal(_ reason: String) -> StrataError {
        let limits = limits
        return StrataError(
            .limitExceeded,
            "the store holds \(usedBytes) of the \(limits.hard) bytes that memory_hard_limit allows"
                + (reservedForCompaction > 0 ? " (\(reservedForCompaction) are kept for compaction)" : "")
                + ", and \(reason)",
            remedy: "delete entities, or raise memory_hard_limit")
    }

    private static func threshold(of limits: MemoryLimits, _ reserve: Int) -> Int {
        Swift.min(limits.soft, limits.hard - reserve - limits.hard >> 6)
    }

    private static func reserve(of hardLimit: Int, _ shift: Int?) -> Int {
        guard let shift, hardLimit < MemoryLimits.none else { return 0 }
        return hardLimit >> shift
    }
}

/// How near its limits a store is.
public enum MemoryPressure: Int, Comparable, Sendable {
    /// Below the soft limit.
    case none
    /// At the soft limit or over it: the store gives back what it can, and caches take nothing new.
    case soft
    /// Less than a 64th of the hard limit is left: writes are soon refused, if they are not yet.
    case hard

    public static func < (left: MemoryPressure, right: MemoryPressure) -> Bool { left.rawValue < right.rawValue }
}
