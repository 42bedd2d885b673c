/// How many misses a cache of each size would have, from the reuse distances of a sample of the keys (Waldspurger et al.,
/// "Efficient MRC construction with SHARDS", FAST 2015).
///
/// A key is in the sample when its hash is below a threshold, and then all its requests are: a thousandth of the keys
/// gives the curve of all within a point or so. The reuse distance of a request is what the other keys weigh that were
/// asked for since the key's last one; a cache by recency (LRU) of a larger size has it. When the sample grows above its
/// bound, the threshold is halved, so that memory is bounded whatever comes.
///
/// One thread at a time. A request outside the sample costs a few instructions; one inside it O(log sample).
public struct MissRatioCurve: Sendable {
    private struct Key {
        var time: Int
        var weight: Int
    }

    /// Sizes are told apart by this many steps between a power of two and the next.
    private static let stepsPerDoubling = 16
    private static let bucketCount = 64 * stepsPerDoubling

    private let hasher = CacheHasher(seed: 0x5348_4152_4453)
    private let sampleLimit: Int
    /// A key whose mixed hash is below it is in the sample; 2^32 for all keys.
    private var threshold: UInt64 = 1 << 32
    private var keys: [UInt32: Key] = [:]
    /// A Fenwick tree: the weights of the keys by the time of their last request.
    private var tree: [Int]
    private var now = 0
    private var live = 0
    /// Requests by reuse distance, each standing for 1 / sampling ratio of them. Those of the first request of a key have
    /// none.
    private var histogram: [Double]
    private var sampled = 0.0

    /// Requests so far, in the sample or not.
    public private(set) var requests = 0

    /// - Parameter sampleLimit: the most keys that are kept, at about 80 bytes each; at least 16.
    public init(sampleLimit: Int = 8_192) {
        self.sampleLimit = Swift.max(16, sampleLimit)
        tree = Array(repeating: 0, count: 4 * self.sampleLimit + 1)
        histogram = Array(repeating: 0, count: Self.bucketCount)
    }

    /// The share of the keys that are in the sample.
    public var samplingRatio: Double { Double(threshold) / 4_294_967_296 }

    /// The number of different keys asked for so far, about.
    public var distinctKeys: Double { Double(keys.count) / samplingRatio }
    /// What all keys asked for so far weigh together, about: a larger cache never helps.
    public var distinctWeight: Double { Double(live) / samplingRatio }

    /// Counts a request.
    public mutating func record<Key: Hashable>(_ key: Key, weight: Int = 1) {
        record(hash: hasher.hash(key), weight: weight)
    }

    /// Counts a request for the key with this hash, from a ``CacheHasher``.
    public mutating func record(hash: UInt32, weight: Int = 1) {
        requests += 1
        guard UInt64(CacheHasher.remix(hash)) < threshold else { return }
        sampled += 1
        if now + 1 == tree.count { renumber() }
        now += 1
        if let known = keys[hash] {
            // What was asked for after the key, and the key itself.
            let distance = Double(live - prefix(known.time)) / samplingRatio + Double(weight)
            histogram[Self.bucket(distance)] += 1
            add(-known.weight, at: known.time)
        }
        keys[hash] = Key(time: now, weight: weight)
        add(weight, at: now)
        if keys.count > sampleLimit { halve() }
    }

    // MARK: The curve

    /// The miss ratio that LRU would have had with this capacity; nil before the first request.
    ///
    /// - Complexity: O(1): a step for each of the sizes that are told apart.
    public func missRatio(capacity: Int) -> Double? {
        guard requests > 0 else { return nil }
        // Where the sample's keys were asked for more or less than their share, the difference is put down to keys that
        // any cache holds (SHARDS-adj).
        let expected = Double(requests) * samplingRatio
        var hits = expected - sampled
        // Distances are whole numbers where all keys are in the sample: those up to the capacity are hits.
        let keepsAll = Double(capacity) >= distinctWeight
        let end = keepsAll ? Double.infinity : Double(Swift.max(0, capacity)) + 1
        for bucket in 0..<Self.bucketCount {
            let (low, high) = (Self.lowerBound(bucket), Self.lowerBound(bucket + 1))
            if low >= end { break }
            hits += histogram[bucket] * Swift.min(1, (end - low) / (high - low))
        }
        return Swift.min(1, Swift.max(0, 1 - hits / expected))
    }

