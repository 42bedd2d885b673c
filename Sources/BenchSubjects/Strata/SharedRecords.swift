import BenchDriver
import BenchResults
import BenchWorkload
import Glibc
import Strata
import Synchronization

/// Records that readers follow under an epoch while one writer replaces them: what phases with roles are done to.
///
/// A record is one block: the entity's answer, its relationships and its properties. The table holds an address for each
/// entity. A reader pins the epoch, loads the address and reads the block; the writer makes a changed copy, swaps the
/// address and retires the old block, which goes when no pin is older than the swap. Blocks come from the process's
/// allocator (`direct`), from a pool (`pool`) or from an arena that is copied and retired as a whole when half of it is dead (`bump`).
final class SharedRecords: @unchecked Sendable {
    // Addresses are reached through atomics; `arena`, `deadBytes` and the highest figures are the writer's alone.

    /// What stands at the start of a block; relationships follow, then properties.
    private struct Header: BitwiseCopyable {
        var answer: UInt64
        var relationshipCount: UInt32
        var propertyCount: UInt32
        var byteCount: Int { 16 + Int(relationshipCount) * 8 + Int(propertyCount) * 8 }
    }

    /// The writer looks at what waits after so many retired bytes.
    private static let lookStep = 64 << 10
    private static let leastDeadBytes = 1 << 20

    private let epochs: EpochManager
    private let count: Int
    private let addresses: UnsafeMutablePointer<Atomic<UInt>>
    private let strategy: AllocationStrategy
    private var arena: UnsafeMutablePointer<BumpArena>
    /// Blocks of the strategy `pool`; the heap is the writer's.
    private let pool = SizeClassPool()
    private var heap: PoolHeap
    private var deadBytes = 0
    private var retiredSinceLook = 0
    private var mostRetiredBytes = 0
    /// Updates that were refused because too much garbage waited.
    private(set) var refusedUpdates = 0
    /// The oldest pin that the writer saw, in epochs.
    private(set) var oldestPinAge: UInt64 = 0
    private let readers: EpochParticipants

    /// Copies of the engine's entities `0 ..< count`.
    ///
    /// - Parameters:
    ///   - threads: how many threads will read.
    ///   - garbageLimit: the most bytes that may wait for readers; 0 for no limit.
    init(
        of engine: KnowledgeEngine, count: Int, threads: Int, strategy: AllocationStrategy, garbageLimit: Int
    ) throws(StrataError) {
        heap = pool.makeHeap()
        epochs = EpochManager(garbageLimit: garbageLimit > 0 ? garbageLimit : nil)
        readers = try EpochParticipants(epochs, count: threads)
        self.count = count
        self.strategy = strategy
        arena = Self.makeArena()
        addresses = .allocate(capacity: max(1, count))
        for index in 0..<count { (addresses + index).initialize(to: Atomic(0)) }
        for id in 0..<UInt32(count) {
            guard let entity = engine.entity(id) else { continue }
            try load(entity, id, engine)
        }
    }

    deinit {
        // What an arena or the pool handed out goes with it.
        if strategy == .direct {
            for index in 0..<count { free(UnsafeMutableRawPointer(bitPattern: address(index))) }
        }
        Self.drop(UInt(bitPattern: arena))
        addresses.deallocate()
    }

    private func load(_ entity: EntityData, _ id: UInt32, _ engine: KnowledgeEngine) throws(StrataError) {
        var relationships: [Relationship] = []
        try engine.forEachRelationship(of: id) { relationships.append($0) }
        var properties: [InternedProperty] = []
        try engine.withProperties(of: id) { row in for index in row.indices { properties.append(row[index]) } }
        let header = Header(
            answer: AnswerHash.entity(
                id: id, type: AnswerHash.text(engine.utf8(of: entity.type)), degree: entity.degree),
            relationshipCount: UInt32(relationships.count), propertyCount: UInt32(properties.count))
        let block = try take(header.byteCount)
        block.storeBytes(of: header, as: Header.self)
        for (place, relationship) in relationships.enumerated() {
            (block + 16 + place * 8).storeBytes(of: relationship, as: Relationship.self)
        }
        for (place, property) in properties.enumerated() {
            (block + 16 + relationships.count * 8 + place * 8).storeBytes(of: property, as: InternedProperty.self)
        }
        (addresses + Int(id)).pointee.store(UInt(bitPattern: block), ordering: .releasing)
    }

