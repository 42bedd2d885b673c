/// What a ``SizeClassPool`` holds and has done. Exact when no heap is at work; beside working heaps, each figure is one
/// that was true a moment ago.
public struct SizeClassPoolStatistics: Sendable, Equatable {
    /// Blocks handed out.
    public var allocations = 0
    /// Blocks given back.
    public var deallocations = 0
    /// Bytes asked for, since the pool was made.
    public var allocatedBytes = 0
    /// Bytes given back, in the sizes that were asked for.
    public var freedBytes = 0
    /// Bytes of the live blocks, with what rounding to size classes adds.
    public var liveBlockBytes = 0
    /// Bytes held from `malloc`, whether backed by memory or not.
    public var reservedBytes = 0
    /// Bytes that are backed by memory, as far as the pool knows: pages that were handed out and not given back since.
    public var committedBytes = 0
    /// Blocks that heaps took from memory that had not been handed out before, or was given back since.
    public var freshBlocks = 0
    /// Heaps that exist now.
    public var heaps = 0

    public init() {}

    /// Bytes asked for by blocks that are live.
    public var liveBytes: Int { allocatedBytes - freedBytes }
    /// Backed bytes that no live block has: free blocks, empty slabs, the slabs' headers.
    public var cachedBytes: Int { committedBytes - liveBlockBytes }
    /// The share of allocations that were served from freed memory, from 0 to 1; 0 before the first.
    public var reuseShare: Double {
        // A heap that was just filled may have fresh blocks at hand that nobody has asked for.
        allocations == 0 ? 0 : Swift.max(0, 1 - Double(freshBlocks) / Double(allocations))
    }
}
