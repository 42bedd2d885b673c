import BenchWorkload
import Histogram

/// The histograms of one thread, one for each kind of operation of the scenario, made before anything is measured
/// and used again in each phase.
final class LatencyRecorder: @unchecked Sendable {
    // One thread records at a time; the driver reads between phases.
    private let histograms: UnsafeMutablePointer<Histogram<UInt64>>
    private let kinds: [OperationKind]
    /// The place of each kind's histogram, by raw value.
    private let slots: UnsafeMutablePointer<UInt8>
    private static let rawValues = 256

    init(kinds: [OperationKind]) {
        self.kinds = kinds
        histograms = .allocate(capacity: max(1, kinds.count))
        slots = .allocate(capacity: Self.rawValues)
        slots.initialize(repeating: 0, count: Self.rawValues)
        for (slot, kind) in kinds.enumerated() {
            (histograms + slot).initialize(to: LatencyHistogram.empty)
            slots[Int(kind.rawValue)] = UInt8(slot)
        }
    }

    deinit {
        histograms.deinitialize(count: kinds.count)
        histograms.deallocate()
        slots.deallocate()
    }

    /// Counts a latency. A value beyond the largest that is told apart counts as that one.
    @inline(__always)
    func record(kind: UInt8, nanoseconds: UInt64) {
        histograms[Int(slots[Int(kind)])].record(min(nanoseconds, LatencyHistogram.largest))
    }

    /// Empties all histograms.
    func reset() {
        for slot in kinds.indices where histograms[slot].totalCount > 0 { histograms[slot].reset() }
    }

    /// Adds another thread's latencies to these. Allocates nothing.
    func absorb(_ other: LatencyRecorder) {
        for slot in kinds.indices where other.histograms[slot].totalCount > 0 {
            histograms[slot].add(other.histograms[slot])
        }
    }

    /// The latencies of a kind; nil for a kind that is not recorded. Shares its storage until the next recording.
    func histogram(of kind: OperationKind) -> Histogram<UInt64>? {
        kinds.firstIndex(of: kind).map { histograms[$0] }
    }
}
