// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004) with the fences on the collector's side (Desnoyers and
// others, "User-Level Implementations of Read-Copy-Update", 2012), and garbage judged by the oldest pin.
//
// Vocabulary. The *epoch* G is a counter that only rises; each collection moves it on. A *participant* is a thread's place
// in the table; it is *pinned* while it reads shared memory, and its state is then `e << 1 | 1` with the G = e that it
// read, else 0. An object is *retired* into a bag after it was made unreachable (*unlinked*). A full bag is *sealed*: a
// full fence, then its epoch t is read from G. A sealed bag is *ready*, and its objects are *destroyed*, when a collector
// that found it sealed has since passed its heavy fence, and then seen no pin with an epoch of t or less.
//
// Pinning. P1: load G, acquiring. P2: store the state, releasing. P3: the light fence. P4: the reads, which must be at
// least acquiring where they load an address. P5, at the end: store 0, releasing.
// Collecting. C1: find the sealed bags, under the lock. C2: the heavy fence. C3: load each state, acquiring.
// C4: destroy.
//
// Why C3 may overlook a pin (the reader of a pin that C3 does not see cannot hold the objects).
//   With membarrier(2): each thread passes a full fence between the beginning and the end of C2. If that comes after P2
//   in the reader's program, P2 is visible at the end of C2, and C3 sees it or a later state. So it comes before P2, and
//   therefore before P4, which the compiler barrier keeps behind P2 in the machine code: the reads happen after C2 began,
//   and so after the unlinking, which they see (unlink, seal under the lock, C1 under the lock, C2). Nothing else binds
//   P4 to P2: on every processor a load may pass an earlier store.
//   With fences on both sides: C3 reads a state older than P2, so C2 comes before P3 in the order of all fences; then
//   the unlinking, which happens before C2, is visible to P4 (C++20 [atomics.order] 4.4).
//
// Why an epoch is enough (the reader of a pin with e > t cannot hold the objects). The sealing thread read G = t after
//   its fence, the reader read a later value in P1. Processors that Swift runs on show a store to all others at once
//   (they are multi-copy atomic), so the unlinking, which was visible to all before t was read, was so before P1 read e,
//   and P4 comes after P1, which is acquiring. (Where processors are not: EpochBarrier uses no membarrier there, and the
//   reader's own fence in P3 carries the argument.) Without the fence in the seal the unlinking could still be on its
//   way when t is read, and a reader with e > t could find the object.
//
// Why destroying after C3 is late enough. A reader that C3 sees unpinned, or in a later pin, has stored that state
//   releasing (P5 or P2), after the reads of its earlier pins; C3 is acquiring, so these reads happen before C4. Who
//   destroys took the bag under the lock, after C3.
//
// P1 may read an old G, and the thread may sleep between P1 and P2: the pin then holds back more than it needs, and
// nothing goes wrong; so G is not read again after P2. G itself could move in any way that only rises: that
// ``advance()`` waits for pinned readers is a courtesy to whoever counts epochs by it, not what keeps memory safe.

public import CStrata
public import Synchronization

/// Decides when memory that readers may still see can be given back.
///
/// Readers register once a thread, pin for each read, and never wait. A writer makes an object unreachable, then
/// retires it; ``collect()`` destroys what no pinned reader can see. What is left when the manager goes is destroyed
/// with it.
public final class EpochManager: Sendable {
    /// The most participants at once, threads that read through ``withPin(_:)`` among them.
    public static let maximumParticipants = ParticipantTable.capacity

    let core: EpochCore
    /// The manager's number: what threads know their places by.
    @usableFromInline let number: UInt64
    /// The core's epoch, which lives as long as the core.
    @usableFromInline nonisolated(unsafe) let epochAddress: UnsafeMutablePointer<Atomic<UInt64>>
    /// Whether pinning takes no fence because collectors use membarrier(2).
    public let usesMembarrier: Bool

