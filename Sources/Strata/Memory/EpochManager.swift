// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004; the three-epoch form of crossbeam-epoch).
//
// Vocabulary. The *global epoch* G is a counter. A *participant* is a thread's place in the table; it is *pinned* while
// it reads shared memory, and its state is then `epoch << 1 | 1`, else 0. An object is *retired* at epoch e after it
// was made unreachable; it is *destroyed* when G >= e + 2.
//
// Why two: G moves from e to e + 1 only when every pinned participant is at e. A reader that could still hold the
// object pinned at e or before (it found the object reachable, and the object was unlinked before `retire` read G = e),
// or pinned at e + 1 while G was still e + 1, after the unlinking was visible to it. When G has reached e + 2, every
// participant that was pinned at e or before has unpinned.
//
// Orderings. `pin` publishes its state with a sequentially consistent exchange, and reads G again after it: the exchange
// orders the publication before every later read of shared memory, so a collector that saw the old state as unpinned
// has unlinked its objects before this reader's first read. `unpin` is a release store: the reader's last reads are done
// before a collector, which loads the states with acquire, can destroy what they read. G moves by a sequentially
// consistent compare-exchange, so that two collectors move it once.

import Synchronization

/// An object that is out of reach for new readers and waits until old ones are gone.
public struct RetiredObject: Sendable {
    /// What to destroy.
    public let address: UInt
    /// Its size in bytes, for the accounting of garbage.
    public let byteCount: Int
    /// Destroys the object; called once, from whichever thread collects.
    public let destroy: @Sendable (UInt) -> Void

    public init(address: UInt, byteCount: Int, destroy: @escaping @Sendable (UInt) -> Void) {
        self.address = address
        self.byteCount = byteCount
        self.destroy = destroy
    }
}

/// Decides when memory that readers may still see can be given back.
///
/// Readers register once a thread, pin for each read, and never wait. A writer makes an object unreachable, then
/// retires it; ``collect()`` destroys what no pinned reader can see. What is left when the manager goes is destroyed
/// with it.
public final class EpochManager: Sendable {
    /// The most participants at once.
    public static let maximumParticipants = 512

    /// The state of one participant, alone on two cache lines (adjacent lines are fetched in pairs).
    static let participantStride = 128

    private struct Garbage: ~Copyable {
        /// In order of their epochs, which never go down.
        var queue: [(object: RetiredObject, epoch: UInt64)] = []
        var first = 0
        var retiredBytes = 0
        var destroyedObjects = 0
    }

    private let states: ParticipantTable
    private let globalEpoch = Atomic<UInt64>(2)
    private let garbage = Mutex(Garbage())

    public init() { states = ParticipantTable(count: Self.maximumParticipants, stride: Self.participantStride) }

    deinit {
        // Participants keep the manager alive, so none is left: everything may go.
        garbage.withLock { garbage in
            for entry in garbage.queue[garbage.first...] { entry.object.destroy(entry.object.address) }
        }
    }

    /// Takes a place in the table, which the participant gives back when it goes out of scope.
    ///
    /// - Throws: `limitExceeded` when ``maximumParticipants`` places are taken.
    /// - Complexity: O(places).
    public func register() throws(StrataError) -> EpochParticipant {
        for index in 0..<Self.maximumParticipants where states.claim(index) {
            return EpochParticipant(manager: self, index: index)
        }
        throw StrataError(
            .limitExceeded, "all \(Self.maximumParticipants) places for readers are taken",
            remedy: "register once a thread, and let participants go out of scope")
    }

    /// The current epoch; it starts at 2, and moves when no pinned participant is behind it.
    public var epoch: UInt64 { globalEpoch.load(ordering: .acquiring) }

    /// Takes over an object that new readers can no longer reach.
    ///
    /// - Complexity: O(1) amortised, under a lock that readers never take.
    public func retire(_ object: RetiredObject) {
        garbage.withLock { garbage in
            // Read under the lock, so that the queue stays in order of the epochs.
            garbage.queue.append((object, globalEpoch.load(ordering: .sequentiallyConsistent)))
            garbage.retiredBytes += object.byteCount
        }
    }

