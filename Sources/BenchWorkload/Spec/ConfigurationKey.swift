import BenchYAML

/// The keys of the store's configuration, and how their values are written.
public enum ConfigurationKey: String, CaseIterable, Sendable {
    case arenaSize = "arena_size"
    case maxEntities = "max_entities"
    case cacheSize = "cache_size"
    case stringInternerCapacity = "string_interner_capacity"
    case zeroCopyBufferSize = "zero_copy_buffer_size"
    case gcThreshold = "gc_threshold"
    case allocationStrategy = "allocation_strategy"
    case cachePolicy = "cache_policy"
    case cacheEntries = "cache_entries"
    case cachePrefetch = "cache_prefetch"
    case quantizationLevels = "quantization_levels"
    case durability
    case memorySoftLimit = "memory_soft_limit"
    case memoryHardLimit = "memory_hard_limit"
    case garbageLimit = "garbage_limit"

    /// How values are written.
    public enum Form: Sendable, Equatable {
        /// A size in bytes.
        case size
        /// A whole number, at least 1.
        case number
        /// A share from 0 to 1.
        case share
        /// One of these words.
        case word([String])
    }

    /// How this key's values are written.
    public var form: Form {
        switch self {
        case .arenaSize, .cacheSize, .zeroCopyBufferSize, .memorySoftLimit, .memoryHardLimit, .garbageLimit:
            return .size
        case .maxEntities, .stringInternerCapacity, .cacheEntries, .quantizationLevels: return .number
        case .gcThreshold: return .share
        case .allocationStrategy: return .word(["direct", "pool", "bump"])
        case .cachePolicy: return .word(["lru", "fifo", "sieve", "s3-fifo", "w-tinylfu", "adaptive"])
        case .cachePrefetch: return .word(["none", "learned"])
        case .durability: return .word(["none", "interval", "commit"])
        }
    }

    /// Whether the store acts on the key. The others are refused, so that none is silently without effect.
    public var isWorking: Bool {
        switch self {
        case .arenaSize, .maxEntities, .cacheSize, .stringInternerCapacity, .zeroCopyBufferSize, .gcThreshold,
            .allocationStrategy, .cachePolicy, .cacheEntries, .cachePrefetch, .memorySoftLimit, .memoryHardLimit,
            .garbageLimit:
            true
        default: false
        }
    }

    /// The value in its one form: bytes, a plain whole number, a fraction, or the word.
    func normalized(_ node: Node) throws(DocumentError) -> String {
        guard isWorking else {
            throw notYetWorking("the configuration key `\(rawValue)`", at: node.location, keyPath: node.keyPath)
        }
        switch form {
        case .size: return "\(try node.byteCount(in: 0 ... .max))"
        case .number: return "\(try node.integer(in: 1 ... .max))"
        case .share: return "\(try node.fraction())"
        case .word(let words):
            let what = rawValue.split(separator: "_").joined(separator: " ")
            return try node.choice(of: words, what)
        }
    }
}