    /// - Parameters:
    ///   - garbageLimit: the bytes of garbage at which retiring tries to collect and ``checkGarbageLimit(adding:)``
    ///     refuses more; nil for no limit.
    ///   - usesMembarrier: false to have readers pass a fence at each pin; true or nil to leave the fences to
    ///     collectors where the system can do it.
    public init(garbageLimit: Int? = nil, usesMembarrier: Bool? = nil) {
        self.usesMembarrier = usesMembarrier != false && EpochBarrier.isMembarrierAvailable
        core = EpochCore(garbageLimit: garbageLimit, usesMembarrier: self.usesMembarrier)
        epochAddress = core.epoch
        number = EpochDirectory.enter(core)
    }

    deinit { EpochDirectory.leave(number) }

    /// Takes a place in the table, which the participant gives back when it goes out of scope.
    ///
    /// - Throws: `limitExceeded` when ``maximumParticipants`` places are taken.
    /// - Complexity: O(places / 64).
    public func register() throws(StrataError) -> EpochParticipant {
        EpochParticipant(manager: self, place: try core.places.claim(thread: strata_thread_number()), isLent: false)
    }

    /// The current epoch; it starts at 2, and each collection moves it on.
    public var epoch: UInt64 { epochAddress.pointee.load(ordering: .acquiring) }

    /// Moves the epoch on if every pinned participant has seen the current one. Collections do not wait for that.
    ///
    /// - Returns: whether it moved.
    @discardableResult
    public func advance() -> Bool {
        let current = epochAddress.pointee.load(ordering: .sequentiallyConsistent)
        if let pin = core.places.oldestPin(), pin.epoch < current { return false }
        return epochAddress.pointee.compareExchange(
            expected: current, desired: current + 1, ordering: .sequentiallyConsistent
        ).exchanged
    }

    // MARK: Retiring

    /// Takes over an object that new readers can no longer reach.
    ///
    /// - Complexity: O(1) amortised, under a lock that readers never take. A thread that retires much does it through an
    ///   ``EpochParticipant``.
    public func retire(_ object: RetiredObject) { core.retire(GarbageEntry(object)) }

    /// Takes over an object that new readers can no longer reach; without the closure of a ``RetiredObject``.
    ///
    /// - Parameters:
    ///   - address: what to destroy.
    ///   - byteCount: its size in bytes, for the accounting of garbage; not negative.
    ///   - destroy: destroys the object; called once, from whichever thread collects.
    public func retire(_ address: UInt, byteCount: Int, destroy: @convention(c) @Sendable (UInt) -> Void) {
        precondition(byteCount >= 0, "an object has no negative size")
        core.retire(GarbageEntry(address, byteCount: byteCount, function: destroy))
    }

    @usableFromInline func makeRoom(_ place: EpochPlace) { core.makeRoom(place) }
    @usableFromInline func sealAndCollect(_ place: EpochPlace) { core.sealAndCollect(place) }

    // MARK: Collecting

    /// Destroys all that no pinned reader can see.
    ///
    /// - Returns: the bytes that were given back.
    /// - Complexity: O(participants + what is destroyed); one membarrier(2) when anything is retired.
    @discardableResult
    public func collect() -> Int {
        prepare()
        return core.destroyReady()
    }

    /// Destroys what no pinned reader can see until the time is up, oldest first; the rest is left for later calls.
    ///
    /// - Parameter budget: how long to destroy. The clock is read after every 32 objects, so that each call destroys
    ///   some, and ends at most 32 destructors late.
    /// - Returns: the bytes that were given back.
    @discardableResult
    public func collect(budget: Duration) -> Int {
        let start = EpochCore.now
        let (seconds, attoseconds) = budget.components
        let nanoseconds = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        prepare()
        // A budget of three centuries is as good as none, and fits.
        return core.destroyReady(until: start + UInt64(max(0, min(nanoseconds, 1e19 / 2))))
    }

    /// Destroys all that no pinned reader can see on several threads at once, when there is enough for them.
    ///
    /// - Parameter threads: the most threads to use, the calling one among them.
    /// - Returns: the bytes that were given back.
    @discardableResult
    public func collectInParallel(threads: Int) -> Int {
        prepare()
        return core.destroyReady(threads: threads)
    }

