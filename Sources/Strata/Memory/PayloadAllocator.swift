import Glibc

/// The memory of payloads (property rows, relationship lists) under one ``AllocationStrategy``, counted.
///
/// A payload that readers may see is *retired*: with `direct` and `pool` it is freed when no pinned reader can see it,
/// with `bump` its bytes are counted as dead and go with their area. One that was never published is freed at once.
///
/// Areas take their chunks from the budget, and pools are charged for theirs. Single blocks would make the budget the
/// busiest line of the store: they are paid from a credit, which is taken in pieces of ``creditStep``, and is settled
/// with what blocks and garbage really hold when it is used up.
///
/// Invariant: with `direct`, the charge less the credit is at least what live blocks and those retired before
/// the last settlement hold.
struct PayloadAllocator: ~Copyable {
    let strategy: AllocationStrategy
    private var areas: PayloadAreas
    /// This allocator's own, with `pool`.
    private let pools: UnsafeMutablePointer<PayloadPools>?
    /// What payloads and records did; the records are counted here so that the peak is that of both.
    private(set) var meter = MemoryMeter()
    /// Bytes of payloads handed out and not given back.
    private(set) var liveBytes = 0
    /// Bytes that the live blocks of `direct` take from the allocator.
    private var blockBytes = 0
    /// The largest block that there ever was, but with `bump`.
    private var largestBlockBytes = 0
    private var charge: MemoryCharge
    private let budget: MemoryBudget?
    private var credit = 0
    /// Single blocks retired so far.
    private(set) var retiredObjects = 0
    /// What finds entries in the long lists among the payloads.
    var indexes: ListIndexes
    private let blockHeader = HeapBlock.headerByteCount

    /// What is taken from the budget at once for single blocks, in bytes.
    private static let creditStep = 64 << 10

    init(strategy: AllocationStrategy, byteLimit: Int?, budget: MemoryBudget? = nil) {
        self.strategy = strategy
        areas = PayloadAreas(byteLimit: byteLimit, budget: budget?.ledger)
        pools = strategy == .pool ? .allocate(capacity: 1) : nil
        pools?.initialize(to: PayloadPools())
        charge = MemoryCharge(budget)
        indexes = ListIndexes(budget: budget)
        self.budget = budget
    }

    deinit {
        pools?.deinitialize(count: 1)
        pools?.deallocate()
    }

    /// A payload in memory that nobody else knows, with room for `capacity` entries; the first `count` are to be
    /// written.
    ///
    /// - Parameters:
    ///   - slot: that of the record which it is for.
    ///   - epochs: where blocks wait after their release: they are counted until they are freed.
    ///   - generation: where it stands with `bump`.
    /// - Throws: `limitExceeded` when the budget or the allocator's memory is exhausted; nothing has changed then.
    /// - Complexity: O(1) amortised.
    mutating func allocate(
        capacity: Int, count: Int, owner slot: UInt32, _ epochs: EpochManager,
        _ generation: PayloadAreas.Generation = .young
    ) throws(StrataError) -> PayloadWord {
        let word = try take(capacity: capacity, count: count, owner: slot, epochs, generation)
        meter.allocated(Payload.byteCount(capacity: capacity))
        return word
    }