    /// The most retired bytes that waited for readers at once.
    var highestRetiredBytes: Int { max(mostRetiredBytes, garbageBytes) }

    /// How far that was above the limit; nil without one.
    var highestRetiredBytesOverLimit: Int? { epochs.garbageLimit.map { max(0, highestRetiredBytes - $0) } }

    /// What waits: what is retired, and what is dead in the arena and goes with it as a whole.
    private var garbageBytes: Int { epochs.retiredBytes + deadBytes }

    // MARK: Reading

    /// What a get answers.
    func get(_ id: UInt32, thread: Int) -> UInt64 {
        read(id, thread) { header, _ in header.answer }
    }

    /// What a reader answers that comes for one call: it registers, reads all entities under one pin, and goes.
    func visit(_ ids: Span<UInt32>) throws(StrataError) -> UInt64 {
        var participant = try epochs.register()
        participant.pin()
        var sum: UInt64 = 0
        for place in ids.indices {
            let answer = block(ids[place])?.load(as: Header.self).answer ?? AnswerHash.absent
            sum &+= AnswerHash.fold(UInt64(place), answer)
        }
        participant.unpin()
        return sum
    }

    /// What `neighbors` answers, a hash of each relationship's type and target.
    func neighbors(_ id: UInt32, thread: Int, _ hash: (Relationship) -> UInt64) -> UInt64 {
        read(id, thread) { header, body in
            var sum: UInt64 = 0
            for place in 0..<Int(header.relationshipCount) {
                sum &+= hash((body + place * 8).loadUnaligned(as: Relationship.self))
            }
            return sum
        }
    }

    @inline(__always)
    private func read(
        _ id: UInt32, _ thread: Int, _ body: (Header, UnsafeRawPointer) -> UInt64
    ) -> UInt64 {
        let reader = readers[thread]
        reader.pointee.pin()
        defer { reader.pointee.unpin() }
        guard let block = block(id) else { return AnswerHash.absent }
        return body(block.load(as: Header.self), block + 16)
    }

    /// The block of an entity, which stays whole as long as the caller's pin holds.
    @inline(__always)
    private func block(_ id: UInt32) -> UnsafeRawPointer? {
        UnsafeRawPointer(bitPattern: address(Int(id)))
    }

    /// Holds a pin while `body` runs.
    func hold(_ body: () -> Void) throws(StrataError) {
        var participant = try epochs.register()
        participant.pin()
        body()
        participant.unpin()
    }

    // MARK: Writing, on one thread

    /// Puts a copy with another value of its first property in the place of a record; one without properties gets one.
    ///
    /// - Returns: whether it did: not where there is no such record, or where too much garbage waits for readers.
    func update(
        _ id: UInt32, _ key: InternedString, to value: InternedString, thread: Int
    ) throws(StrataError) -> Bool {
        guard let found = UnsafeRawPointer(bitPattern: address(Int(id))) else { return false }
        var header = found.load(as: Header.self)
        let oldByteCount = header.byteCount
        guard try hasRoom(for: oldByteCount) else {
            refusedUpdates += 1
            return false
        }
        // Looked up again: room may have been made by moving all records.
        let old = UnsafeRawPointer(bitPattern: address(Int(id))).unsafelyUnwrapped
        let hasProperties = header.propertyCount > 0
        if !hasProperties { header.propertyCount = 1 }
        let block = try take(header.byteCount)
        block.copyMemory(from: old, byteCount: oldByteCount)
        block.storeBytes(of: header, as: Header.self)
        let first = block + 16 + Int(header.relationshipCount) * 8
        let keptKey = hasProperties ? first.load(as: InternedProperty.self).key : key
        first.storeBytes(of: InternedProperty(key: keptKey, value: value), as: InternedProperty.self)
        (addresses + Int(id)).pointee.store(UInt(bitPattern: block), ordering: .releasing)
        try retire(UInt(bitPattern: old), oldByteCount, readers[thread])
        return true
    }

