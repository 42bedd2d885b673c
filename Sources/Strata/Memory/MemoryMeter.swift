import Glibc

/// Counts what is allocated and freed, where it happens, and how fast.
///
/// A count is four additions and a comparison; the clock is read at every 4,096th one, so that the meter can stay on.
/// One thread at a time.
struct MemoryMeter: ~Copyable {
    /// A clock is read at each so many allocations, and at each so many releases: a power of two.
    private static let eventsPerSample = 4_096

    /// The counters; rates stand in ``rates``.
    private(set) var counters = MemoryMetrics()
    /// Apart, so that the counters, which every write reaches, share few cache lines.
    private let window: OwnedBox<MemoryRateWindow>

    init() { window = OwnedBox(MemoryRateWindow(at: Self.now())) }

    /// Bytes handed out and not given back.
    var liveBytes: Int { counters.liveBytes }

    @inline(__always)
    mutating func allocated(_ byteCount: Int) {
        counters.totalAllocatedBytes += byteCount
        counters.allocations += 1
        counters.peakLiveBytes = Swift.max(counters.peakLiveBytes, counters.liveBytes)
        if counters.allocations & (Self.eventsPerSample - 1) == 0 { sample() }
    }

    @inline(__always)
    mutating func freed(_ byteCount: Int) {
        counters.totalFreedBytes += byteCount
        counters.deallocations += 1
        if counters.deallocations & (Self.eventsPerSample - 1) == 0 { sample() }
    }

    /// Room that was given back without a payload being given back.
    mutating func freed(bytesOnly byteCount: Int) { counters.totalFreedBytes += byteCount }

    /// Bytes handed out and given back per second, over the last second.
    var rates: (allocated: Double, freed: Double) {
        window.value.rates(at: Self.now(), allocated: counters.totalAllocatedBytes, freed: counters.totalFreedBytes)
    }

    @inline(never)
    private borrowing func sample() {
        window.value.record(at: Self.now(), allocated: counters.totalAllocatedBytes, freed: counters.totalFreedBytes)
    }

    /// The system's clock that never goes back, in nanoseconds.
    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