    /// Memory that the meter does not count.
    @inline(__always)
    private mutating func take(
        capacity: Int, count: Int, owner slot: UInt32, _ epochs: EpochManager, _ generation: PayloadAreas.Generation
    ) throws(StrataError) -> PayloadWord {
        let byteCount = Payload.byteCount(capacity: capacity)
        let address: UnsafeMutableRawPointer
        var area = 0
        switch strategy {
        case .bump:
            (address, area) = try areas.allocate(byteCount: byteCount, owner: slot, generation, epochs)
            // The logs come beside what the areas take themselves.
            if areas.logBytes != charge.byteCount { charge.settle(at: areas.logBytes) }
        case .direct:
            guard let memory = malloc(byteCount) else {
                throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: errno)
            }
            let block = HeapBlock.usableByteCount(of: memory) + blockHeader
            if block > credit {
                do throws(StrataError) { try refill(block, epochs) } catch {
                    Glibc.free(memory)
                    throw error
                }
            }
            credit -= block
            blockBytes += block
            largestBlockBytes = Swift.max(largestBlockBytes, block)
            address = memory
        case .pool:
            (address, area) = try pools!.pointee.allocate(byteCount: byteCount)
            largestBlockBytes = Swift.max(largestBlockBytes, byteCount)
            let held = pools!.pointee.poolBytes
            if held > charge.byteCount {
                // The pool has taken more from the allocator; most of it has not been touched yet.
                do throws(StrataError) { try charge.grow(by: held - charge.byteCount) } catch {
                    pools!.pointee.free(Payload(initializing: address, capacity: capacity, count: count), area: area)
                    pools!.pointee.trim()
                    settle(epochs)
                    throw error
                }
            }
        }
        liveBytes += byteCount
        return PayloadWord(Payload(initializing: address, capacity: capacity, count: count), area: area)
    }

    @inline(never)
    private mutating func refill(_ byteCount: Int, _ epochs: EpochManager) throws(StrataError) {
        settle(epochs)
        guard byteCount > credit else { return }
        let missing = byteCount - credit
        // Near the limit the last bytes are taken one block at a time.
        do throws(StrataError) {
            try charge.grow(by: missing + Self.creditStep)
            credit += missing + Self.creditStep
        } catch {
            try charge.grow(by: missing)
            credit += missing
        }
    }

    /// Has payloads freed that no reader can see any more, and gives the budget back what they had taken.
    mutating func settle(_ epochs: EpochManager) {
        if strategy == .bump { return charge.settle(at: areas.logBytes) }
        if let pools {
            // A pool's garbage is in the pool.
            pools.pointee.settle()
            return charge.settle(at: pools.pointee.poolBytes)
        }
        // Other parts keep the books of what they retired.
        let retired = Swift.max(0, epochs.retiredBytes - (budget?.ledger.retiredBytes ?? 0))
        let held = blockBytes + retired
        charge.settle(at: Swift.max(Swift.min(charge.byteCount, held + Self.creditStep), held))
        credit = charge.byteCount - held
    }

    // MARK: Giving back

    /// Gives back a payload that new readers do not find any more.
    mutating func retire(_ word: PayloadWord, in epochs: EpochManager) {
        guard let payload = word.payload else { return }
        meter.freed(payload.byteCount)
        giveBack(payload, area: word.area, in: epochs)
    }

    /// Retires memory, which the meter does not count.
    private mutating func giveBack(_ payload: Payload, area: Int, in epochs: EpochManager) {
        let byteCount = payload.byteCount
        liveBytes -= byteCount
        // A row that is as long is looked for in vain.
        if payload.capacity >= indexes.leastLength { indexes.drop(payload) }
        switch strategy {
        case .bump: areas.free(byteCount: byteCount, in: area, epochs)
        case .pool: pools!.pointee.retire(payload, area: area, in: epochs)
        case .direct:
            let block = HeapBlock.usableByteCount(of: payload.base) + blockHeader
            blockBytes -= block
            retiredObjects += 1
            epochs.retire(UInt(bitPattern: payload.base), byteCount: block) { address in
                Glibc.free(UnsafeMutableRawPointer(bitPattern: address))
            }
        }
    }

    /// Frees a payload that was never published: no reader can hold it, so nothing waits.
    mutating func free(_ word: PayloadWord, in epochs: EpochManager) {
        guard let payload = word.payload else { return }
        let byteCount = payload.byteCount
        meter.freed(byteCount)
        liveBytes -= byteCount
        switch strategy {
        case .bump: areas.free(byteCount: byteCount, in: word.area, epochs)
        case .pool: pools!.pointee.free(payload, area: word.area)
        case .direct:
            let block = HeapBlock.usableByteCount(of: payload.base) + blockHeader
            blockBytes -= block
            credit += block
            Glibc.free(payload.base)
        }
    }

    /// Frees a payload of a `direct` allocator at once, when its owner goes.
    static func free(_ word: PayloadWord) { if let payload = word.payload { Glibc.free(payload.base) } }

    // MARK: Evacuation

    /// Whether a payload has to be moved out of where it is.
    @inline(__always)
    func isVictim(_ word: PayloadWord) -> Bool {
        switch strategy {
        case .direct: false
        case .bump: areas.isVictim(word.area)
        case .pool: pools!.pointee.isVictim(word.area)
        }
    }

    /// An area that leaves its youth, much of which is dead, becomes a victim.
    ///
    /// - Returns: the slots of those whose payloads are there, and maybe others; nil when there is no such area.
    mutating func nextAged() -> [UInt32]? { areas.nextAged() }

    /// Whether ``nextAged()`` has something.
    @inline(__always)
    var hasAged: Bool { areas.hasAged }

    /// Chooses what is to be moved out: areas of which at least a share is dead, or the whole pool.
    mutating func beginEvacuation(deadShare: Double, _ epochs: EpochManager) {
        switch strategy {
        case .direct: break
        case .bump: areas.markVictims(deadShare: deadShare, epochs)
        case .pool:
            if !pools!.pointee.isEvacuating { pools!.pointee.beginEvacuation(liveBytes: liveBytes, in: epochs) }
        }
    }

    /// Ends an evacuation. What could not be moved out stays where it is; a pool stays to be evacuated.
    mutating func endEvacuation(_ epochs: EpochManager) {
        switch strategy {
        case .direct: break
        case .bump: areas.unmarkVictims()
        case .pool: _ = pools!.pointee.endEvacuation(in: epochs)
        }
    }

    /// Moves the entries of a payload that are not holes into memory of just their size, away from the victims.
    ///
    /// - Parameter isList: whether there may be holes.
    /// - Returns: the copy, or `none` when nothing is left; the old payload is still to be retired by
    ///   ``retireMoved(_:_:_:)``.
    /// - Throws: `limitExceeded`.
    mutating func copy(
        _ payload: Payload, isList: Bool, owner slot: UInt32, _ epochs: EpochManager
    ) throws(StrataError) -> PayloadWord {
        let count = payload.count
        var live = count
        if isList { for index in 0..<count where payload[word: index] == Relationship.hole { live -= 1 } }
        guard live > 0 else { return .none }
        // Moving is no new use of memory by the store: the meter does not see it.
        let word = try take(capacity: live, count: live, owner: slot, epochs, .old)
        let copy = word.payload!
        var place = 0
        for index in 0..<count {
            let entry = payload[word: index]
            guard !isList || entry != Relationship.hole else { continue }
            copy[word: place] = entry
            place += 1
        }
        return word
    }

    /// Retires a payload that was moved. Room that the copy no longer has counts as given back.
    mutating func retireMoved(_ old: PayloadWord, to new: PayloadWord, _ epochs: EpochManager) {
        let payload = old.payload!
        meter.freed(bytesOnly: payload.byteCount - (new.payload?.byteCount ?? 0))
        giveBack(payload, area: old.area, in: epochs)
    }

    // MARK: Figures

    /// Has ``deadBytes`` be exact.
    mutating func look() { pools?.pointee.look() }

    /// Bytes that are held for no live payload, and would not be after an evacuation; with `pool`, at the last look.
    @inline(__always)
    var deadBytes: Int {
        switch strategy {
        case .direct: 0
        case .bump: areas.deadBytes
        case .pool: Swift.max(0, pools!.pointee.knownCommittedBytes - liveBytes)
        }
    }

    /// ``deadBytes`` over what is handed out; 0 with `direct`.
    var deadShare: Double {
        let dead = deadBytes
        return dead == 0 ? 0 : Double(dead) / Double(dead + liveBytes)
    }

    /// Bytes held from the process's allocator, garbage that waits for readers not counted.
    var reservedBytes: Int {
        switch strategy {
        case .direct: blockBytes + indexes.byteCount
        case .bump: areas.reservedBytes + indexes.byteCount
        case .pool: pools!.pointee.reservedBytes + indexes.byteCount
        }
    }

    /// The most that ever was retired with one payload, or could have been.
    @inline(__always)
    var largestGarbageBytes: Int { strategy == .bump ? 2 * areas.greatestAreaBytes : largestBlockBytes }

    /// Bytes that wait for readers, or are dead among the living, once these payloads are retired.
    ///
    /// - Complexity: O(payloads).
    func garbageBytes(retiring words: [PayloadWord]) -> Int {
        switch strategy {
        case .bump: areas.garbageBytes(freeing: words)
        case .pool: words.reduce(0) { $0 + ($1.payload?.byteCount ?? 0) }
        case .direct:
            words.reduce(0) { bytes, word in
                guard let payload = word.payload else { return bytes }
                return bytes + HeapBlock.usableByteCount(of: payload.base) + blockHeader
            }
        }
    }

    /// Retired bytes that the epochs do not know of yet.
    var unsealedBytes: Int { pools?.pointee.unsealedBytes ?? 0 }

    /// Hands everything that was retired to the epochs.
    mutating func handOver(to epochs: EpochManager) { pools?.pointee.handOver(to: epochs) }

    /// Bytes that were never handed out, and that have no memory behind them.
    var untouchedBytes: Int { pools?.pointee.untouchedBytes ?? areas.untouchedBytes }
    /// What the allocator adds to the spans of a pool.
    var addedBytes: Int { pools?.pointee.addedBytes ?? 0 }

    /// Counts a record that its owner has put in.
    mutating func recordInserted() { meter.allocated(GraphArena.recordBytes) }
    /// Counts a record that its owner has taken out.
    mutating func recordRemoved() { meter.freed(GraphArena.recordBytes) }
}
