public import CStrata

/// A cache of bounded size that gives up what was not used for the longest time.
///
/// Get, put and remove are O(1): an open table names the slot of a key, and the slots form a ring through 32-bit
/// numbers, most recently used first. A hit allocates nothing and takes no reference but the value's own. One thread at
/// a time; it moves and does not copy.
///
/// Invariant: `nodes` has room for `slotCount` slots after the ring's anchor, slot 0, of which only the link is
/// initialised. The slots up to `used` are in the ring, with table entry, key and value, or on the list `free`.
public struct LRUCache<Key: Hashable, Value>: ~Copyable {
    @frozen @usableFromInline
    struct Link: BitwiseCopyable {
        @usableFromInline var newer: UInt32
        @usableFromInline var older: UInt32
        @usableFromInline var hash: UInt32

        @inlinable init(hash: UInt32) {
            newer = 0
            older = 0
            self.hash = hash
        }
    }

    @frozen @usableFromInline
    struct Node {
        // First, so that a link can be reached where key and value are not initialised.
        @usableFromInline var link: Link
        @usableFromInline var key: Key
        @usableFromInline var value: Value

        @inlinable init(link: Link, key: Key, value: Value) {
            self.link = link
            self.key = key
            self.value = value
        }
    }

    /// The most that the entries may weigh together.
    public let capacity: Int
    @usableFromInline let hasher = CacheHasher()
    @usableFromInline var table = SlotTable(slots: 0)
    @usableFromInline var nodes: UnsafeMutablePointer<Node>
    /// A weight a slot; nil as long as all entries weigh 1.
    @usableFromInline var weights: UnsafeMutablePointer<Int>?
    @usableFromInline var slotCount = 0
    @usableFromInline var used: UInt32 = 0
    @usableFromInline var free: UInt32 = 0
    @usableFromInline var held = 0
    @usableFromInline var counters = CacheMetrics()

    /// An empty cache.
    ///
    /// - Parameter capacity: the most that the entries may weigh together; the unit is the caller's (entries by
    ///   default). With 0, nothing is kept.
    public init(capacity: Int) {
        self.capacity = Swift.max(0, capacity)
        nodes = Self.allocate(slots: 0)
    }

    deinit {
        forEachSlot { (nodes + Int($0)).deinitialize(count: 1) }
        UnsafeMutableRawPointer(nodes).deallocate()
        weights?.deallocate()
    }

    /// Number of entries.
    @inlinable public var count: Int { table.count }
    /// What the entries weigh together.
    @inlinable public var weight: Int { held }
    /// What happened so far.
    @inlinable public var metrics: CacheMetrics { counters }

    // MARK: Entries

    /// The value of a key, which becomes the most recently used. Counts as a hit or a miss.
    ///
    /// - Complexity: O(1) average.
    @inlinable
    public mutating func get(_ key: Key) -> Value? {
        let hash = hasher.hash(key)
        let slot = find(key, hash)
        guard slot != 0 else {
            counters.misses &+= 1
            // A miss is mostly followed by a put, which takes the oldest entry out of the table.
            table.prefetch(link(link(0).pointee.newer).pointee.hash)
            return nil
        }
        counters.hits &+= 1
        if link(0).pointee.older != slot {
            unlink(slot)
            linkAsNewest(slot)
        }
        return (nodes + Int(slot)).pointee.value
    }

    /// Keeps a value, as the most recently used, and evicts what no longer fits. A value that is heavier than the whole
    /// cache is not kept, and replaces nothing but its own key's.
    ///
    /// - Complexity: O(1 + entries evicted) average.
    @inlinable
    public mutating func put(_ key: Key, _ value: Value, weight entryWeight: Int = 1) {
        precondition(entryWeight >= 0)
        let hash = hasher.hash(key)
        let known = find(key, hash)
        if known != 0 { drop(known) }
        guard capacity > 0, entryWeight <= capacity else {
            counters.rejections &+= 1
            return
        }
        while held > capacity &- entryWeight { evict() }
        if free == 0, Int(used) == slotCount { grow() }
        let slot: UInt32
        if free != 0 {
            slot = free
            free = link(slot).pointee.older
        } else {
            used &+= 1
            slot = used
        }
        (nodes + Int(slot)).initialize(to: Node(link: Link(hash: hash), key: key, value: value))
        table.insert(hash, slot)
        if entryWeight != 1, weights == nil { weighEach() }
        if let weights { weights[Int(slot)] = entryWeight }
        held &+= entryWeight
        counters.insertions &+= 1
        linkAsNewest(slot)
    }

    /// Takes an entry out; whether it was there.
    @discardableResult
    @inlinable
    public mutating func remove(_ key: Key) -> Bool {
        let slot = find(key, hasher.hash(key))
        guard slot != 0 else { return false }
        drop(slot)
        return true
    }

    /// Takes all entries out. The counters go on.
    public mutating func removeAll() {
        forEachSlot { (nodes + Int($0)).deinitialize(count: 1) }
        table.removeAll()
        link(0).pointee = Link(hash: 0)
        (used, free, held) = (0, 0, 0)
    }

