import Glibc
import Synchronization

/// What an ``EpochManager`` and the threads that have a place with it hold together.
///
/// A manager owns its core; a thread that ends holds it for as long as it hands its garbage over. So the core goes after
/// both, and destroys what is left.
///
/// Invariant: `epoch` is initialised, alone on its cache lines. `queue` is reached under `lock`, its counters apart.
final class EpochCore: @unchecked Sendable {
    /// Objects destroyed between two looks at the clock, so that looking costs little and a budget is kept closely.
    private static let objectsPerLook = 32
    private static let lineByteCount = 128

    let places = ParticipantTable()
    /// Readers read it at each pin, and nobody writes near it but collectors.
    let epoch: UnsafeMutablePointer<Atomic<UInt64>>
    let usesMembarrier: Bool
    let garbageLimit: Int?
    private let lock = EpochLock()
    private let queue = OwnedBox(GarbageQueue())

    init(garbageLimit: Int?, usesMembarrier: Bool) {
        self.garbageLimit = garbageLimit
        self.usesMembarrier = usesMembarrier
        let line = UnsafeMutableRawPointer.allocate(byteCount: Self.lineByteCount, alignment: Self.lineByteCount)
        epoch = line.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        // 0 and 1 would serve as well; 2 is where the documented system starts.
        epoch.initialize(to: Atomic(2))
    }

    deinit {
        // No participant and no manager is left, and so no reader: everything may go.
        places.forEach { place in
            if place.back.pointee.bag != nil { seal(place) }
        }
        queue.value.makeAllReady(epoch: epoch.pointee)
        destroyReady()
        queue.value.freeEmpty()
        UnsafeMutableRawPointer(epoch).deallocate()
    }

    // MARK: Retiring

    /// Takes over an object through the bag that everybody shares.
    func retire(_ entry: GarbageEntry) {
        let isOverLimit = lock.withLock { () -> Bool in
            queue.value.add(entry, epoch: epoch.pointee)
            return queue.value.isRetryDue(limit: garbageLimit)
        }
        if isOverLimit { collect() }
    }

    /// Gives the owner of a place room for another object: an empty bag, after the full one was sealed.
    func makeRoom(_ place: EpochPlace) {
        if place.back.pointee.bag != nil { sealAndCollect(place) }
        // A destructor may have retired something through this very place meanwhile.
        guard place.back.pointee.next == place.back.pointee.end else { return }
        if place.back.pointee.bag != nil { seal(place) }
        let bag = lock.withLock { queue.value.takeEmpty() }
        place.back.pointee.bag = bag
        place.back.pointee.next = bag.entries
        place.back.pointee.end = bag.end
    }

    /// Seals a place's bag, and collects when enough has come together since it was last done.
    func sealAndCollect(_ place: EpochPlace) {
        seal(place)
        let isDue = lock.withLock { queue.value.isDue(limit: garbageLimit) }
        guard isDue else { return }
        step()
        // Twice what came: a backlog that a stalled reader left shrinks, and no single call pays for all of it.
        let isOverLimit = garbageLimit.map { queue.value.pendingBytes.load(ordering: .relaxed) > $0 } ?? false
        destroyReady(atMost: isOverLimit ? .max : 2 * GarbageQueue.objectStep)
    }

    /// Seals the bag of a place, for its owner, and leaves the place without one.
    func seal(_ place: EpochPlace) {
        guard let bag = place.back.pointee.bag else { return }
        bag.pointee.count = bag.entries.distance(to: place.back.pointee.next!)
        bag.pointee.byteCount = place.back.pointee.unsealedBytes.load(ordering: .relaxed)
        place.back.pointee.bag = nil
        place.back.pointee.next = nil
        place.back.pointee.end = nil
        lock.withLock {
            if bag.isEmpty {
                queue.value.takeBack(bag, objects: 0, bytes: 0)
            } else {
                queue.value.seal(bag, epoch: epoch.pointee)
            }
        }
        // Last, so that a sum of all bytes counts some twice rather than not at all.
        place.back.pointee.unsealedBytes.store(0, ordering: .relaxed)
    }

    /// Gives a place back: what its owner still held pinned is let go, and its garbage handed over.
    func release(_ place: EpochPlace) {
        place.unpublish()
        place.back.pointee.depth = 0
        seal(place)
        places.release(place)
    }

    // MARK: Collecting

