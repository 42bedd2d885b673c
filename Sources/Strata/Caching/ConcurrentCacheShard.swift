public import Synchronization

/// The part of a ``ConcurrentCache`` that one lock guards: everything here is for who holds it.
///
/// Invariant: each entry is in one bucket, in `nodes` at its slot, and in the policy; the other slots up to `used` are
/// on the list `free`, whose links are in `nodes` too. `front` outlives the shard's readers.
@frozen @usableFromInline
struct ConcurrentCacheShard<Key: Hashable & Sendable, Value: Sendable, Policy: MarkingPolicy & ~Copyable>: ~Copyable {
    @usableFromInline typealias Node = ConcurrentCacheNode<Key, Value>

    @usableFromInline let front: UnsafeMutablePointer<ConcurrentCacheFront>
    /// The most that the shard's entries weigh together, or bytes with all tables.
    @usableFromInline let limit: Int
    @usableFromInline let weighsBytes: Bool
    @usableFromInline var policy: Policy
    @usableFromInline var nodes: UnsafeMutablePointer<UInt>
    @usableFromInline var slotCount = 0
    @usableFromInline var used: UInt32 = 0
    @usableFromInline var free: UInt32 = 0
    @usableFromInline var count = 0
    @usableFromInline var held = 0
    @usableFromInline var insertions = 0
    @usableFromInline var evictions = 0
    @usableFromInline var rejections = 0
    /// The bytes of the tables as they are.
    @usableFromInline var tableBytes = 0
    /// The free bytes with which the tables could not grow last: with as many or fewer, it is not tried again.
    @usableFromInline var refusedRoom = Int.min
    /// The bytes of all shards; nil where the cache is not bounded by bytes.
    @usableFromInline let total: ConcurrentCacheTotal?
    @usableFromInline let epochs: EpochManager
    /// Destroys a node and gives its bytes back; made once, so that no eviction allocates.
    @usableFromInline let destroy: @Sendable (UInt) -> Void

    @usableFromInline
    init(
        limit: Int, total: ConcurrentCacheTotal?, epochs: EpochManager,
        front: UnsafeMutablePointer<ConcurrentCacheFront>
    ) {
        self.limit = limit
        self.total = total
        self.epochs = epochs
        weighsBytes = total != nil
        destroy = { address in
            // What was retired is an initialised node that nobody sees any more.
            let byteCount = Node.byteCount + UnsafePointer<Node>(bitPattern: address)!.pointee.weight
            PointeeDestructor<Node>.destroy(address)
            total?.give(byteCount)
        }
        self.front = front
        policy = Policy(capacity: limit)
        nodes = .allocate(capacity: 1)
        front.pointee.buckets.store(ConcurrentCacheBuckets(count: 8).address, ordering: .releasing)
        noteTables()
        total?.force(tableBytes)
    }

    @inlinable
    deinit {
        // Nobody reads any more: the cache is going.
        buckets.forEachNode(Node.self) { node in
            node.deinitialize(count: 1)
            node.deallocate()
        }
        buckets.free()
        nodes.deallocate()
    }

    @inlinable
    var buckets: ConcurrentCacheBuckets {
        ConcurrentCacheBuckets(address: front.pointee.buckets.load(ordering: .acquiring))
    }

    // MARK: Bytes

    /// Bytes of the tables for so many slots, without the buckets.
    @inlinable
    func tableBytes(slots: Int) -> Int {
        (slots + 1) * MemoryLayout<UInt>.stride + Policy.byteCount(slots: slots, capacity: limit)
    }

    @inlinable
    mutating func noteTables() {
        tableBytes = tableBytes(slots: slotCount) + ConcurrentCacheBuckets.byteCount(buckets.count)
        refusedRoom = .min
    }

    /// What an entry counts against the limit, tables aside.
    @inlinable
    func cost(_ weight: Int) -> Int { weighsBytes ? weight + Node.byteCount : weight }

    /// Takes bytes before they are used; whether the cache has room for them, when garbage that no reader sees any more
    /// is gone.
    @inlinable
    func take(_ byteCount: Int) -> Bool {
        guard let total else { return true }
        if total.take(byteCount) { return true }
        epochs.collect()
        return total.take(byteCount)
    }

    // MARK: Entries