    /// Whether so many bytes more may wait for readers. What can go goes first.
    private func hasRoom(for byteCount: Int) throws(StrataError) -> Bool {
        guard let limit = epochs.garbageLimit, garbageBytes + byteCount > limit else { return true }
        // Twice: a reader that comes and goes is then at most one epoch behind.
        epochs.collect()
        epochs.collect()
        // Were a reader to hold the old arena up, moving would add all of it to what waits.
        if strategy == .bump, deadBytes > 0, epochs.oldestPinAge == nil || mayArenaWait { try move() }
        return garbageBytes + byteCount <= limit
    }

    /// Whether all of the arena may wait for readers.
    private var mayArenaWait: Bool {
        let reserved = arena.pointee.reservedBytes
        return epochs.garbageLimit.map { epochs.retiredBytes + reserved <= $0 } ?? true
    }

    private func retire(
        _ address: UInt, _ byteCount: Int, _ participant: UnsafeMutablePointer<EpochParticipant>
    ) throws(StrataError) {
        switch strategy {
        case .direct:
            participant.pointee.retire(address, byteCount: byteCount) { free(UnsafeMutableRawPointer(bitPattern: $0)) }
        case .pool:
            let pool = pool
            epochs.retire(
                RetiredObject(address: address, byteCount: byteCount) { address in
                    pool.free(UnsafeMutableRawPointer(bitPattern: address)!, byteCount: byteCount)
                })
        case .bump:
            deadBytes += byteCount
            if deadBytes > Self.leastDeadBytes, deadBytes * 2 > arena.pointee.allocatedBytes, mayArenaWait {
                try move()
            }
        }
        retiredSinceLook += byteCount
        if retiredSinceLook >= Self.lookStep { look() }
    }

    /// Sees what waits for readers.
    private func look() {
        mostRetiredBytes = max(mostRetiredBytes, garbageBytes)
        epochs.collect()
        oldestPinAge = max(oldestPinAge, epochs.oldestPinAge ?? 0)
        retiredSinceLook = 0
    }

    /// Copies what is live into a fresh arena and retires the old one as a whole.
    private func move() throws(StrataError) {
        let old = arena
        arena = Self.makeArena()
        for index in 0..<count {
            guard let block = UnsafeRawPointer(bitPattern: address(index)) else { continue }
            let byteCount = block.load(as: Header.self).byteCount
            let copy = try take(byteCount)
            copy.copyMemory(from: block, byteCount: byteCount)
            (addresses + index).pointee.store(UInt(bitPattern: copy), ordering: .releasing)
        }
        epochs.retire(
            RetiredObject(address: UInt(bitPattern: old), byteCount: old.pointee.reservedBytes) { Self.drop($0) })
        deadBytes = 0
        // At once: all of the old arena waits, and no reader may be in it.
        epochs.collect()
        look()
    }

    private static func makeArena() -> UnsafeMutablePointer<BumpArena> {
        let arena = UnsafeMutablePointer<BumpArena>.allocate(capacity: 1)
        arena.initialize(to: BumpArena())
        return arena
    }

    private static func drop(_ address: UInt) {
        let arena = UnsafeMutablePointer<BumpArena>(bitPattern: address)!
        arena.deinitialize(count: 1)
        arena.deallocate()
    }

    private func take(_ byteCount: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        switch strategy {
        case .bump: return try arena.pointee.allocate(byteCount: byteCount)
        case .pool: return try heap.allocate(byteCount: byteCount)
        case .direct:
            guard let memory = malloc(byteCount) else {
                throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: errno)
            }
            return memory
        }
    }

    private func address(_ index: Int) -> UInt { (addresses + index).pointee.load(ordering: .acquiring) }
}
