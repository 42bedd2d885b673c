/// A cache that keeps what a policy says, within a bound of bytes or of entries. One thread at a time.
///
/// With a bound of bytes, everything counts: what the caller says that an entry takes, and the tables of cache and
/// policy, filled or not, even while they grow. The bound is never passed. Entries may have a deadline, and belong to a
/// version of the index: what is too old or of another version is not found, and goes when it is asked for.
///
/// A hit is O(1) and allocates nothing; a put is O(1) amortised.
///
/// Invariant: `nodes` has room for `slotCount` slots after slot 0, which nobody uses. The slots up to `used` are in
/// table and policy, with an initialised node, or on the list `free`, whose links are the first four bytes of the slots.
public struct WeighedCache<Key: Hashable, Value, Policy: EvictionPolicy & ~Copyable>: ~Copyable {
    @frozen @usableFromInline
    struct Node {
        @usableFromInline var hash: UInt32
        @usableFromInline var weight: Int
        @usableFromInline var key: Key
        @usableFromInline var value: Value

        @inlinable init(hash: UInt32, weight: Int, key: Key, value: Value) {
            self.hash = hash
            self.weight = weight
            self.key = key
            self.value = value
        }
    }

    /// Until when, and for which version of the index, an entry is good.
    @frozen @usableFromInline
    struct Life: BitwiseCopyable {
        @usableFromInline var deadline: UInt64
        @usableFromInline var version: UInt64

        @inlinable init(deadline: UInt64, version: UInt64) {
            self.deadline = deadline
            self.version = version
        }
    }

    /// The bound: bytes, or what the entries weigh together.
    public let limit: Int
    /// Whether the bound is one of bytes.
    public let weighsBytes: Bool
    @usableFromInline let hasher = CacheHasher()
    @usableFromInline var table = SlotTable(slots: 0)
    @usableFromInline var policy: Policy
    @usableFromInline var nodes: UnsafeMutablePointer<Node>
    /// A life a slot; nil as long as all entries are of the first version and have no deadline.
    @usableFromInline var lives: UnsafeMutablePointer<Life>?
    @usableFromInline var slotCount = 0
    @usableFromInline var used: UInt32 = 0
    @usableFromInline var free: UInt32 = 0
    @usableFromInline var held = 0
    @usableFromInline var version: UInt64 = 0
    @usableFromInline var counters = CacheMetrics()
    /// What `tableBytes(slots:)` says of the tables as they are.
    @usableFromInline var currentTableBytes = 0
    /// The free bytes with which the tables could not grow last: with as many or fewer, it is not tried again.
    var refusedRoom = Int.min

    /// A cache bounded by bytes, tables included. The tables of an empty cache take some hundred bytes; below that
    /// nothing is kept.
    public init(byteLimit: Int) { self.init(limit: byteLimit, weighsBytes: true) }

    /// A cache bounded by what the entries weigh together, 1 each if the caller does not say otherwise.
    public init(entries: Int) { self.init(limit: entries, weighsBytes: false) }

    private init(limit: Int, weighsBytes: Bool) {
        self.limit = Swift.max(0, limit)
        self.weighsBytes = weighsBytes
        policy = Policy(capacity: self.limit)
        nodes = .allocate(capacity: 1)
        currentTableBytes = tableBytes(slots: 0)
    }

    deinit {
        table.forEach { (nodes + Int($0)).deinitialize(count: 1) }
        nodes.deallocate()
        lives?.deallocate()
    }

    // MARK: Figures

    /// Number of entries, those that are out of date included until somebody asks for them.
    @inlinable public var count: Int { table.count }
    /// What the entries weigh together, tables aside.
    @inlinable public var weight: Int { held }
    /// What happened so far, and the bytes held now where the cache is bounded by bytes.
    public var metrics: CacheMetrics {
        var metrics = counters
        if weighsBytes { metrics.bytes = byteCount }
        return metrics
    }

    /// What the entries weigh together with the tables: for a cache that is bounded by bytes, all that it takes.
    public var byteCount: Int { held + tableBytes }
    /// Bytes of the tables of cache and policy.
    ///
    /// - Complexity: O(1).
    public var tableBytes: Int { currentTableBytes }

    /// What the policy is told that an entry weighs: with a bound of bytes, its share of the tables too.
    @inlinable @inline(__always)
    func policyWeight(_ weight: Int) -> Int {
        weighsBytes ? weight &+ MemoryLayout<Node>.stride &+ 48 : weight
    }

    // MARK: Entries

    /// The value of a key, unless it is out of date. Counts as a hit or a miss.
    ///
    /// - Parameter now: the time, in the unit and from the start that the deadlines have.
    /// - Complexity: O(1) average.
    @inlinable
    public mutating func get(_ key: Key, now: UInt64 = 0) -> Value? {
        if (counters.hits &+ counters.misses) & (CacheMetrics.timingInterval - 1) == 0 { return timedGet(key, now) }
        return untimedGet(key, now)
    }

    @inlinable @inline(__always)
    mutating func untimedGet(_ key: Key, _ now: UInt64) -> Value? {
        let slot = find(key, hasher.hash(key))
        guard slot != 0 else {
            counters.misses &+= 1
            return nil
        }
        if let lives, !isGood(lives[Int(slot)], now) {
            drop(slot)
            counters.expirations &+= 1
            counters.misses &+= 1
            return nil
        }
        counters.hits &+= 1
        policy.hit(slot)
        return (nodes + Int(slot)).pointee.value
    }

    @usableFromInline @inline(never)
    mutating func timedGet(_ key: Key, _ now: UInt64) -> Value? {
        let start = CacheClock.nanoseconds()
        let value = untimedGet(key, now)
        counters.timedNanoseconds += CacheClock.nanoseconds() - start
        counters.timedAccesses += 1
        return value
    }