    @inlinable
    func find(_ key: Key, _ hash: UInt32) -> UnsafeMutablePointer<Node>? {
        var address = buckets.head(hash).pointee.load(ordering: .acquiring)
        while let node = UnsafeMutablePointer<Node>(bitPattern: address) {
            if node.pointee.hash == hash, node.pointee.key == key { return node }
            address = node.pointee.next.load(ordering: .acquiring)
        }
        return nil
    }

    /// Puts an entry in; whether it fitted. What goes is retired with the epochs.
    @inlinable
    mutating func put(
        _ key: Key, _ hash: UInt32, _ value: Value, weight: Int, deadline: UInt64, version: UInt64
    ) -> Bool {
        if let known = find(key, hash) { drop(known) }
        guard weight <= limit - cost(0), makeRoom(weight), take(cost(weight)) else {
            rejections += 1
            return false
        }
        let slot: UInt32
        if free != 0 {
            slot = free
            free = UInt32(nodes[Int(slot)])
        } else {
            used += 1
            slot = used
        }
        let node = UnsafeMutablePointer<Node>.allocate(capacity: 1)
        node.initialize(
            to: Node(
                hash: hash, slot: slot, mark: policy.mark(of: slot), deadline: deadline, version: version,
                weight: weight, key: key, value: value))
        nodes[Int(slot)] = UInt(bitPattern: node)
        policy.insert(slot, hash: hash, weight: cost(weight))
        let head = buckets.head(hash)
        node.pointee.next.store(head.pointee.load(ordering: .relaxed), ordering: .relaxed)
        head.pointee.store(UInt(bitPattern: node), ordering: .releasing)
        count += 1
        held += cost(weight)
        insertions += 1
        return true
    }

    @inlinable
    mutating func remove(_ key: Key, _ hash: UInt32) -> Bool {
        guard let node = find(key, hash) else { return false }
        drop(node)
        return true
    }

    /// Takes out the entries that `isGone` says yes to, or all.
    @inlinable
    mutating func removeAll(where isGone: (borrowing Node) -> Bool) -> Int {
        var gone: [UnsafeMutablePointer<Node>] = []
        buckets.forEachNode(Node.self) { if isGone($0.pointee) { gone.append($0) } }
        for node in gone { drop(node) }
        return gone.count
    }

    // MARK: Slots

    @inlinable
    mutating func drop(_ node: UnsafeMutablePointer<Node>) {
        policy.remove(node.pointee.slot)
        unlink(node)
    }

    @inlinable
    mutating func evict(for weight: Int) {
        let slot = policy.evict(for: cost(weight))
        unlink(UnsafeMutablePointer(bitPattern: nodes[Int(slot)])!)
        evictions += 1
    }

    /// Takes a node out of its bucket, whose readers may still be on it, and retires it.
    @inlinable
    mutating func unlink(_ node: UnsafeMutablePointer<Node>) {
        let address = UInt(bitPattern: node)
        let next = node.pointee.next.load(ordering: .relaxed)
        let head = buckets.head(node.pointee.hash)
        var before = head.pointee.load(ordering: .relaxed)
        if before == address {
            head.pointee.store(next, ordering: .releasing)
        } else {
            while let other = UnsafeMutablePointer<Node>(bitPattern: before) {
                before = other.pointee.next.load(ordering: .relaxed)
                guard before == address else { continue }
                other.pointee.next.store(next, ordering: .releasing)
                break
            }
        }
        let slot = node.pointee.slot
        nodes[Int(slot)] = UInt(free)
        free = slot
        count -= 1
        held -= cost(node.pointee.weight)
        // The bytes stay taken until the node is destroyed.
        let byteCount = Node.byteCount + (weighsBytes ? node.pointee.weight : 0)
        epochs.retire(RetiredObject(address: address, byteCount: byteCount, destroy: destroy))
    }

    // MARK: Room

    @inlinable
    mutating func makeRoom(_ weight: Int) -> Bool {
        if free == 0, Int(used) == slotCount, !growOrEvict(weight) { return false }
        while held > limit - cost(weight) - (weighsBytes ? tableBytes : 0) {
            guard count > 0 else { return false }
            evict(for: weight)
        }
        return true
    }

