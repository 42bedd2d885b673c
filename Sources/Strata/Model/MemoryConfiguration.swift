/// The tunables of the storage stack, each with its unit, default and bounds.
///
/// Keys are spelt in snake case in scenario files and in ``init(keys:)``; a key that this version does not act on is
/// refused there, never ignored. The bounds and the relations between keys are checked by ``validate()``.
public struct MemoryConfiguration: Sendable, Equatable {
    /// `arena_size`: the most that the payload arena may hold, in bytes; 0 for no bound. Default 0. With the strategy
    /// `direct` there is no arena, and the bound has no effect.
    /// At least 65,536 otherwise, and not over `memory_hard_limit`.
    public var arenaSize = 0
    /// `max_entities`: the most entities that a store takes. Default and upper bound 4,294,967,294.
    public var maxEntities = Int(UInt32.max) - 1
    /// `cache_size`: the bound on the similarity cache's results, in bytes; 0 turns it off. Default 16 MiB. Under
    /// memory pressure the cache holds less.
    public var cacheSize = 16 << 20
    /// `quantization_levels`: the steps into which the similarity cache cuts each component of a query, so that queries
    /// of one cell share what was found; nil, the default, when only equal queries do. 2 to 256.
    public var quantizationLevels: Int?
    /// `string_interner_capacity`: how many distinct strings the interner has room for before it first grows.
    /// Default 1,024, at most 2^28.
    public var stringInternerCapacity = 1_024
    /// `zero_copy_buffer_size`: the bytes of a snapshot that are gathered before they are handed to the kernel in one
    /// call, in bytes; taken up to whole blocks of the snapshot. Default 1 MiB, at least 65,536, at most 1 GiB.
    public var zeroCopyBufferSize = 1 << 20
    /// `gc_threshold`: the share of dead bytes in the payload arena at which it is compacted, over 0 and at most 1.
    /// Default 0.5. Under memory pressure it is compacted earlier.
    public var gcThreshold = 0.5
    /// `allocation_strategy`: where payloads come from. Default ``AllocationStrategy/bump``.
    public var allocationStrategy = AllocationStrategy.bump
    /// `memory_soft_limit`: the bytes held by the store at which it starts to give back: garbage is collected, payloads
    /// are compacted, caches shrink and take nothing new. 0 for none; nil, the default, for seven eighths of the hard
    /// limit. Not over the hard limit.
    public var memorySoftLimit: Int?
    /// `memory_hard_limit`: the bytes that the store never holds more than: a write that would need more throws
    /// `limitExceeded` before anything has changed, while reads and deletions go on. 0 for none; nil, the default, for
    /// what the process's control group leaves (``memoryLimits(controlGroupLimit:)``). At least 1 MiB otherwise.
    public var memoryHardLimit: Int?
    /// `garbage_limit`: the bytes of replaced payloads that may wait for readers who still see them; past it, writes
    /// but deletions throw `limitExceeded` until the readers are gone. 0, the default, for no bound of its own.
    /// At least 65,536 otherwise, and not over `memory_hard_limit`.
    public var garbageLimit = 0

    public init() {}

    /// Checks the bounds of every field, and the relations between them.
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
        if let quantizationLevels, !(2...256).contains(quantizationLevels) {
            throw Self.refusal("quantization_levels", "\(quantizationLevels)", "2 to 256")
        }
        guard stringInternerCapacity > 0, stringInternerCapacity <= 1 << 28 else {
            throw Self.refusal("string_interner_capacity", "\(stringInternerCapacity)", "1 to 268435456")
        }
        guard (65_536...1 << 30).contains(zeroCopyBufferSize) else {
            throw Self.refusal("zero_copy_buffer_size", "\(zeroCopyBufferSize)", "64KiB to 1GiB")
        }
        guard gcThreshold > 0, gcThreshold <= 1 else {
            throw Self.refusal("gc_threshold", "\(gcThreshold)", "a number over 0 and at most 1")
        }
        try validateLimits()
    }

    private func validateLimits() throws(StrataError) {
        if let memoryHardLimit {
            guard memoryHardLimit == 0 || memoryHardLimit >= MemoryLimits.leastHardLimit else {
                throw Self.refusal("memory_hard_limit", "\(memoryHardLimit)", "0 for none, or at least 1MiB")
            }
        }
        if let memorySoftLimit {
            guard memorySoftLimit >= 0 else {
                throw Self.refusal("memory_soft_limit", "\(memorySoftLimit)", "0 for none, or a number of bytes")
            }
        }
        guard garbageLimit == 0 || garbageLimit >= 65_536 else {
            throw Self.refusal("garbage_limit", "\(garbageLimit)", "0 for none, or at least 64KiB")
        }
        // What could never be reached is a mistake, most likely of the unit.
        guard let memoryHardLimit, memoryHardLimit > 0 else { return }
        let bounded: [(String, Int)] = [
            ("memory_soft_limit", memorySoftLimit ?? 0), ("arena_size", arenaSize), ("garbage_limit", garbageLimit),
        ]
        for (key, value) in bounded where value > memoryHardLimit {
            throw Self.refusal(
                key, "\(value)", "at most what memory_hard_limit allows, \(memoryHardLimit) bytes")
        }
    }

    static func refusal(_ key: String, _ text: String, _ expected: String) -> StrataError {
        StrataError(.invalidArgument, "\(key) cannot be '\(text)'", remedy: "give \(expected)")
    }
}
