/// The tunables of the storage stack, each with its unit, default and bounds.
///
/// Keys are spelt in snake case in scenario files and in ``init(keys:)``; a key that this version does not act on is
/// refused there, never ignored.
public struct MemoryConfiguration: Sendable, Equatable {
    /// `arena_size`: the most that the payload arena may hold, in bytes; 0 for no bound. Default 0. With the strategy
    /// `direct` there is no arena, and the bound has no effect.
    /// At least 65,536 otherwise.
    public var arenaSize = 0
    /// `max_entities`: the most entities that a store takes. Default and upper bound 4,294,967,294.
    public var maxEntities = Int(UInt32.max) - 1
    /// `cache_size`: the bound on the similarity cache's results, in bytes; 0 turns it off. Default 16 MiB.
    public var cacheSize = 16 << 20
    /// `string_interner_capacity`: how many distinct strings the interner has room for before it first grows.
    /// Default 1,024, at most 2^28.
    public var stringInternerCapacity = 1_024
    /// `gc_threshold`: the share of dead bytes in the payload arena at which it is compacted, over 0 and at most 1.
    /// Default 0.5.
    public var gcThreshold = 0.5
    /// `allocation_strategy`: where payloads come from. Default ``AllocationStrategy/bump``.
    public var allocationStrategy = AllocationStrategy.bump

    public init() {}

    /// The keys that ``init(keys:)`` takes.
    public static let keys = [
        "arena_size", "max_entities", "cache_size", "string_interner_capacity", "gc_threshold", "allocation_strategy",
    ]

    /// A configuration from text: sizes are plain numbers of bytes.
    ///
    /// - Throws: `invalidArgument` naming the key, for a key that is unknown or a value that is out of bounds.
    public init(keys: [String: String]) throws(StrataError) {
        for (key, text) in keys.sorted(by: { $0.key < $1.key }) {
            switch key {
            case "arena_size": arenaSize = try Self.integer(key, text)
            case "max_entities": maxEntities = try Self.integer(key, text)
            case "cache_size": cacheSize = try Self.integer(key, text)
            case "string_interner_capacity": stringInternerCapacity = try Self.integer(key, text)
            case "gc_threshold":
                guard let value = Double(text) else { throw Self.refusal(key, text, "a number over 0 and at most 1") }
                gcThreshold = value
            case "allocation_strategy":
                guard let value = AllocationStrategy(rawValue: text) else {
                    throw Self.refusal(key, text, AllocationStrategy.allCases.map(\.rawValue).joined(separator: " or "))
                }
                allocationStrategy = value
            default:
                throw StrataError(
                    .invalidArgument, "the configuration has no key '\(key)'",
                    remedy: "use one of \(Self.keys.joined(separator: ", "))")
            }
        }
        try validate()
    }

    /// Checks the bounds of every field.
    ///
    /// - Throws: `invalidArgument` naming the first key that is out of bounds.
    public func validate() throws(StrataError) {
        guard arenaSize == 0 || arenaSize >= 65_536 else {
            throw Self.refusal("arena_size", "\(arenaSize)", "0 or at least 65536 bytes")
        }
        guard maxEntities > 0, maxEntities < Int(UInt32.max) else {
            throw Self.refusal("max_entities", "\(maxEntities)", "1 to 4294967294")
        }
        guard cacheSize >= 0 else { throw Self.refusal("cache_size", "\(cacheSize)", "0 or more bytes") }
        guard stringInternerCapacity > 0, stringInternerCapacity <= 1 << 28 else {
            throw Self.refusal("string_interner_capacity", "\(stringInternerCapacity)", "1 to 268435456")
        }
        guard gcThreshold > 0, gcThreshold <= 1 else {
            throw Self.refusal("gc_threshold", "\(gcThreshold)", "a number over 0 and at most 1")
        }
    }

    private static func integer(_ key: String, _ text: String) throws(StrataError) -> Int {
        guard let value = Int(text) else { throw refusal(key, text, "a whole number") }
        return value
    }

    private static func refusal(_ key: String, _ text: String, _ expected: String) -> StrataError {
        StrataError(.invalidArgument, "\(key) cannot be '\(text)'", remedy: "give \(expected)")
    }
}
