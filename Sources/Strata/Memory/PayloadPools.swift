import Synchronization

/// The payload memory of the strategy `pool`: blocks of a ``SizeClassPool``, each given back by itself.
///
/// What is retired goes through the epochs in batches and comes back to the writer, which frees it through its own
/// heap, without a lock. Payloads that are left in sparse slabs are moved to a fresh pool, one by one; the old pool
/// then goes as a whole, so what is given back to it meanwhile is not freed by itself.
///
/// Invariant: a payload's area is the low half of the number of the pool that it is from; only the last two pools have
/// any, and the older one only during an evacuation.
struct PayloadPools: ~Copyable {
    private var heap: PoolHeap
    /// Counts the pools.
    private var number = 0
    /// The pool that is being evacuated, what it holds, and the bytes of its payloads that are still live.
    private var old: SizeClassPool?
    private var oldPoolBytes = 0
    private var oldLiveBytes = 0
    /// Bytes of pools that went to the epochs, ever; the limbo knows how many came back.
    private var retiredPoolBytes = 0
    private var limbo = PayloadLimbo()
    /// Backed bytes at the last look, and what was freed since: looking takes a while.
    private(set) var knownCommittedBytes = 0
    private var freedSinceLook = 0

    /// Bytes that are freed between two looks.
    private static var lookStep: Int { 256 << 10 }

    init() { heap = SizeClassPool().makeHeap() }

    /// Uninitialised memory for a payload.
    ///
    /// - Returns: the address, and the number of the area.
    /// - Throws: `limitExceeded`; everything is as before then.
    /// - Complexity: O(1) amortised.
    @inline(__always)
    mutating func allocate(
        byteCount: Int
    ) throws(StrataError) -> (address: UnsafeMutableRawPointer, area: Int) {
        if limbo.hasReturned { takeBack() }
        return (try heap.allocate(byteCount: byteCount), number & 0xFFFF)
    }

    /// Gives back a payload that readers may still see.
    mutating func retire(_ payload: Payload, area: Int, in epochs: EpochManager) {
        freedSinceLook += payload.byteCount
        if freedSinceLook >= Self.lookStep { look() }
        guard area == number & 0xFFFF else {
            oldLiveBytes -= payload.byteCount
            return
        }
        limbo.add(payload, pool: number, in: epochs)
    }

    /// Frees a payload that no reader has ever seen.
    mutating func free(_ payload: Payload, area: Int) {
        guard area == number & 0xFFFF else {
            oldLiveBytes -= payload.byteCount
            return
        }
        heap.free(payload.base, byteCount: payload.byteCount)
    }

    /// Frees what came back from the epochs.
    mutating func settle() {
        guard limbo.hasReturned else { return }
        takeBack()
        look()
    }

    /// Hands everything that was retired to the epochs.
    mutating func handOver(to epochs: EpochManager) { limbo.seal(in: epochs) }

    @inline(never)
    private mutating func takeBack() {
        limbo.takeReturned { payload, pool in
            // What is from an older pool went, or goes, with it.
            if pool == number { heap.free(payload.base, byteCount: payload.byteCount) }
        }
    }

    // MARK: Evacuation

    @inline(__always)
    func isVictim(_ area: Int) -> Bool { old != nil && area != number & 0xFFFF }

    /// Whether payloads are being moved to the current pool.
    var isEvacuating: Bool { old != nil }

    /// Makes a fresh pool for new payloads. Those of the current one are to be moved there.
    ///
    /// - Parameter liveBytes: those of the current pool's payloads.
    mutating func beginEvacuation(liveBytes: Int, in epochs: EpochManager) {
        precondition(old == nil, "a third pool would have the number of the first")
        limbo.seal(in: epochs)
        settle()
        old = heap.pool
        oldPoolBytes = heap.pool.statistics.reservedBytes
        oldLiveBytes = liveBytes
        number += 1
        heap = SizeClassPool().makeHeap()
    }