    /// What a size would bring, and the size from which on doubling brings little.
    ///
    /// - Parameters:
    ///   - capacity: the present size, in the unit of the weights.
    ///   - leastGain: the points of hit ratio (0.01 is one) that a doubling must bring to be worth it.
    /// - Returns: nil before the first request.
    public func advice(capacity: Int, leastGain: Double = 0.01) -> CacheAdvice? {
        guard let now = missRatio(capacity: capacity) else { return nil }
        let most = Int(distinctWeight.rounded(.up))
        var best = Swift.max(1, Swift.min(capacity, most))
        // Down as long as half of it costs less, then up as long as twice of it brings more.
        while best > 1, missRatio(capacity: best / 2)! - missRatio(capacity: best)! < leastGain { best /= 2 }
        while best < most {
            // A step may only pay after several doublings, as with a loop.
            var size = best
            var doublings = 0.0
            var gains = false
            while size < most, !gains {
                size = Swift.min(size * 2, most)
                doublings += 1
                gains = missRatio(capacity: best)! - missRatio(capacity: size)! >= leastGain * doublings
            }
            guard gains else { break }
            best = size
        }
        return CacheAdvice(
            capacity: capacity, hitRatio: 1 - now, hitRatioOfHalf: 1 - missRatio(capacity: capacity / 2)!,
            hitRatioOfDouble: 1 - missRatio(capacity: capacity * 2)!, advisedCapacity: best,
            hitRatioOfAdvised: 1 - missRatio(capacity: best)!, hitRatioAtMost: 1 - missRatio(capacity: most)!)
    }

    /// The distance below which half of the repeated requests are; nil when no key was asked for twice.
    public var medianReuseDistance: Double? {
        let all = histogram.reduce(0, +)
        guard all > 0 else { return nil }
        var sum = 0.0
        for bucket in 0..<Self.bucketCount {
            sum += histogram[bucket]
            if sum * 2 >= all { return Self.lowerBound(bucket) }
        }
        return nil
    }

    // MARK: Buckets

    private static func bucket(_ distance: Double) -> Int {
        guard distance > 1 else { return 0 }
        let power = Int(distance.exponent)
        let step = Int((distance.significand - 1) * Double(stepsPerDoubling))
        return Swift.min(power * stepsPerDoubling + step, bucketCount - 1)
    }

    private static func lowerBound(_ bucket: Int) -> Double {
        let (power, step) = bucket.quotientAndRemainder(dividingBy: stepsPerDoubling)
        return Double(sign: .plus, exponent: power, significand: 1 + Double(step) / Double(stepsPerDoubling))
    }

    // MARK: The sample

    private mutating func add(_ weight: Int, at time: Int) {
        live += weight
        var place = time
        while place < tree.count {
            tree[place] += weight
            place += place & -place
        }
    }

    /// What the keys weigh whose last request was at this time or before.
    private func prefix(_ time: Int) -> Int {
        var sum = 0
        var place = time
        while place > 0 {
            sum += tree[place]
            place -= place & -place
        }
        return sum
    }

    /// Gives the keys the times 1, 2, ... in the order that they have.
    private mutating func renumber() {
        let order = keys.sorted { $0.value.time < $1.value.time }
        for place in tree.indices { tree[place] = 0 }
        (live, now) = (0, 0)
        for (hash, key) in order {
            now += 1
            keys[hash]!.time = now
            add(key.weight, at: now)
        }
    }

    /// Takes every second key out of the sample. What was counted counts half, as if it had been sampled so.
    private mutating func halve() {
        threshold /= 2
        keys = keys.filter { UInt64(CacheHasher.remix($0.key)) < threshold }
        for bucket in histogram.indices { histogram[bucket] /= 2 }
        sampled /= 2
        renumber()
    }
}

/// What the size of a cache brings, by its ``MissRatioCurve``.
public struct CacheAdvice: Sendable, Equatable {
    /// The present size, in the unit of the curve.
    public let capacity: Int
    /// The hit ratio that LRU would have at that size, at half and at twice of it.
    public let hitRatio: Double
    public let hitRatioOfHalf: Double
    public let hitRatioOfDouble: Double
    /// The size from which on a doubling brings less than was asked for, and the hit ratio there.
    public let advisedCapacity: Int
    public let hitRatioOfAdvised: Double
    /// The hit ratio of a cache that keeps everything.
    public let hitRatioAtMost: Double
}
