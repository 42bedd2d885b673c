import CStrata
import Glibc
import Synchronization

/// The sealed bags of an ``EpochManager``, in order of their epochs, and the bag that threads without a place share.
///
/// Everything but the counters is reached under the manager's lock. A bag goes from `waiting` to `ready` when no reader
/// can see its objects any more; who takes it from there owns it.
struct GarbageQueue: ~Copyable {
    /// Emptied bags that are kept for later ones: 512 KiB.
    private static let mostEmptyBags = 256
    /// Whoever seals a bag collects after so many objects or bytes. Large enough that a membarrier is a small part of
    /// the time that the objects took, small enough that their memory comes back while it is in the cache.
    static let objectStep = 1_024
    static let byteStep = 1 << 20

    private var waiting = GarbageBagList()
    private var ready = GarbageBagList()
    private var empty = GarbageBagList()
    private var shared: UnsafeMutablePointer<GarbageBag>?
    /// Bags sealed so far.
    private var sequence: UInt64 = 0
    private var objectsSinceStep = 0
    private var bytesSinceStep = 0
    /// Bytes in `ready`.
    private var readyBytes = 0
    /// Bytes of garbage at which a collection that could not get below the limit is tried again.
    private var retryBytes = 0

    /// Bytes retired and not yet destroyed, those in unsealed bags of participants apart. Written under the lock.
    let pendingBytes = Atomic<Int>(0)
    /// Bags that exist, with objects or without. Written under the lock.
    let bagCount = Atomic<Int>(0)
    /// Objects destroyed so far. Written under the lock.
    let destroyedObjects = Atomic<Int>(0)

    /// Bags that are ready to be emptied.
    var readyCount: Int { ready.count }
    /// Whether any bag waits for readers; the shared one counts when it holds something.
    var isWaiting: Bool { waiting.head != nil || shared.map { !$0.isEmpty } == true }
    /// Bytes that readers hold back, or that nobody has tried to collect yet.
    var heldBytes: Int { pendingBytes.load(ordering: .relaxed) - readyBytes }

    /// Puts a bag in that no participant adds to any more.
    mutating func seal(
        _ bag: UnsafeMutablePointer<GarbageBag>, isCounted: Bool = false, epoch: borrowing Atomic<UInt64>
    ) {
        sequence += 1
        bag.pointee.sequence = sequence
        // After the fence: see "Why an epoch is enough" in EpochManager.swift. Under the lock: epochs in the queue never
        // go down.
        strata_full_fence()
        bag.pointee.epoch = epoch.load(ordering: .sequentiallyConsistent)
        waiting.append(bag)
        objectsSinceStep += bag.pointee.count
        bytesSinceStep += bag.pointee.byteCount
        if !isCounted { addPending(bag.pointee.byteCount) }
    }

    /// Adds an object to the bag that everybody shares.
    mutating func add(_ entry: GarbageEntry, epoch: borrowing Atomic<UInt64>) {
        let bag = shared ?? takeEmpty()
        shared = bag
        (bag.entries + bag.pointee.count).initialize(to: entry)
        bag.pointee.count += 1
        bag.pointee.byteCount += entry.byteCount
        addPending(entry.byteCount)
        if bag.pointee.count == GarbageBag.capacity { sealShared(epoch: epoch) }
    }

    /// Seals the shared bag.
    ///
    /// - Returns: the number of the last sealed bag.
    @discardableResult
    mutating func sealShared(epoch: borrowing Atomic<UInt64>) -> UInt64 {
        if let bag = shared, !bag.isEmpty {
            shared = nil
            seal(bag, isCounted: true, epoch: epoch)
        }
        return sequence
    }

    /// Whether it is time to collect: enough came since the last collection, or the limit is passed.
    func isDue(limit: Int?) -> Bool {
        objectsSinceStep >= Self.objectStep || bytesSinceStep >= Self.byteStep || isRetryDue(limit: limit)
    }

    /// Whether the limit is passed, and by more than when a collection last could not help.
    func isRetryDue(limit: Int?) -> Bool {
        guard let limit else { return false }
        return pendingBytes.load(ordering: .relaxed) > max(limit, retryBytes)
    }

    /// Begins a collection.
    mutating func startStep() {
        objectsSinceStep = 0
        bytesSinceStep = 0
    }

    /// Moves the bags up to number `last` that were sealed before `epoch` to those that may be emptied.
    mutating func makeReady(through last: UInt64, before epoch: UInt64, limit: Int?) {
        // Numbers and epochs only rise along the list.
        while let bag = waiting.head, bag.pointee.sequence <= last, bag.pointee.epoch < epoch {
            ready.append(waiting.popFirst()!)
            readyBytes += bag.pointee.byteCount
        }
        // A sixteenth more garbage than the readers hold back now is worth another try.
        if let limit { retryBytes = heldBytes > limit ? heldBytes + limit / 16 : 0 }
    }

    /// Takes a bag that may be emptied.
    mutating func takeReady() -> UnsafeMutablePointer<GarbageBag>? {
        guard let bag = ready.popFirst() else { return nil }
        readyBytes -= bag.pointee.byteCount
        return bag
    }

    /// Takes back a bag of which `objects` with `bytes` were destroyed.
    mutating func takeBack(_ bag: UnsafeMutablePointer<GarbageBag>, objects: Int, bytes: Int) {
        addPending(-bytes)
        destroyedObjects.store(destroyedObjects.load(ordering: .relaxed) + objects, ordering: .relaxed)
        if !bag.isEmpty {
            ready.prepend(bag)
            readyBytes += bag.pointee.byteCount
        } else if empty.count < Self.mostEmptyBags {
            bag.initialize(to: GarbageBag())
            empty.prepend(bag)
        } else {
            release(bag)
        }
    }

    /// An empty bag, a used one when there is one.
    mutating func takeEmpty() -> UnsafeMutablePointer<GarbageBag> {
        if let bag = empty.popFirst() { return bag }
        countBags(1)
        return GarbageBag.make()
    }

    /// Makes everything ready that was sealed, when no reader is left at all.
    mutating func makeAllReady(epoch: borrowing Atomic<UInt64>) {
        let last = sealShared(epoch: epoch)
        makeReady(through: last, before: .max, limit: nil)
    }

    /// Gives the memory of empty bags back.
    ///
    /// - Returns: how many there were.
    @discardableResult
    mutating func freeEmpty() -> Int {
        let before = bagCount.load(ordering: .relaxed)
        while let bag = empty.popFirst() { release(bag) }
        if let bag = shared, bag.isEmpty {
            release(bag)
            shared = nil
        }
        return before - bagCount.load(ordering: .relaxed)
    }

    private func release(_ bag: UnsafeMutablePointer<GarbageBag>) {
        countBags(-1)
        free(bag)
    }

    private func countBags(_ change: Int) {
        bagCount.store(bagCount.load(ordering: .relaxed) + change, ordering: .relaxed)
    }

    private func addPending(_ bytes: Int) {
        pendingBytes.store(pendingBytes.load(ordering: .relaxed) + bytes, ordering: .relaxed)
    }
}
