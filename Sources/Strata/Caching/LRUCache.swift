/// A cache of bounded size that gives up what was not used for the longest time.
///
/// Get, put and remove are O(1): a dictionary names the node of a key, and the nodes form a ring through indices into
/// one array, most recently used first. One thread at a time.
///
/// Invariant: `places` and the ring hold the same keys; `free` holds all other nodes.
public struct LRUCache<Key: Hashable, Value> {
    fileprivate struct Node {
        var key: Key?
        var value: Value?
        var weight: Int
        var newer: Int32
        var older: Int32
    }

    /// The most that the entries may weigh together.
    public let capacity: Int
    private var places: [Key: Int32] = [:]
    private var nodes: [Node]
    private var free: [Int32] = []
    /// What the entries weigh together.
    public private(set) var weight = 0
    /// What happened so far.
    public private(set) var metrics = CacheMetrics()

    /// An empty cache.
    ///
    /// - Parameter capacity: the most that the entries may weigh together; the unit is the caller's (entries by
    ///   default). With 0, nothing is kept.
    public init(capacity: Int) {
        self.capacity = Swift.max(0, capacity)
        // The ring's anchor: its `older` is the most recent node, its `newer` the least recent one.
        nodes = [Node(key: nil, value: nil, weight: 0, newer: 0, older: 0)]
    }

    /// Number of entries.
    public var count: Int { places.count }

    /// The value of a key, which becomes the most recently used. Counts as a hit or a miss.
    ///
    /// - Complexity: O(1) average.
    public mutating func get(_ key: Key) -> Value? {
        guard let node = places[key] else {
            metrics.misses += 1
            return nil
        }
        metrics.hits += 1
        unlink(node)
        link(node)
        return nodes[Int(node)].value
    }

    /// Keeps a value, as the most recently used, and evicts what no longer fits. A value that is heavier than the whole
    /// cache is not kept, and replaces nothing but its own key's.
    ///
    /// - Complexity: O(1 + entries evicted) average.
    public mutating func put(_ key: Key, _ value: Value, weight entryWeight: Int = 1) {
        precondition(entryWeight >= 0)
        if let node = places[key] { drop(node) }
        guard capacity > 0, entryWeight <= capacity else { return }
        while weight > capacity - entryWeight {
            drop(nodes[0].newer)
            metrics.evictions += 1
        }
        let node: Int32
        if let reused = free.popLast() {
            node = reused
            nodes[Int(node)] = Node(key: key, value: value, weight: entryWeight, newer: 0, older: 0)
        } else {
            precondition(nodes.count < Int(Int32.max), "a cache holds at most 2^31 - 2 entries")
            node = Int32(nodes.count)
            nodes.append(Node(key: key, value: value, weight: entryWeight, newer: 0, older: 0))
        }
        places[key] = node
        weight += entryWeight
        metrics.insertions += 1
        link(node)
    }

    /// Takes an entry out; whether it was there.
    @discardableResult
    public mutating func remove(_ key: Key) -> Bool {
        guard let node = places[key] else { return false }
        drop(node)
        return true
    }

    /// Evicts what was not used for the longest time, until the entries weigh no more than `limit` together, and gives
    /// back the tables' room when most of it is unused then. The capacity stays.
    ///
    /// - Complexity: O(entries evicted), and O(entries) when the tables are made anew.
    public mutating func shrink(to limit: Int) {
        while weight > Swift.max(0, limit) {
            drop(nodes[0].newer)
            metrics.evictions += 1
        }
        guard places.count < nodes.count / 2 else { return }
        var smaller = LRUCache(capacity: capacity)
        var node = nodes[0].newer
        while node != 0 {
            let entry = nodes[Int(node)]
            smaller.put(entry.key!, entry.value!, weight: entry.weight)
            node = entry.newer
        }
        smaller.metrics = metrics
        self = smaller
    }

    /// Bytes that the tables hold from the process's allocator, filled or not; what keys and values refer to is not in
    /// it.
    ///
    /// - Complexity: O(1).
    public var tableBytes: Int {
        // The dictionary keeps keys and values apart, in a power of two of buckets of which it fills three quarters.
        var buckets = places.capacity == 0 ? 0 : 1
        while buckets * 3 < places.capacity * 4 { buckets *= 2 }
        return nodes.capacity * MemoryLayout<Node>.stride + buckets * Self.bucketBytes
            + free.capacity * MemoryLayout<Int32>.stride
    }

    /// The most that the tables hold for an entry, in bytes: they double when they are full.
    public static var tableBytesPerEntry: Int {
        2 * (MemoryLayout<Node>.stride + MemoryLayout<Int32>.stride) + bucketBytes * 8 / 3
    }

    private static var bucketBytes: Int { MemoryLayout<Key>.stride + MemoryLayout<Int32>.stride }

    /// Takes all entries out. The counters go on.
    public mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        nodes.removeSubrange(1...)
        nodes[0].newer = 0
        nodes[0].older = 0
        free.removeAll(keepingCapacity: true)
        weight = 0
    }

    /// The keys, most recently used first.
    public var keysByRecency: [Key] {
        var keys: [Key] = []
        var node = nodes[0].older
        while node != 0 {
            keys.append(nodes[Int(node)].key!)
            node = nodes[Int(node)].older
        }
        return keys
    }

    private mutating func drop(_ node: Int32) {
        unlink(node)
        places.removeValue(forKey: nodes[Int(node)].key!)
        weight -= nodes[Int(node)].weight
        nodes[Int(node)].key = nil
        nodes[Int(node)].value = nil
        free.append(node)
    }

    private mutating func unlink(_ node: Int32) {
        let (newer, older) = (nodes[Int(node)].newer, nodes[Int(node)].older)
        nodes[Int(newer)].older = older
        nodes[Int(older)].newer = newer
    }

    private mutating func link(_ node: Int32) {
        let first = nodes[0].older
        nodes[Int(node)].newer = 0
        nodes[Int(node)].older = first
        nodes[Int(first)].newer = node
        nodes[0].older = node
    }
}

extension LRUCache: Sendable where Key: Sendable, Value: Sendable {}
extension LRUCache.Node: Sendable where Key: Sendable, Value: Sendable {}

/// What a cache did. Each get is one hit or one miss; nothing is estimated.
public struct CacheMetrics: Sendable, Equatable {
    public var hits = 0
    public var misses = 0
    public var insertions = 0
    /// Entries that had to make room; removals and replacements are not counted.
    public var evictions = 0

    public init() {}

    /// Hits over gets; nil before the first get.
    public var hitRatio: Double? { hits + misses > 0 ? Double(hits) / Double(hits + misses) : nil }
}
