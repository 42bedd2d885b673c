/// The policy that would have missed least lately, of LRU, SIEVE, S3-FIFO and W-TinyLFU.
///
/// Each of the four is simulated beside the cache on a sample of the keys, chosen by hash, with as small a share of the
/// capacity (Waldspurger et al., "Cache modeling and optimization using miniature simulations", ATC 2017). The misses of
/// each are averaged with a weight that falls off with age, and when another expert than the active one is ahead by
/// more than noise and a change would not come too soon after the last one, the entries are handed over to it in the
/// order of their eviction. So no fixed policy is better for long by much, whatever the requests are like. A sketch of
/// the frequencies of all keys is kept up at all times, for the expert that needs one.
///
/// FIFO is no expert: SIEVE does what it does, and spares what was asked for.
public struct AdaptivePolicy: EvictionPolicy, ~Copyable {
    /// The policies that it chooses among.
    public enum Expert: Int, Sendable, CaseIterable {
        case lru
        case sieve
        case s3FIFO
        case wTinyLFU
    }

    /// The most entries that a simulation has, and so many that fewer would tell too little.
    static var shadowSlots: Int { 2048 }
    static var fewShadowSlots: Int { 256 }

    @usableFromInline var active = Expert.s3FIFO
    @usableFromInline var lru: LRUPolicy
    @usableFromInline var sieve: SievePolicy
    @usableFromInline var s3FIFO: S3FIFOPolicy
    @usableFromInline var wTinyLFU: WTinyLFUPolicy
    @usableFromInline var contest: PolicyContest
    @usableFromInline var sketch = FrequencySketch()
    @usableFromInline var count = 0
    @usableFromInline var requestsSinceChange = 0
    /// How often the active policy changed.
    public private(set) var changes = 0
    @usableFromInline let capacity: Int
    @usableFromInline var slotCount = 0

    public init(capacity: Int) {
        self.capacity = capacity
        lru = LRUPolicy(capacity: capacity)
        sieve = SievePolicy(capacity: capacity)
        s3FIFO = S3FIFOPolicy(capacity: capacity)
        wTinyLFU = WTinyLFUPolicy(capacity: capacity)
        contest = PolicyContest(capacity: capacity)
    }

    /// The policy that decides now.
    public var expert: Expert { active }

    public mutating func reserve(slots: Int) {
        slotCount = slots
        reserveActive()
        sketch.reserve(slots: slots)
        contest.reserve(slots: slots)
    }

    private mutating func reserveActive() {
        switch active {
        case .lru: lru.reserve(slots: slotCount)
        case .sieve: sieve.reserve(slots: slotCount)
        case .s3FIFO: s3FIFO.reserve(slots: slotCount)
        case .wTinyLFU: wTinyLFU.reserve(slots: slotCount)
        }
    }

    /// Counts two policies with room for all slots, as there are while one hands over to another.
    public static func byteCount(slots: Int, capacity: Int) -> Int {
        let each = [
            LRUPolicy.byteCount(slots: slots, capacity: capacity),
            SievePolicy.byteCount(slots: slots, capacity: capacity),
            S3FIFOPolicy.byteCount(slots: slots, capacity: capacity),
            WTinyLFUPolicy.byteCount(slots: slots, capacity: capacity),
        ]
        let empty =
            LRUPolicy.byteCount(slots: 0, capacity: capacity) + SievePolicy.byteCount(slots: 0, capacity: capacity)
            + S3FIFOPolicy.byteCount(slots: 0, capacity: capacity)
            + WTinyLFUPolicy.byteCount(slots: 0, capacity: capacity)
        return 2 * each.max()! + empty + FrequencySketch.byteCount(slots: slots)
            + PolicyContest.byteCount(slots: slots, capacity: capacity)
    }

    @inlinable @inline(__always)
    mutating func request(_ hash: UInt32, _ weight: Int) {
        sketch.add(hash, sample: 10 &* Swift.max(count, 16))
        requestsSinceChange &+= 1
        if contest.samples(hash) { judge(hash, weight) }
    }