    /// Lets the old pool go when no reader can see a payload there, if all of them were moved out.
    ///
    /// - Returns: whether all of them were.
    mutating func endEvacuation(in epochs: EpochManager) -> Bool {
        guard let pool = old, oldLiveBytes == 0 else { return old == nil }
        old = nil
        let bytes = Swift.max(0, oldPoolBytes - limbo.sealedBytes)
        retiredPoolBytes += oldPoolBytes
        let freed = limbo.makeNote(ofPoolBytes: oldPoolBytes)
        epochs.retire(
            RetiredObject(address: UInt(bitPattern: Unmanaged.passRetained(pool).toOpaque()), byteCount: bytes) {
                Unmanaged<SizeClassPool>.fromOpaque(UnsafeRawPointer(bitPattern: $0)!).release()
                freed()
            })
        oldPoolBytes = 0
        return true
    }

    /// Gives back what the pool holds for nobody.
    mutating func trim() {
        heap.flush()
        heap.pool.trim()
    }

    // MARK: Figures

    /// What a pool with its one heap holds beside spans: a record, the heap's shelf and that of slabs without a heap.
    private static let fixedBytes = PoolHeapRecord.byteCount + 2 * SlabShelf.byteCount

    /// Bytes held from the process's allocator, garbage that is with the epochs not counted.
    var reservedBytes: Int {
        heap.pool.heldBytes + oldPoolBytes + limbo.reservedBytes - limbo.sealedBytes + Self.fixedBytes
    }

    /// Bytes held from the process's allocator.
    @inline(__always)
    var poolBytes: Int {
        heap.pool.heldBytes &+ oldPoolBytes &+ retiredPoolBytes &- limbo.freedPoolBytes &+ limbo.reservedBytes
            &+ Self.fixedBytes
    }

    /// Bytes of spans that have no memory behind them.
    var untouchedBytes: Int {
        let statistics = heap.pool.statistics
        return Swift.max(0, statistics.reservedBytes - statistics.committedBytes)
    }

    /// What the allocator adds to the spans.
    var addedBytes: Int {
        heap.pool.depot.pointee.addedBytes.load(ordering: .relaxed)
            + (old?.depot.pointee.addedBytes.load(ordering: .relaxed) ?? 0)
    }

    /// Finds out what is backed by memory, garbage not counted.
    mutating func look() {
        freedSinceLook = 0
        knownCommittedBytes =
            heap.pool.statistics.committedBytes + (old?.statistics.committedBytes ?? 0)
            - limbo.sealedBytes - limbo.unsealedBytes
    }

    /// Bytes of payloads that wait in a batch that the epochs do not know yet.
    var unsealedBytes: Int { limbo.unsealedBytes }
}

extension SizeClassPool {
    /// Bytes held from `malloc`: one load.
    @inline(__always)
    fileprivate var heldBytes: Int { depot.pointee.reservedBytes.load(ordering: .relaxed) }
}

/// Retired payloads of a pool on their way through the epochs and back to the writer, in batches.
///
/// A batch is a block of words: the next batch, the number of payloads, the pool's number, the bytes, then addresses.
/// It is with the writer, filling or spare; with the epochs as one retired object; or, when no reader can see any of
/// its payloads, in the list of those that came back, which the retired objects hold as well.
struct PayloadLimbo: ~Copyable {
    private static var batchCapacity: Int { 60 }
    private static var batchBytes: Int { (4 + batchCapacity) * 8 }
    /// A batch of large payloads is handed over before it is full.
    private static var batchByteLimit: Int { 256 << 10 }

    private let returns = PayloadReturns()
    private var filling: UnsafeMutablePointer<UInt>?
    private var spare: [UnsafeMutablePointer<UInt>] = []
    private var batches = 0
    /// Bytes handed to the epochs, ever.
    private var handedBytes = 0

    deinit {
        filling?.deallocate()
        for batch in spare { batch.deallocate() }
    }