    /// Keeps a value, and evicts what the policy says until it fits. A value that cannot fit is not kept, and replaces
    /// nothing but its own key's; nor is one of another version of the index than the cache is at.
    ///
    /// - Parameters:
    ///   - weight: what the entry takes beside its key and value themselves: with a bound of bytes, the bytes that they
    ///     refer to; else a weight, 1 by default.
    ///   - deadline: from which time on it is not good any more; the largest number for never.
    ///   - version: the version of the index that the value was worked out with; nil for the current one.
    /// - Returns: whether the value was kept.
    /// - Complexity: O(1 + entries evicted) amortised.
    @discardableResult
    @inlinable
    public mutating func put(
        _ key: Key, _ value: Value, weight: Int = 1, deadline: UInt64 = .max, version: UInt64? = nil
    ) -> Bool {
        precondition(weight >= 0)
        let hash = hasher.hash(key)
        if let version, version != self.version {
            counters.rejections &+= 1
            return false
        }
        let known = find(key, hash)
        if known != 0 { drop(known) }
        if deadline != .max, lives == nil { startLives() }
        guard weight <= limit, makeRoom(weight) else {
            counters.rejections &+= 1
            return false
        }
        let slot: UInt32
        if free != 0 {
            slot = free
            free = UnsafeMutableRawPointer(nodes + Int(slot)).load(as: UInt32.self)
        } else {
            used &+= 1
            slot = used
        }
        (nodes + Int(slot)).initialize(to: Node(hash: hash, weight: weight, key: key, value: value))
        if let lives { lives[Int(slot)] = Life(deadline: deadline, version: self.version) }
        table.insert(hash, slot)
        held &+= weight
        policy.insert(slot, hash: hash, weight: policyWeight(weight))
        counters.insertions &+= 1
        return true
    }

    /// Takes an entry out; whether it was there and good.
    @discardableResult
    @inlinable
    public mutating func remove(_ key: Key, now: UInt64 = 0) -> Bool {
        let slot = find(key, hasher.hash(key))
        guard slot != 0 else { return false }
        let wasGood = lives.map { isGood($0[Int(slot)], now) } ?? true
        drop(slot)
        return wasGood
    }

    /// Takes all entries out. The counters go on; the tables keep their room.
    public mutating func removeAll() {
        var slots: [UInt32] = []
        table.forEach { slots.append($0) }
        for slot in slots {
            policy.remove(slot)
            (nodes + Int(slot)).deinitialize(count: 1)
        }
        table.removeAll()
        (used, free, held) = (0, 0, 0)
    }

    /// The version of the index that entries must be of.
    public var indexVersion: UInt64 { version }

    /// Goes over to another version of the index: every entry of an earlier one is out of reach from now on, and gives
    /// its room back when it is asked for or evicted.
    ///
    /// - Complexity: O(1), after O(entries) at the first call.
    public mutating func invalidate(to version: UInt64) {
        guard version != self.version else { return }
        if lives == nil { startLives() }
        self.version = version
    }

    /// Takes out everything that is out of date.
    ///
    /// - Returns: how many entries went.
    /// - Complexity: O(table).
    @discardableResult
    public mutating func removeOutdated(now: UInt64 = 0) -> Int {
        guard let lives else { return 0 }
        var outdated: [UInt32] = []
        table.forEach { if !isGood(lives[Int($0)], now) { outdated.append($0) } }
        for slot in outdated { drop(slot) }
        counters.expirations += outdated.count
        return outdated.count
    }

    /// Evicts until the entries and their tables take no more than so many bytes, or weigh no more in a cache that is
    /// not bounded by bytes, and gives back the tables' room when most of it is unused. The bound itself stays.
    ///
    /// - Complexity: O(entries).
    public mutating func shrink(to limit: Int) {
        let goal = Swift.max(0, limit)
        while count > 0, (weighsBytes ? byteCount : held) > goal {
            evict(for: 0)
            if weighsBytes, count < slotCount / 4, canRebuild(slots: count) { rebuild(slots: count) }
        }
        if count < slotCount / 4, canRebuild(slots: count) { rebuild(slots: count) }
    }

    /// Whether tables for so many slots fit beside those that are there.
    private func canRebuild(slots: Int) -> Bool { !weighsBytes || byteCount + tableBytes(slots: slots) <= limit }

    /// Whether the cache holds a good entry of this key. Counts as nothing.
    public func contains(_ key: Key, now: UInt64 = 0) -> Bool {
        let slot = find(key, hasher.hash(key))
        return slot != 0 && (lives.map { isGood($0[Int(slot)], now) } ?? true)
    }

    // MARK: Slots

    @inlinable @inline(__always)
    func find(_ key: Key, _ hash: UInt32) -> UInt32 {
        table.find(hash) { (nodes + Int($0)).pointee.key == key }
    }

    @inlinable @inline(__always)
    func isGood(_ life: Life, _ now: UInt64) -> Bool { life.version == version && now < life.deadline }

    @inlinable
    mutating func drop(_ slot: UInt32) {
        policy.remove(slot)
        release(slot)
    }

    @inlinable
    mutating func release(_ slot: UInt32) {
        let node = nodes + Int(slot)
        table.remove(node.pointee.hash, slot)
        held &-= node.pointee.weight
        node.deinitialize(count: 1)
        UnsafeMutableRawPointer(node).storeBytes(of: free, as: UInt32.self)
        free = slot
    }

    @inlinable
    mutating func evict(for weight: Int) {
        release(policy.evict(for: policyWeight(weight)))
        counters.evictions &+= 1
    }
}

extension WeighedCache: @unchecked Sendable where Key: Sendable, Value: Sendable, Policy: ~Copyable {}