    /// As ``WeighedCache`` does: larger tables if old and new ones fit beside the entries, else an eviction.
    @inlinable
    mutating func growOrEvict(_ weight: Int) -> Bool {
        var wanted = slotCount + Swift.max(8, slotCount / 2)
        if weighsBytes {
            let room = limit - held - tableBytes - cost(weight)
            if room <= refusedRoom, count > 0 {
                evict(for: weight)
                return true
            }
            while bytesToMove(slots: wanted) > room, wanted > slotCount + slotCount / 8 {
                wanted -= Swift.max(1, (wanted - slotCount) / 4)
            }
            if wanted <= slotCount || bytesToMove(slots: wanted) > room || !take(bytesToMove(slots: wanted)) {
                refusedRoom = room
                guard count > 0 else { return false }
                evict(for: weight)
                return true
            }
        } else {
            if held > limit - weight, count > 0 {
                evict(for: weight)
                return true
            }
            if limit > slotCount { wanted = Swift.min(wanted, limit) }
        }
        grow(slots: wanted)
        return true
    }

    @inlinable
    func bucketCount(slots: Int) -> Int {
        var count = buckets.count
        while count < slots { count *= 2 }
        return count
    }

    /// The new tables for so many slots, which stand beside the old ones for a while.
    @inlinable
    func bytesToMove(slots: Int) -> Int {
        let count = bucketCount(slots: slots)
        return tableBytes(slots: slots) + (count > buckets.count ? ConcurrentCacheBuckets.byteCount(count) : 0)
    }

    /// Larger tables, whose bytes are taken.
    @inlinable
    mutating func grow(slots: Int) {
        let oldTables = tableBytes(slots: slotCount)
        let larger = UnsafeMutablePointer<UInt>.allocate(capacity: slots + 1)
        larger.initialize(repeating: 0, count: slots + 1)
        if slotCount > 0 { (larger + 1).update(from: nodes + 1, count: slotCount) }
        nodes.deallocate()
        nodes = larger
        slotCount = slots
        policy.reserve(slots: slots)
        total?.give(oldTables)
        if bucketCount(slots: slots) > buckets.count { moveBuckets(to: bucketCount(slots: slots)) }
        noteTables()
    }

    /// Moves all nodes to an array of more buckets. A reader on a node that moves goes on in the other bucket: it may
    /// miss what it looks for, and knows by `moves`. It cannot go round in circles, since a node is put in front of
    /// those that moved before it.
    @inlinable
    func moveBuckets(to count: Int) {
        let old = buckets
        let new = ConcurrentCacheBuckets(count: count)
        let moves = front.pointee.moves.load(ordering: .relaxed)
        // What a reader sees of the moved links, it sees after this: the links are stored releasing.
        front.pointee.moves.store(moves + 1, ordering: .relaxed)
        for bucket in 0..<old.count {
            var address = old.head(UInt32(bucket)).pointee.load(ordering: .relaxed)
            while let node = UnsafeMutablePointer<Node>(bitPattern: address) {
                let next = node.pointee.next.load(ordering: .relaxed)
                let head = new.head(node.pointee.hash)
                node.pointee.next.store(head.pointee.load(ordering: .relaxed), ordering: .releasing)
                head.pointee.store(address, ordering: .relaxed)
                address = next
            }
        }
        front.pointee.buckets.store(new.address, ordering: .releasing)
        front.pointee.moves.store(moves + 2, ordering: .releasing)
        let byteCount = ConcurrentCacheBuckets.byteCount(old.count)
        let total = total
        epochs.retire(
            RetiredObject(address: old.address, byteCount: byteCount) { address in
                ConcurrentCacheBuckets(address: address).free()
                total?.give(byteCount)
            })
    }
}

extension ConcurrentCacheBuckets {
    /// Calls `body` for each node. It may free the node.
    @inlinable
    func forEachNode<Key, Value>(
        _ type: ConcurrentCacheNode<Key, Value>.Type,
        _ body: (UnsafeMutablePointer<ConcurrentCacheNode<Key, Value>>) -> Void
    ) {
        for bucket in 0..<count {
            var address = head(UInt32(bucket)).pointee.load(ordering: .relaxed)
            while let node = UnsafeMutablePointer<ConcurrentCacheNode<Key, Value>>(bitPattern: address) {
                address = node.pointee.next.load(ordering: .relaxed)
                body(node)
            }
        }
    }
}
