/// What a cache did. Each get is one hit or one miss; nothing is estimated.
public struct CacheMetrics: Sendable, Equatable {
    public var hits = 0
    public var misses = 0
    public var insertions = 0
    /// Entries that had to make room; removals and replacements are not counted.
    public var evictions = 0
    /// Entries that were found too old or of another version of the index: each such get is a miss too.
    public var expirations = 0
    /// Entries that were not kept, because they are heavier than the whole cache or no memory may be taken now.
    public var rejections = 0
    /// Bytes held: entries and tables, as far as the cache weighs by bytes.
    public var bytes = 0
    /// Gets that were timed, one in ``timingInterval``, and the nanoseconds that they took together.
    public var timedAccesses = 0
    public var timedNanoseconds = 0

    /// One get in so many is timed, where the cache times at all: the clock takes longer than a hit.
    public static let timingInterval = 256

    public init() {}

    /// Gets so far.
    public var accesses: Int { hits + misses }

    /// Hits over gets; nil before the first get.
    public var hitRatio: Double? { accesses > 0 ? Double(hits) / Double(accesses) : nil }

    /// The mean time of a get in nanoseconds, over those that were timed, the clock's own time included; nil when none
    /// was.
    public var meanAccessNanoseconds: Double? {
        timedAccesses > 0 ? Double(timedNanoseconds) / Double(timedAccesses) : nil
    }

    /// The sum of what two caches did.
    public static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.hits += right.hits
        sum.misses += right.misses
        sum.insertions += right.insertions
        sum.evictions += right.evictions
        sum.expirations += right.expirations
        sum.rejections += right.rejections
        sum.bytes += right.bytes
        sum.timedAccesses += right.timedAccesses
        sum.timedNanoseconds += right.timedNanoseconds
        return sum
    }
}