    /// Evicts what was not used for the longest time, until the entries weigh no more than `limit` together, and gives
    /// back the tables' room when most of it is unused then. The capacity stays.
    ///
    /// - Complexity: O(entries evicted), and O(entries) when the tables are made anew.
    public mutating func shrink(to limit: Int) {
        while weight > Swift.max(0, limit) { evict() }
        guard count < slotCount / 2 else { return }
        var smaller = LRUCache(capacity: capacity)
        var slot = link(0).pointee.newer
        while slot != 0 {
            let node = nodes + Int(slot)
            smaller.put(node.pointee.key, node.pointee.value, weight: weights.map { $0[Int(slot)] } ?? 1)
            slot = node.pointee.link.newer
        }
        smaller.counters = counters
        self = smaller
    }

    /// The keys, most recently used first.
    public var keysByRecency: [Key] {
        var keys: [Key] = []
        keys.reserveCapacity(count)
        var slot = link(0).pointee.older
        while slot != 0 {
            keys.append((nodes + Int(slot)).pointee.key)
            slot = link(slot).pointee.older
        }
        return keys
    }

    // MARK: Bytes

    /// Bytes that the tables hold from the process's allocator, filled or not; what keys and values refer to is not in
    /// it.
    ///
    /// - Complexity: O(1).
    public var tableBytes: Int {
        let perSlot = MemoryLayout<Node>.stride + (weights == nil ? 0 : MemoryLayout<Int>.stride)
        return (slotCount + 1) * perSlot + table.byteCount
    }

    /// The most that the tables hold for an entry, in bytes: they double when they are full.
    public static var tableBytesPerEntry: Int {
        // Half as many buckets again as slots.
        2 * (MemoryLayout<Node>.stride + MemoryLayout<Int>.stride) + 3 * MemoryLayout<UInt64>.stride
    }

    // MARK: The ring

    /// The link of a slot, which is initialised from when the slot is first used.
    @inlinable @inline(__always)
    func link(_ slot: UInt32) -> UnsafeMutablePointer<Link> {
        UnsafeMutableRawPointer(nodes + Int(slot)).assumingMemoryBound(to: Link.self)
    }

    @inlinable @inline(__always)
    func find(_ key: Key, _ hash: UInt32) -> UInt32 {
        table.find(hash) { (nodes + Int($0)).pointee.key == key }
    }

    @inlinable @inline(__always)
    func unlink(_ slot: UInt32) {
        let (newer, older) = (link(slot).pointee.newer, link(slot).pointee.older)
        link(newer).pointee.older = older
        link(older).pointee.newer = newer
    }

    @inlinable @inline(__always)
    func linkAsNewest(_ slot: UInt32) {
        let first = link(0).pointee.older
        link(slot).pointee.newer = 0
        link(slot).pointee.older = first
        link(first).pointee.newer = slot
        link(0).pointee.older = slot
    }

    @inlinable
    mutating func evict() {
        let victim = link(0).pointee.newer
        let next = link(victim).pointee.newer
        strata_prefetch(nodes + Int(next))
        drop(victim)
        counters.evictions &+= 1
    }

    @inlinable
    mutating func drop(_ slot: UInt32) {
        unlink(slot)
        table.remove(link(slot).pointee.hash, slot)
        held &-= weights.map { $0[Int(slot)] } ?? 1
        (nodes + Int(slot)).deinitialize(count: 1)
        link(slot).pointee.older = free
        free = slot
    }

    private func forEachSlot(_ body: (UInt32) -> Void) {
        var slot = link(0).pointee.older
        while slot != 0 {
            let older = link(slot).pointee.older
            body(slot)
            slot = older
        }
    }

    // MARK: Room

    /// Room for the anchor, whose link is initialised, and so many slots.
    private static func allocate(slots: Int) -> UnsafeMutablePointer<Node> {
        let bytes = (slots + 1) * MemoryLayout<Node>.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: Swift.max(64, MemoryLayout<Node>.alignment))
        memory.initializeMemory(as: Link.self, to: Link(hash: 0))
        return memory.assumingMemoryBound(to: Node.self)
    }

    /// Doubles the tables, which are full: each slot is in the ring.
    @usableFromInline
    mutating func grow() {
        let doubled = Swift.max(4, slotCount * 2)
        // Entries of weight 1 are never more than the capacity.
        let wanted = weights == nil && capacity > slotCount ? Swift.min(doubled, capacity) : doubled
        precondition(wanted < Int(Int32.max), "a cache holds at most 2^31 - 2 entries")
        let larger = Self.allocate(slots: wanted)
        (larger + 1).moveInitialize(from: nodes + 1, count: slotCount)
        UnsafeMutableRawPointer(larger).assumingMemoryBound(to: Link.self).pointee = link(0).pointee
        UnsafeMutableRawPointer(nodes).deallocate()
        nodes = larger
        if let old = weights {
            let new = UnsafeMutablePointer<Int>.allocate(capacity: wanted + 1)
            new.update(from: old, count: slotCount + 1)
            old.deallocate()
            weights = new
        }
        slotCount = wanted
        table.reserve(slots: wanted)
    }

    /// Gives each slot a weight of its own.
    @usableFromInline
    mutating func weighEach() {
        let new = UnsafeMutablePointer<Int>.allocate(capacity: slotCount + 1)
        new.initialize(repeating: 1, count: slotCount + 1)
        weights = new
    }
}

extension LRUCache: @unchecked Sendable where Key: Sendable, Value: Sendable {}
