public import CStrata
public import Synchronization

/// A cache for many threads: a hit takes no lock and writes nothing that other readers of other keys write to, but marks
/// its entry where it has no mark.
///
/// Entries are spread over shards by hash. A shard's writers take its lock; readers walk its buckets under a pin of the
/// cache's epochs, so that what they see stays whole, and mark what they found for the policy (SIEVE, S3-FIFO, FIFO).
/// What goes is destroyed when no reader can see it. Gets are counted in stripes, one for up to sixteen threads, each
/// get exactly once.
///
/// With a bound of bytes everything counts: entries, tables, and what readers hold back of the garbage. The bound is
/// never passed: as long as a reader holds too much back, nothing new is kept.
///
/// Values may be destroyed within any call that writes: what destroys them must not call the cache.
public final class ConcurrentCache<Key: Hashable & Sendable, Value: Sendable, Policy: MarkingPolicy & ~Copyable>:
    Sendable
{
    @usableFromInline typealias Node = ConcurrentCacheNode<Key, Value>
    @usableFromInline typealias Shard = ConcurrentCacheShard<Key, Value, Policy>

    /// The bound: bytes, or what the entries weigh together.
    public let limit: Int
    /// Whether the bound is one of bytes.
    public let weighsBytes: Bool
    /// Number of shards: a power of two.
    public let shardCount: Int
    @usableFromInline let epochs: EpochManager
    @usableFromInline let hasher = CacheHasher()
    @usableFromInline let shardShift: UInt32
    /// What readers look at first: a front a shard, 128 bytes apart.
    @usableFromInline nonisolated(unsafe) let fronts: UnsafeMutableRawPointer
    @usableFromInline let counters = CacheCounterStripes()
    @usableFromInline let version = Atomic<UInt64>(0)
    @usableFromInline nonisolated(unsafe) let shards: UnsafeMutablePointer<Shard>
    /// A lock a shard, apart from what it guards.
    @usableFromInline let locks: ConcurrentCacheLocks
    private let total: ConcurrentCacheTotal?
    @usableFromInline let lateRejections = Atomic<Int>(0)

    @usableFromInline static var frontStride: Int { 128 }

    /// A cache bounded by bytes.
    ///
    /// - Parameters:
    ///   - byteLimit: the most that entries, tables and garbage take together. An eighth is kept for garbage.
    ///   - shards: how many locks, rounded up to a power of two; nil for one a MiB, at most 16.
    public convenience init(byteLimit: Int, shards: Int? = nil) {
        let wanted = shards ?? Swift.min(16, Swift.max(1, byteLimit >> 20))
        self.init(limit: byteLimit, weighsBytes: true, shards: wanted)
    }

    /// A cache bounded by what the entries weigh together, 1 each if the caller does not say otherwise.
    ///
    /// - Parameter shards: how many locks, rounded up to a power of two; nil for one under 4,096 entries, and one each
    ///   1,024 above, at most 16. The bound is shared out among them.
    public convenience init(entries: Int, shards: Int? = nil) {
        let wanted = shards ?? (entries < 4_096 ? 1 : Swift.min(16, entries / 1_024))
        self.init(limit: entries, weighsBytes: false, shards: wanted)
    }

    private init(limit: Int, weighsBytes: Bool, shards wanted: Int) {
        precondition(wanted >= 1 && wanted <= 1 << 16, "a cache has 1 to 65,536 shards")
        self.limit = Swift.max(0, limit)
        self.weighsBytes = weighsBytes
        let bits = wanted == 1 ? 0 : Int.bitWidth - (wanted - 1).leadingZeroBitCount
        shardCount = 1 << bits
        shardShift = UInt32(32 - bits)
        let garbage = weighsBytes ? self.limit / 8 : nil
        epochs = EpochManager(garbageLimit: garbage.map { Swift.max(1, $0) } ?? 1 << 20)
        total = weighsBytes ? ConcurrentCacheTotal(limit: self.limit) : nil
        fronts = .allocate(byteCount: shardCount * Self.frontStride, alignment: 128)
        shards = .allocate(capacity: shardCount)
        locks = ConcurrentCacheLocks(count: shardCount)
        let shared = self.limit - (garbage ?? 0)
        for number in 0..<shardCount {
            let front = (fronts + number * Self.frontStride).bindMemory(to: ConcurrentCacheFront.self, capacity: 1)
            front.initialize(to: ConcurrentCacheFront())
            // The first ones take what does not divide.
            let share = shared / shardCount + (number < shared % shardCount ? 1 : 0)
            (shards + number).initialize(to: Shard(limit: share, total: total, epochs: epochs, front: front))
        }
    }

    deinit {
        shards.deinitialize(count: shardCount)
        shards.deallocate()
        fronts.deallocate()
    }

    // MARK: Reading

    /// The value of a key, unless it is out of date. Counts as a hit or a miss.
    ///
    /// - Parameter now: the time, in the unit and from the start that the deadlines have.
    /// - Complexity: O(1) average; no lock, unless the process has more threads than epochs have places.
    @inlinable
    public func get(_ key: Key, now: UInt64 = 0) -> Value? {
        let hash = hasher.hash(key)
        do throws(StrataError) {
            return try epochs.withPin { () throws(StrataError) -> Value? in
                let stripe = counters.stripe(strata_place_of(epochs.number))
                if stripe.isTimed { return timedGet(key, hash, now, stripe) }
                return pinnedGet(key, hash, now, stripe)
            }
        } catch {
            return lockedGet(key, hash, now, counters.stripe(nil))
        }
    }

    @inlinable @inline(__always)
    func front(_ hash: UInt32) -> UnsafeMutablePointer<ConcurrentCacheFront> {
        // A shift by all 32 bits gives 0: one shard.
        (fronts + Int(hash >> shardShift) &* Self.frontStride).assumingMemoryBound(to: ConcurrentCacheFront.self)
    }

    @inlinable @inline(__always)
    func pinnedGet(_ key: Key, _ hash: UInt32, _ now: UInt64, _ stripe: CacheCounterStripe) -> Value? {
        let front = front(hash)
        let moves = front.pointee.moves.load(ordering: .acquiring)
        let buckets = ConcurrentCacheBuckets(address: front.pointee.buckets.load(ordering: .acquiring))
        // A node or bucket array that is found under the pin is not freed before its end.
        var address = buckets.head(hash).pointee.load(ordering: .acquiring)
        while address != 0 {
            let node = UnsafeMutablePointer<Node>(bitPattern: address).unsafelyUnwrapped
            if node.pointee.hash == hash, node.pointee.key == key {
                guard isGood(node, now) else {
                    stripe.countExpiration()
                    return nil
                }
                Policy.touch(node.pointee.mark)
                stripe.countHit()
                return node.pointee.value
            }
            address = node.pointee.next.load(ordering: .acquiring)
        }
        if moves & 1 != 0 || front.pointee.moves.load(ordering: .acquiring) != moves {
            return lockedGet(key, hash, now, stripe)
        }
        stripe.countMiss()
        return nil
    }

    @inlinable @inline(__always)
    func isGood(_ node: UnsafeMutablePointer<Node>, _ now: UInt64) -> Bool {
        node.pointee.version == version.load(ordering: .acquiring) && now < node.pointee.deadline
    }

    @usableFromInline @inline(never)
    func timedGet(_ key: Key, _ hash: UInt32, _ now: UInt64, _ stripe: CacheCounterStripe) -> Value? {
        let start = CacheClock.nanoseconds()
        let value = pinnedGet(key, hash, now, stripe)
        stripe.countTime(CacheClock.nanoseconds() - start)
        return value
    }

    /// Looks a key up while nobody else may write to its shard.
    @usableFromInline @inline(never)
    func lockedGet(_ key: Key, _ hash: UInt32, _ now: UInt64, _ stripe: CacheCounterStripe) -> Value? {
        withShard(hash) { shard in
            guard let node = shard.pointee.find(key, hash) else {
                stripe.countMiss()
                return nil
            }
            guard isGood(node, now) else {
                stripe.countExpiration()
                return nil
            }
            Policy.touch(node.pointee.mark)
            stripe.countHit()
            return node.pointee.value
        }
    }

    // MARK: Writing

    @inlinable @inline(__always)
    func withShard<Result>(_ hash: UInt32, _ body: (UnsafeMutablePointer<Shard>) -> Result) -> Result {
        withShard(number: Int(hash >> shardShift), body)
    }

    @inlinable @inline(__always)
    func withShard<Result>(number: Int, _ body: (UnsafeMutablePointer<Shard>) -> Result) -> Result {
        // Shards do not move, and only who holds the lock looks into one.
        locks.lock(number)
        defer { locks.unlock(number) }
        return body(shards + number)
    }

    /// Keeps a value, and evicts what the policy says until it fits. A value that cannot fit is not kept, and replaces
    /// nothing but its own key's; nor is one of another version of the index than the cache is at.
    ///
    /// - Parameters:
    ///   - weight: with a bound of bytes, what key and value take beside their own size; else a weight, 1 by default.
    ///   - deadline: from which time on it is not good any more; the largest number for never.
    ///   - version: the version of the index that the value was worked out with, read before that began; nil for the
    ///     current one.
    /// - Returns: whether the value was kept.
    @discardableResult
    @inlinable
    public func put(_ key: Key, _ value: Value, weight: Int = 1, deadline: UInt64 = .max, version: UInt64? = nil)
        -> Bool
    {
        precondition(weight >= 0)
        let hash = hasher.hash(key)
        let current = self.version.load(ordering: .acquiring)
        if let version, version != current {
            lateRejections.add(1, ordering: .relaxed)
            return false
        }
        return withShard(hash) { shard in
            shard.pointee.put(key, hash, value, weight: weight, deadline: deadline, version: current)
        }
    }

    /// Takes an entry out; whether it was there, good or not.
    @discardableResult
    @inlinable
    public func remove(_ key: Key) -> Bool {
        let hash = hasher.hash(key)
        return withShard(hash) { $0.pointee.remove(key, hash) }
    }

    /// Takes all entries out, shard by shard. The counters go on.
    public func removeAll() {
        for number in 0..<shardCount {
            _ = withShard(number: number) { $0.pointee.removeAll { _ in true } }
        }
        epochs.collect()
    }

    /// Takes out everything that is out of date.
    ///
    /// - Returns: how many entries went.
    @discardableResult
    public func removeOutdated(now: UInt64 = 0) -> Int {
        let current = version.load(ordering: .acquiring)
        var count = 0
        for number in 0..<shardCount {
            count += withShard(number: number) { shard in
                shard.pointee.removeAll { $0.version != current || now >= $0.deadline }
            }
        }
        return count
    }

    /// The version of the index that entries must be of.
    public var indexVersion: UInt64 { version.load(ordering: .acquiring) }

    /// Goes over to another version of the index: every entry of another one is out of reach for gets that begin from
    /// now on.
    ///
    /// - Complexity: O(1).
    public func invalidate(to version: UInt64) { self.version.store(version, ordering: .releasing) }

    // MARK: Figures

    /// Number of entries, those that are out of date included.
    public var count: Int { (0..<shardCount).reduce(0) { $0 + withShard(number: $1) { $0.pointee.count } } }

    /// With a bound of bytes, what entries, tables and garbage take now; else 0.
    public var byteCount: Int { total?.bytes ?? 0 }

    /// What happened so far. With other threads at work, the figures are of slightly different times.
    public var metrics: CacheMetrics {
        var metrics = counters.sum
        for number in 0..<shardCount {
            withShard(number: number) { shard in
                metrics.insertions += shard.pointee.insertions
                metrics.evictions += shard.pointee.evictions
                metrics.rejections += shard.pointee.rejections
            }
        }
        metrics.rejections += lateRejections.load(ordering: .relaxed)
        if weighsBytes { metrics.bytes = byteCount }
        return metrics
    }
}
