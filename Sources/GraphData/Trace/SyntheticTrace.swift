/// The laws of made-up traces, of the kinds that no single policy of a cache is best for.
public enum TraceLaw: String, Codable, Sendable, Hashable, CaseIterable {
    /// Zipf's law with exponent 1.0 over all keys; ranks are scattered.
    case zipf
    /// The same with exponent 0.8.
    case flatZipf = "flat-zipf"
    /// Ten times: seven parts of `zipf`, and then three of keys that never come again, one after the other.
    case scans
    /// 15 of 100 keys, again and again in the same order.
    case loop
    /// `zipf`, whose ranks are scattered anew after each tenth of the accesses.
    case drift
    /// A walk on a graph with a node a key, eight links from each to nodes drawn by `zipf`; it begins anew at any node
    /// with the probability 0.15.
    case walk
}

/// A trace that is made of a seed. Equal specifications give the same keys on every machine.
public struct SyntheticTrace: Codable, Sendable, Hashable {
    /// The law of the keys.
    public var law: TraceLaw
    /// How many keys are asked for.
    public var accesses: Int
    /// The distinct keys that the law draws from; `scans` has others on top.
    public var keys: Int
    /// What all choices follow from.
    public var seed: UInt64

    public init(law: TraceLaw, accesses: Int = 1_000_000, keys: Int = 100_000, seed: UInt64 = 42) {
        self.law = law
        self.accesses = accesses
        self.keys = keys
        self.seed = seed
    }

    private static let links = 8
    private static let restart = 0.15

    /// Calls `body` with each key. Takes about 50 ns each.
    func forEach(_ body: (UInt32) throws(GraphDataError) -> Void) throws(GraphDataError) {
        precondition(accesses >= 1 && keys >= 1 && keys <= 1 << 30, "a trace needs an access and 1 to 2^30 keys")
        let ranks = ZipfSampler(count: keys, exponent: law == .flatZipf ? 0.8 : 1)
        var draws = SplitMix64(seed: seed)
        var scatter = SeededPermutation(count: keys, seed: seed)
        // The walk's place, and the scans' next key.
        var node = draws.below(keys)
        var fresh = keys
        for place in 0..<accesses {
            // Which tenth of the trace this is.
            let part = place * 10 / accesses
            switch law {
            case .zipf, .flatZipf: try body(UInt32(scatter(ranks.rank(using: &draws))))
            case .scans where place * 100 / accesses % 10 >= 7:
                try body(UInt32(fresh))
                fresh += 1
            case .scans: try body(UInt32(scatter(ranks.rank(using: &draws))))
            case .loop: try body(UInt32(place % max(keys * 15 / 100, 1)))
            case .drift:
                if place > 0, part != (place - 1) * 10 / accesses {
                    scatter = SeededPermutation(count: keys, seed: seed &+ UInt64(part))
                }
                try body(UInt32(scatter(ranks.rank(using: &draws))))
            case .walk:
                try body(UInt32(node))
                if draws.unit() < Self.restart {
                    node = draws.below(keys)
                } else {
                    // A node's links are drawn anew at each visit, from a stream of their own: the same each time.
                    let link = node * Self.links + draws.below(Self.links)
                    var stream = SplitMix64(seed: ~seed, stream: UInt64(link))
                    node = scatter(ranks.rank(using: &stream))
                }
            }
        }
    }
}
