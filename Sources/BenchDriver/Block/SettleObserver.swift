import BenchMeasurement
import BenchResults

/// Watches what the process's memory settles to after a phase, while the process does nothing: allocators give pages
/// back late, and some only when time has passed.
struct SettleObserver {
    /// When the memory is read: nanoseconds after the phase's end, by the metric's ending.
    static let moments: [(ending: String, nanoseconds: UInt64)] = [
        ("100ms", 100_000_000), ("1s", 1_000_000_000), ("5s", 5_000_000_000), ("30s", 30_000_000_000),
    ]
    /// A process that settles for longer says so, and others may work meanwhile: all it does is wait.
    static let lingering: UInt64 = 1_000_000_000

    let memory: ProcessMemoryReader
    let baseline: MemoryBaseline

    /// Sleeps and reads at the moments that lie within the time. The calling thread sleeps; no other should work.
    ///
    /// - Parameter end: when the phase's work ended, by the monotonic clock.
    func observe(since end: UInt64, for nanoseconds: UInt64) throws(DriverError) -> [Measurement] {
        var result: [Measurement] = []
        for moment in Self.moments where moment.nanoseconds <= nanoseconds {
            PreciseWait.sleep(until: end + moment.nanoseconds)
            let reader = memory
            let bytes = try BlockWorker.measured { () throws(MeasurementError) in try reader.read().privateBytes }
            result.append(
                Measurement(
                    metric: "resident_bytes_after_\(moment.ending)", value: Double(baseline.aboveResident(bytes)),
                    unit: "bytes", direction: .lower))
        }
        return result
    }
}