    /// Moves the epoch on if every pinned participant has seen the current one.
    ///
    /// - Returns: whether it moved.
    @discardableResult
    public func advance() -> Bool {
        let current = globalEpoch.load(ordering: .sequentiallyConsistent)
        for index in 0..<Self.maximumParticipants {
            let state = states.state(index).pointee.load(ordering: .sequentiallyConsistent)
            if state & 1 == 1, state >> 1 != current { return false }
        }
        return globalEpoch.compareExchange(
            expected: current, desired: current + 1, ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Advances as far as the readers allow, and destroys what none of them can see.
    ///
    /// - Returns: the bytes that were given back.
    @discardableResult
    public func collect() -> Int {
        // Twice: what was retired at the current epoch is two steps away.
        if advance() { advance() }
        let epoch = globalEpoch.load(ordering: .acquiring)
        let (ready, bytes) = garbage.withLock { garbage -> ([RetiredObject], Int) in
            var end = garbage.first
            var bytes = 0
            while end < garbage.queue.count, garbage.queue[end].epoch + 2 <= epoch {
                bytes += garbage.queue[end].object.byteCount
                end += 1
            }
            let ready = garbage.queue[garbage.first..<end].map(\.object)
            garbage.first = end
            if garbage.first * 2 > garbage.queue.count {
                garbage.queue.removeFirst(garbage.first)
                garbage.first = 0
            }
            garbage.retiredBytes -= bytes
            garbage.destroyedObjects += ready.count
            return (ready, bytes)
        }
        // Outside the lock: a destructor may retire something itself.
        for object in ready { object.destroy(object.address) }
        return bytes
    }

    /// Runs `body` under a pin of its own, on a place taken for that time: what is reachable at its start stays whole
    /// until its end. A thread that reads often registers once instead.
    ///
    /// - Throws: `limitExceeded` when all places are taken, or what `body` throws.
    @inline(__always)
    func withPin<Result>(_ body: () throws(StrataError) -> Result) throws(StrataError) -> Result {
        var participant = try register()
        participant.pin()
        defer { participant.unpin() }
        return try body()
    }

    /// Bytes that are retired and not yet destroyed.
    public var retiredBytes: Int { garbage.withLock { $0.retiredBytes } }
    /// Objects destroyed since the manager was made.
    public var destroyedObjects: Int { garbage.withLock { $0.destroyedObjects } }
    /// How many epochs the oldest pin is behind; nil when nothing is pinned.
    public var oldestPinAge: UInt64? {
        let current = epoch
        return (0..<Self.maximumParticipants).compactMap { index -> UInt64? in
            let state = states.state(index).pointee.load(ordering: .acquiring)
            return state & 1 == 1 ? current &- min(state >> 1, current) : nil
        }.max()
    }

    fileprivate func publish(_ index: Int) {
        var current = globalEpoch.load(ordering: .relaxed)
        while true {
            _ = states.state(index).pointee.exchange(current << 1 | 1, ordering: .sequentiallyConsistent)
            let now = globalEpoch.load(ordering: .sequentiallyConsistent)
            if now == current { return }
            // The epoch moved between the two: a pin at an old epoch would hold everybody up.
            current = now
        }
    }

    fileprivate func unpublish(_ index: Int) { states.state(index).pointee.store(0, ordering: .releasing) }
    fileprivate func deregister(_ index: Int) { states.release(index) }
}

/// A thread's place in an ``EpochManager``. Used by one thread at a time.
public struct EpochParticipant: ~Copyable, Sendable {
    public let manager: EpochManager
    private let index: Int
    private var depth = 0

    fileprivate init(manager: EpochManager, index: Int) {
        self.manager = manager
        self.index = index
    }

    deinit { manager.deregister(index) }

    /// Whether at least one pin is held.
    public var isPinned: Bool { depth > 0 }

    /// Holds everything that is reachable now, until the matching ``unpin()``. Pins nest; only the outermost one counts.
    public mutating func pin() {
        if depth == 0 { manager.publish(index) }
        depth += 1
    }

    /// Ends the innermost pin.
    ///
    /// - Precondition: a pin is held.
    public mutating func unpin() {
        precondition(depth > 0, "unpin without a pin")
        depth -= 1
        if depth == 0 { manager.unpublish(index) }
    }
}

/// The participants' states, each alone on its cache lines.
///
/// Invariant: the memory holds `count` places of `stride` bytes, each an initialised state and, eight bytes on, an
/// initialised mark of being taken.
private struct ParticipantTable: ~Copyable, @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    private let stride: Int

    init(count: Int, stride: Int) {
        self.stride = stride
        memory = .allocate(byteCount: count * stride, alignment: stride)
        for index in 0..<count {
            (memory + index * stride).bindMemory(to: Atomic<UInt64>.self, capacity: 2)
                .initialize(to: Atomic(0))
            (memory + index * stride + 8).assumingMemoryBound(to: Atomic<UInt64>.self).initialize(to: Atomic(0))
        }
    }

    // Atomics of integers are trivial: nothing to deinitialise.
    deinit { memory.deallocate() }

    /// The state of a place, in the memory that the table owns.
    func state(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (memory + index * stride).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    func claim(_ index: Int) -> Bool {
        (state(index) + 1).pointee
            .compareExchange(expected: 0, desired: 1, ordering: .acquiringAndReleasing).exchanged
    }

    func release(_ index: Int) {
        state(index).pointee.store(0, ordering: .releasing)
        (state(index) + 1).pointee.store(0, ordering: .releasing)
    }
}
