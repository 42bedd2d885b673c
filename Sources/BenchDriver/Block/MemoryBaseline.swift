import BenchMeasurement

/// The part of the process's memory that is the harness's: what was there before the subject was made, and what the
/// harness took between phases. It is taken off all figures, so that they are the subject's.
struct MemoryBaseline {
    private var resident: Int64
    private var live: Int64
    private var held: Int64
    private var free: Int64
    private let memory: ProcessMemoryReader
    private let statistics: AllocatorStatistics

    /// All that the process has now is the harness's.
    init(_ memory: ProcessMemoryReader, _ statistics: AllocatorStatistics) throws(DriverError) {
        self.memory = memory
        self.statistics = statistics
        (resident, live, held, free) = (0, 0, 0, 0)
        (resident, live, held, free) = try reading()
    }

    /// Does work of the harness; what it takes or gives back changes the baseline.
    mutating func harness<T>(_ work: () throws(DriverError) -> T) throws(DriverError) -> T {
        let before = try reading()
        let result = try work()
        let after = try reading()
        resident += after.resident - before.resident
        live += after.live - before.live
        held += after.held - before.held
        free += after.free - before.free
        return result
    }

    /// Private resident bytes without the harness's.
    func aboveResident(_ bytes: UInt64) -> UInt64 { above(bytes, resident) }

    /// Live bytes without the harness's.
    func aboveLive(_ bytes: UInt64) -> UInt64 { above(bytes, live) }

    /// Bytes that the allocator holds, without those for the harness.
    func aboveHeld(_ bytes: UInt64) -> UInt64 { above(bytes, held) }

    /// Bytes that the allocator keeps free, without those that it kept for the harness.
    func aboveFree(_ bytes: UInt64) -> UInt64 { above(bytes, free) }

    private func above(_ bytes: UInt64, _ baseline: Int64) -> UInt64 {
        UInt64(max(0, Int64(clamping: bytes) - baseline))
    }

    /// Quantities that the allocator does not tell stand as zero here; their figures are left out anyway.
    private func reading() throws(DriverError) -> (resident: Int64, live: Int64, held: Int64, free: Int64) {
        let reader = memory
        let resident = try BlockWorker.measured { () throws(MeasurementError) in try reader.read().privateBytes }
        let heap = statistics.read()
        return (
            Int64(clamping: resident), Int64(clamping: heap.liveBytes ?? 0), Int64(clamping: heap.heldBytes ?? 0),
            Int64(clamping: heap.freeBytes ?? 0)
        )
    }
}