    /// Finds out what no reader can see any more, and makes it ready to be destroyed. The argument is in
    /// EpochManager.swift, under "Collecting".
    func step() {
        let last = lock.withLock { () -> UInt64? in
            guard queue.value.isWaiting else { return nil }
            queue.value.startStep()
            return queue.value.sealShared(epoch: epoch.pointee)
        }
        guard let last else { return }
        // First of all, so that readers that pin from now on do not hold back what was sealed before.
        epoch.pointee.add(1, ordering: .sequentiallyConsistent)
        guard EpochBarrier.heavy(usesMembarrier: usesMembarrier) else { return }
        let oldest = places.oldestPin()?.epoch ?? .max
        lock.withLock { queue.value.makeReady(through: last, before: oldest, limit: garbageLimit) }
    }

    @discardableResult
    func collect() -> Int {
        step()
        return destroyReady()
    }

    /// Destroys what is ready, oldest first.
    ///
    /// - Parameters:
    ///   - limit: begin no further bag after so many objects.
    ///   - deadline: stop when ``now`` has come so far; at least ``objectsPerLook`` objects go in any case.
    /// - Returns: the bytes that were given back.
    @discardableResult
    func destroyReady(atMost limit: Int = .max, until deadline: UInt64? = nil) -> Int {
        var (allObjects, allBytes) = (0, 0)
        var isOver = false
        var bag = lock.withLock { queue.value.takeReady() }
        while let current = bag {
            var (objects, bytes) = (0, 0)
            // Outside the lock: a destructor may retire something itself.
            repeat {
                let done = current.destroy(atMost: deadline == nil ? .max : Self.objectsPerLook)
                objects += done.objects
                bytes += done.bytes
                if let deadline { isOver = Self.now >= deadline }
            } while !current.isEmpty && !isOver
            allObjects += objects
            allBytes += bytes
            let isLast = isOver || allObjects >= limit
            bag = lock.withLock {
                queue.value.takeBack(current, objects: objects, bytes: bytes)
                return isLast ? nil : queue.value.takeReady()
            }
        }
        return allBytes
    }

    /// Nanoseconds of a clock that only runs forward.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Destroys what is ready on several threads, the calling one among them.
    func destroyReady(threads: Int) -> Int {
        // A thread is worth its start when it has some thousand objects to destroy.
        let bags = lock.withLock { queue.value.readyCount }
        let helpers = max(0, min(threads, bags / 32) - 1)
        let work = Work(core: self)
        var handles: [pthread_t] = []
        for _ in 0..<helpers {
            var handle = pthread_t()
            let argument = Unmanaged.passRetained(work)
            let code = pthread_create(
                &handle, nil,
                { argument in
                    let work = Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue()
                    work.bytes.add(work.core.destroyReady(), ordering: .relaxed)
                    return nil
                }, argument.toOpaque())
            guard code == 0 else {
                // Then those that are there do it.
                argument.release()
                break
            }
            handles.append(handle)
        }
        let bytes = destroyReady()
        for handle in handles { pthread_join(handle, nil) }
        return bytes + work.bytes.load(ordering: .relaxed)
    }

    private final class Work: Sendable {
        let core: EpochCore
        let bytes = Atomic<Int>(0)
        init(core: EpochCore) { self.core = core }
    }

    // MARK: Figures

    var retiredBytes: Int { queue.value.pendingBytes.load(ordering: .relaxed) + unsealedBytes }

    /// Bytes in bags that participants are filling.
    private var unsealedBytes: Int {
        var bytes = 0
        places.forEach { bytes += $0.back.pointee.unsealedBytes.load(ordering: .relaxed) }
        return bytes
    }

    /// Bytes that the bags hold from the allocator.
    var bagBytes: Int { queue.value.bagCount.load(ordering: .relaxed) * GarbageBag.heldByteCount }

    /// Gives the memory of bags that hold nothing back.
    ///
    /// - Returns: the bytes given back.
    func releaseSpareBags() -> Int { lock.withLock { queue.value.freeEmpty() } * GarbageBag.heldByteCount }

    var destroyedObjects: Int { queue.value.destroyedObjects.load(ordering: .relaxed) }

    /// The oldest pin, when more garbage than `bytes` waits that it can hold back.
    func stall(above bytes: Int) -> EpochStall? {
        // Those that a collection found held, and those that no collection has seen yet.
        let held = lock.withLock { queue.value.heldBytes } + unsealedBytes
        let current = epoch.pointee.load(ordering: .acquiring)
        guard let pin = places.oldestPin(), pin.epoch < current, held > bytes else { return nil }
        return EpochStall(
            participant: pin.place.back.pointee.index,
            threadNumber: pin.place.front.pointee.thread.load(ordering: .relaxed), pinnedEpoch: pin.epoch,
            epochsBehind: current - pin.epoch, heldBytes: held, garbageLimit: garbageLimit)
    }
}
