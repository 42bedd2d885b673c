/// The experts of an ``AdaptivePolicy``, each simulated on the same sample of the requests, and how they do.
///
/// For each expert the misses are summed up that the active one had and it had not, less a margin a request (Page,
/// "Continuous inspection schemes", 1954). A large lead is seen after a few requests, a small one after many, and noise
/// does not add up. The sums go on below zero, down to a bound: with requests that come in bursts, such as a loop's, the
/// one that is better in the long run is not left for one that is better for a moment.
@frozen @usableFromInline
struct PolicyContest: ~Copyable, Sendable {
    /// The lead, in misses a request, that is not worth a change.
    private static var margin: Float { 0.004 }
    /// The misses of the sample that an expert must be ahead by, and the same for each entry of the sample: what a change
    /// costs grows with the entries that are handed over.
    private static var leastLead: Float { 64 }
    private static var leadPerEntry: Float { 0.05 }
    /// The misses for each entry of the sample that an expert may be behind by at most.
    private static var lagPerEntry: Float { 0.75 }

    @usableFromInline var lru: ShadowCache<LRUPolicy>
    @usableFromInline var sieve: ShadowCache<SievePolicy>
    @usableFromInline var s3FIFO: ShadowCache<S3FIFOPolicy>
    @usableFromInline var wTinyLFU: ShadowCache<WTinyLFUPolicy>
    /// A key is in the sample when these bits of its hash, mixed anew, are 0.
    @usableFromInline var sampleMask: UInt32 = 0
    /// How far each expert is ahead of the active one, in misses.
    @usableFromInline var leads: SIMD4<Float> = .zero
    @usableFromInline let capacity: Int

    @usableFromInline
    init(capacity: Int) {
        self.capacity = capacity
        lru = ShadowCache(capacity: capacity)
        sieve = ShadowCache(capacity: capacity)
        s3FIFO = ShadowCache(capacity: capacity)
        wTinyLFU = ShadowCache(capacity: capacity)
    }

    /// The entries of a simulation: an eighth of the cache's, but a few hundred at least.
    @usableFromInline
    static func sampleBits(slots: Int) -> Int {
        var bits = 0
        while slots >> bits > AdaptivePolicy.shadowSlots || (bits < 3 && slots >> bits > AdaptivePolicy.fewShadowSlots)
        {
            bits += 1
        }
        return bits
    }

    @usableFromInline
    static func byteCount(slots: Int, capacity: Int) -> Int {
        // Simulations have been as large as the largest sample that the cache passed through as it grew.
        let slots = Swift.min(slots, AdaptivePolicy.shadowSlots)
        return ShadowCache<LRUPolicy>.byteCount(slots: slots, capacity: capacity)
            + ShadowCache<SievePolicy>.byteCount(slots: slots, capacity: capacity)
            + ShadowCache<S3FIFOPolicy>.byteCount(slots: slots, capacity: capacity)
            + ShadowCache<WTinyLFUPolicy>.byteCount(slots: slots, capacity: capacity)
    }

    @inlinable @inline(__always)
    func samples(_ hash: UInt32) -> Bool { CacheHasher.remix(hash) & sampleMask == 0 }

    /// Makes room for the sample of so many entries. Where it would be too large, every second key leaves it.
    @usableFromInline
    mutating func reserve(slots: Int) {
        let bits = Self.sampleBits(slots: slots)
        let mask = (UInt32(1) << UInt32(bits)) - 1
        let room = slots >> bits
        lru.reserve(slots: room)
        sieve.reserve(slots: room)
        s3FIFO.reserve(slots: room)
        wTinyLFU.reserve(slots: room)
        guard mask != sampleMask else { return }
        sampleMask = mask
        let keeps: (UInt32) -> Bool = { CacheHasher.remix($0) & mask == 0 }
        lru.thin(capacity: capacity >> bits, keeps: keeps)
        sieve.thin(capacity: capacity >> bits, keeps: keeps)
        s3FIFO.thin(capacity: capacity >> bits, keeps: keeps)
        wTinyLFU.thin(capacity: capacity >> bits, keeps: keeps)
    }

    /// A request of the sample, while the expert of this number is active.
    @usableFromInline
    mutating func request(_ hash: UInt32, weight: Int, active: Int) {
        let misses = SIMD4<Float>(
            lru.request(hash, weight: weight) ? 0 : 1, sieve.request(hash, weight: weight) ? 0 : 1,
            s3FIFO.request(hash, weight: weight) ? 0 : 1, wTinyLFU.request(hash, weight: weight) ? 0 : 1)
        leads += misses[active] - misses - Self.margin
        leads[active] = 0
        let most = -Self.lagPerEntry * Float(lru.table.count)
        leads.replace(with: most, where: leads .< most)
    }

    /// From now on the expert of this number is active, and leads count from it.
    @usableFromInline
    mutating func noteChange(to active: Int) { leads -= leads[active] }

    /// The expert that is ahead of the active one by more than noise.
    @usableFromInline
    var winner: AdaptivePolicy.Expert? {
        let most = leads.max()
        let needed = Swift.max(Self.leastLead, Self.leadPerEntry * Float(lru.table.count))
        guard most > needed else { return nil }
        return AdaptivePolicy.Expert.allCases.first { leads[$0.rawValue] == most }
    }
}
