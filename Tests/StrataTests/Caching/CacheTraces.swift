@testable import Strata

/// Sequences of requests of the kinds that no single policy is best for; each from a seed.
enum CacheTraces {
    /// Ranks by Zipf's law, by inversion of the sums.
    struct Zipf {
        private let sums: [Double]

        init(_ count: Int, exponent: Double) {
            var sum = 0.0
            sums = (1...count).map { rank in
                // Only exponents with a square root as a power: without a library for powers.
                sum +=
                    exponent == 1
                    ? 1 / Double(rank) : 1 / (Double(rank).squareRoot() * Double(rank).squareRoot().squareRoot())
                return sum
            }
        }

        func draw(_ random: inout SplitMix64) -> Int {
            let wanted = Double(random.below(1 << 40)) / Double(1 << 40) * sums.last!
            var (low, high) = (0, sums.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > wanted { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }

    static func zipf(_ count: Int, keys: Int, exponent: Double = 1, seed: UInt64) -> [UInt32] {
        var random = SplitMix64(seed: seed)
        let law = Zipf(keys, exponent: exponent)
        return (0..<count).map { _ in UInt32(law.draw(&random)) }
    }

    /// Seven parts of Zipf's law, then three of keys that never come again, ten times.
    static func scans(_ count: Int, keys: Int, seed: UInt64) -> [UInt32] {
        var random = SplitMix64(seed: seed)
        let law = Zipf(keys, exponent: 1)
        return (0..<count).map { place in
            place * 10 % count < count * 7 / 10 ? UInt32(law.draw(&random)) : UInt32(1_000_000 + place)
        }
    }

    static func loop(_ count: Int, keys: Int) -> [UInt32] { (0..<count).map { UInt32($0 % keys) } }

    /// Zipf's law over keys that are others after each tenth.
    static func drift(_ count: Int, keys: Int, seed: UInt64) -> [UInt32] {
        var random = SplitMix64(seed: seed)
        let law = Zipf(keys, exponent: 1)
        return (0..<count).map { place in UInt32(law.draw(&random) + keys * (place * 10 / count)) }
    }

    /// The share of hits when each miss is put in.
    static func hitRatio<Policy: EvictionPolicy & ~Copyable>(
        _ policy: Policy.Type, _ trace: [UInt32], entries: Int
    ) -> Double {
        var cache = WeighedCache<UInt32, UInt32, Policy>(entries: entries)
        for key in trace where cache.get(key) == nil { cache.put(key, key) }
        return cache.metrics.hitRatio!
    }
}
