/// What a store's memory layer did, in bytes and calls. Every figure is counted where it happens; none is estimated.
///
/// Turnover of memory is `totalAllocatedBytes / liveBytes`; fragmentation as the store sees it is
/// `reservedBytes / liveBytes`.
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
    /// Bytes held from the process's allocator, whether live or not.
    public var reservedBytes = 0
    /// Bytes of retired objects that a reader may still see.
    public var retiredBytes = 0

    public init() {}

    /// Bytes handed out and not given back.
    public var liveBytes: Int { totalAllocatedBytes - totalFreedBytes }

    /// `reservedBytes` over ``liveBytes``; nil when nothing is live.
    public var fragmentationRatio: Double? {
        liveBytes > 0 ? Double(reservedBytes) / Double(liveBytes) : nil
    }

    mutating func allocated(_ byteCount: Int) {
        totalAllocatedBytes += byteCount
        allocations += 1
        peakLiveBytes = Swift.max(peakLiveBytes, liveBytes)
    }

    /// Room that was given back without a payload being given back.
    mutating func freed(bytesOnly byteCount: Int) { totalFreedBytes += byteCount }

    mutating func freed(_ byteCount: Int) {
        totalFreedBytes += byteCount
        deallocations += 1
    }
}