    @inlinable
    public mutating func hit(_ slot: UInt32) {
        let link: SlotLink
        switch active {
        case .lru:
            lru.hit(slot)
            link = lru.links[slot]
        case .sieve:
            sieve.hit(slot)
            link = sieve.links[slot]
        case .s3FIFO:
            s3FIFO.hit(slot)
            link = s3FIFO.links[slot]
        case .wTinyLFU:
            wTinyLFU.hit(slot)
            link = wTinyLFU.links[slot]
        }
        request(link.hash, link.weight)
    }

    @inlinable
    public mutating func insert(_ slot: UInt32, hash: UInt32, weight: Int) {
        count &+= 1
        switch active {
        case .lru: lru.insert(slot, hash: hash, weight: weight)
        case .sieve: sieve.insert(slot, hash: hash, weight: weight)
        case .s3FIFO: s3FIFO.insert(slot, hash: hash, weight: weight)
        case .wTinyLFU: wTinyLFU.insert(slot, hash: hash, weight: weight)
        }
        request(hash, weight)
    }

    public mutating func adopt(_ slot: UInt32, hash: UInt32, weight: Int, frequency: Int) {
        count += 1
        adoptByActive(slot, hash, weight, frequency)
    }

    private mutating func adoptByActive(_ slot: UInt32, _ hash: UInt32, _ weight: Int, _ frequency: Int) {
        switch active {
        case .lru: lru.adopt(slot, hash: hash, weight: weight, frequency: frequency)
        case .sieve: sieve.adopt(slot, hash: hash, weight: weight, frequency: frequency)
        case .s3FIFO: s3FIFO.adopt(slot, hash: hash, weight: weight, frequency: frequency)
        case .wTinyLFU: wTinyLFU.adopt(slot, hash: hash, weight: weight, frequency: frequency)
        }
    }

    @inlinable
    public mutating func evict(for weight: Int) -> UInt32 {
        count &-= 1
        switch active {
        case .lru: return lru.evict(for: weight)
        case .sieve: return sieve.evict(for: weight)
        case .s3FIFO: return s3FIFO.evict(for: weight)
        case .wTinyLFU: return wTinyLFU.evict(for: weight)
        }
    }

    @inlinable
    public mutating func remove(_ slot: UInt32) {
        count &-= 1
        switch active {
        case .lru: lru.remove(slot)
        case .sieve: sieve.remove(slot)
        case .s3FIFO: s3FIFO.remove(slot)
        case .wTinyLFU: wTinyLFU.remove(slot)
        }
    }

    // MARK: The choice

    /// Lets the experts have a request of the sample, and changes to another one where that is worth it.
    @usableFromInline
    mutating func judge(_ hash: UInt32, _ weight: Int) {
        contest.request(hash, weight: weight, active: active.rawValue)
        // A change costs two steps an entry: no more than four a request, then.
        guard requestsSinceChange >= count / 2, let winner = contest.winner else { return }
        change(to: winner)
        contest.noteChange(to: winner.rawValue)
    }

    /// Hands all entries over to another expert, in the order in which the active one would evict them.
    private mutating func change(to expert: Expert) {
        var moved: [(slot: UInt32, link: SlotLink)] = []
        moved.reserveCapacity(count)
        for _ in 0..<count {
            switch active {
            case .lru:
                let slot = lru.evict(for: 0)
                moved.append((slot, lru.links[slot]))
            case .sieve:
                let slot = sieve.evict(for: 0)
                moved.append((slot, sieve.links[slot]))
            case .s3FIFO:
                let slot = s3FIFO.evict(for: 0)
                moved.append((slot, s3FIFO.links[slot]))
            case .wTinyLFU:
                let slot = wTinyLFU.evict(for: 0)
                moved.append((slot, wTinyLFU.links[slot]))
            }
        }
        switch active {
        case .lru: lru = LRUPolicy(capacity: capacity)
        case .sieve: sieve = SievePolicy(capacity: capacity)
        case .s3FIFO: s3FIFO = S3FIFOPolicy(capacity: capacity)
        case .wTinyLFU: wTinyLFU = WTinyLFUPolicy(capacity: capacity)
        }
        active = expert
        reserveActive()
        for (slot, link) in moved {
            adoptByActive(slot, link.hash, link.weight, sketch.frequency(of: link.hash))
        }
        changes += 1
        requestsSinceChange = 0
    }
}