    var reservedBytes: Int { batches * Self.batchBytes }
    var unsealedBytes: Int { filling.map { Int($0[3]) } ?? 0 }
    /// Bytes that are with the epochs.
    var sealedBytes: Int { handedBytes - returns.bytes }
    var hasReturned: Bool { !returns.isEmpty }
    /// Bytes of whole pools that were freed, ever.
    var freedPoolBytes: Int { returns.freedPoolBytes.load(ordering: .relaxed) }

    /// What notes that a whole pool was freed.
    func makeNote(ofPoolBytes bytes: Int) -> @Sendable () -> Void {
        let returns = returns
        return { returns.freedPoolBytes.add(bytes, ordering: .relaxed) }
    }

    mutating func add(_ payload: Payload, pool: Int, in epochs: EpochManager) {
        if let batch = filling, batch[2] != UInt(pool) { seal(in: epochs) }
        let batch = filling ?? takeSpare(pool)
        filling = batch
        let count = Int(batch[1])
        batch[4 + count] = UInt(bitPattern: payload.base)
        batch[1] = UInt(count + 1)
        batch[3] += UInt(payload.byteCount)
        if count + 1 == Self.batchCapacity || batch[3] >= UInt(Self.batchByteLimit) { seal(in: epochs) }
    }

    /// Hands the batch that is being filled to the epochs.
    mutating func seal(in epochs: EpochManager) {
        guard let batch = filling else { return }
        filling = nil
        handedBytes += Int(batch[3])
        let returns = returns
        epochs.retire(
            RetiredObject(address: UInt(bitPattern: batch), byteCount: Int(batch[3])) { address in
                returns.push(UnsafeMutablePointer(bitPattern: address)!)
            })
    }

    /// Takes the batches that came back, and calls `body` with each payload and the number of its pool.
    mutating func takeReturned(_ body: (Payload, Int) -> Void) {
        var next = returns.takeAll()
        while let batch = next {
            next = UnsafeMutablePointer(bitPattern: batch[0])
            for place in 0..<Int(batch[1]) {
                body(Payload(at: UnsafeMutableRawPointer(bitPattern: batch[4 + place])!), Int(batch[2]))
            }
            spare.append(batch)
        }
    }

    private mutating func takeSpare(_ pool: Int) -> UnsafeMutablePointer<UInt> {
        let batch: UnsafeMutablePointer<UInt>
        if let last = spare.popLast() {
            batch = last
        } else {
            batch = .allocate(capacity: Self.batchBytes / 8)
            batch.initialize(repeating: 0, count: Self.batchBytes / 8)
            batches += 1
        }
        (batch[0], batch[1], batch[2], batch[3]) = (0, 0, UInt(pool), 0)
        return batch
    }
}

/// The batches that came back: any thread that collects puts one in, the writer takes all (Treiber, "Systems
/// programming: coping with parallelism", 1986; taking all at once leaves no room for a head that comes back with
/// another tail).
private final class PayloadReturns: Sendable {
    private let head = Atomic<UInt>(0)
    /// Bytes of the batches that came back, ever.
    private let returnedBytes = Atomic<Int>(0)
    let freedPoolBytes = Atomic<Int>(0)

    var bytes: Int { returnedBytes.load(ordering: .relaxed) }

    deinit {
        var next = takeAll()
        while let batch = next {
            next = UnsafeMutablePointer(bitPattern: batch[0])
            batch.deallocate()
        }
    }

    var isEmpty: Bool { head.load(ordering: .relaxed) == 0 }

    func push(_ batch: UnsafeMutablePointer<UInt>) {
        returnedBytes.add(Int(batch[3]), ordering: .relaxed)
        var first = head.load(ordering: .relaxed)
        while true {
            batch[0] = first
            // Releasing: that no reader is left is known to the writer that takes the batch.
            let (exchanged, found) = head.compareExchange(
                expected: first, desired: UInt(bitPattern: batch), ordering: .releasing)
            if exchanged { return }
            first = found
        }
    }

    func takeAll() -> UnsafeMutablePointer<UInt>? {
        UnsafeMutablePointer(bitPattern: head.exchange(0, ordering: .acquiring))
    }
}
