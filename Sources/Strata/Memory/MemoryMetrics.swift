/// What a store's memory layer did, in bytes and calls. Every figure is counted where it happens; none is estimated.
///
/// Two levels are told apart. *Live* bytes are those that records and payloads asked for, from their allocation to
/// their release. *Held* bytes are those that the process's allocator was asked for: chunks with their unused ends, dead
/// bytes, tables, what the allocator adds to a block; they are what ``MemoryLimits`` bound.
public struct MemoryMetrics: Sendable, Equatable {
    /// Bytes handed out since the store was made.
    public var totalAllocatedBytes = 0
    /// Bytes given back by their users since the store was made.
    public var totalFreedBytes = 0
    /// The most bytes that were live at once.
    public var peakLiveBytes = 0
    /// Allocations made.
    public var allocations = 0
    /// Allocations given back.
    public var deallocations = 0
    /// Bytes that records and payloads hold from the process's allocator, whether live or not.
    public var reservedBytes = 0
    /// Bytes of retired objects that a reader may still see.
    public var retiredBytes = 0
    /// Bytes that the whole store holds from the process's allocator; 0 where the metrics are of a part of it.
    public var heldBytes = 0
    /// The most bytes that the whole store held at once.
    public var peakHeldBytes = 0
    /// Bytes handed out per second, over the last second (``MemoryRateWindow``).
    public var allocationRate = 0.0
    /// Bytes given back per second, over the last second.
    public var deallocationRate = 0.0

    public init() {}

    /// Bytes handed out and not given back.
    public var liveBytes: Int { totalAllocatedBytes - totalFreedBytes }

    /// `reservedBytes` over ``liveBytes``; nil when nothing is live.
    public var fragmentationRatio: Double? {
        liveBytes > 0 ? Double(reservedBytes) / Double(liveBytes) : nil
    }

    /// How often the memory in use was handed out: `totalAllocatedBytes` over ``liveBytes``; nil when nothing is live.
    public var turnover: Double? {
        liveBytes > 0 ? Double(totalAllocatedBytes) / Double(liveBytes) : nil
    }
}