    private func prepare() {
        // What the calling thread has retired through its own place is to be seen too.
        if let place = EpochThreadCache.knownPlace(of: number) { core.seal(place) }
        core.step()
    }

    // MARK: Reading without registration

    /// Runs `body` under a pin: what is reachable at its start stays whole until its end.
    ///
    /// The calling thread takes a place the first time, and keeps it until it ends.
    ///
    /// - Throws: `limitExceeded` when all places are taken, or what `body` throws.
    @inlinable @inline(__always)
    public func withPin<Result: ~Copyable>(
        _ body: () throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        let place = try threadPlace()
        place.pin(epochAddress, usesMembarrier: usesMembarrier)
        // The place is the manager's, and the caller's last use of the manager may be this call.
        defer { withExtendedLifetime(self) { place.unpin() } }
        return try body()
    }

    /// Runs `body` under a pin, with the calling thread's own participant: to retire without a lock. What it leaves in
    /// its bag is handed over when the thread ends.
    ///
    /// - Precondition: `body` unpins as often as it pins.
    /// - Throws: `limitExceeded` when all places are taken, or what `body` throws.
    @inlinable
    public func withPinnedParticipant<Result: ~Copyable>(
        _ body: (inout EpochParticipant) throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        let place = try threadPlace()
        place.pin(epochAddress, usesMembarrier: usesMembarrier)
        defer { withExtendedLifetime(self) { place.unpin() } }
        var participant = lend(place)
        defer { takeBack(participant) }
        return try body(&participant)
    }

    @inlinable @inline(__always)
    func threadPlace() throws(StrataError) -> EpochPlace {
        if let address = strata_place_of(number) { return EpochPlace(address: address) }
        return try findThreadPlace()
    }

    @usableFromInline
    func findThreadPlace() throws(StrataError) -> EpochPlace { try EpochThreadCache.place(of: number, core) }

    @usableFromInline
    func lend(_ place: EpochPlace) -> EpochParticipant { EpochParticipant(manager: self, place: place, isLent: true) }

    @usableFromInline
    func takeBack(_ participant: borrowing EpochParticipant) {
        precondition(participant.isBalanced, "a lent participant is given back with as many pins as it came with")
    }

    // MARK: Figures

    /// Bytes that are retired and not yet destroyed.
    ///
    /// - Complexity: O(places taken at once).
    public var retiredBytes: Int { core.retiredBytes }
    /// Objects destroyed since the manager was made.
    public var destroyedObjects: Int { core.destroyedObjects }
    /// Places that are taken: participants, and threads that have read through ``withPin(_:)``.
    public var participantCount: Int { core.places.takenCount }

    /// How many epochs the oldest pin is behind; nil when nothing is pinned.
    public var oldestPinAge: UInt64? {
        let current = epoch
        return core.places.oldestPin().map { current - min($0.epoch, current) }
    }

    // MARK: The limit

    /// The bytes of garbage that may wait; nil for no limit.
    public var garbageLimit: Int? { core.garbageLimit }

    /// What holds garbage up; nil while no pin is older than the epoch, or less waits than ``garbageLimit``.
    public var stall: EpochStall? { core.stall(above: garbageLimit ?? 0) }

    /// Asks whether so many bytes more may be retired, and collects when not: a writer asks before it unlinks.
    ///
    /// Retiring itself never fails, since an unlinked object has nowhere else to go.
    ///
    /// - Throws: `limitExceeded`, naming the oldest pin, when the limit is passed all the same.
    public func checkGarbageLimit(adding byteCount: Int) throws(StrataError) {
        guard let limit = garbageLimit, byteCount > limit - retiredBytes else { return }
        collect()
        let held = retiredBytes
        guard byteCount > limit - held else { return }
        let cause =
            core.stall(above: 0).map { "\($0)" } ?? "\(held) bytes of garbage of \(limit) allowed wait to be collected"
        throw StrataError(
            .limitExceeded, "\(byteCount) bytes more cannot be retired: \(cause)",
            remedy: "end the pin, or raise the limit of garbage")
    }
}
