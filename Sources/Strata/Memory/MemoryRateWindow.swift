/// How fast two counters grew in the last second, from samples that whoever counts leaves behind: no thread and no timer
/// takes part.
///
/// Where the window begins between two samples, the counters are taken to have grown evenly between them. A store that
/// counts little leaves few samples; its window then reaches back to the last one, and its rate is the mean since.
///
/// Invariant: `samples` is a ring of `count` samples in order of their times, the newest one at `newest`.
public struct MemoryRateWindow: Sendable {
    /// The counters at a time.
    struct Sample: BitwiseCopyable, Sendable {
        var nanoseconds: UInt64 = 0
        var allocated = 0
        var freed = 0
    }

    /// The length of the window.
    public static let nanoseconds: UInt64 = 1_000_000_000
    private static let capacity = 16
    /// The least time between two samples: the ring then reaches over the window, and two samples further.
    private static var spacing: UInt64 { nanoseconds / UInt64(capacity - 3) }

    private var samples = InlineArray<16, Sample>(repeating: Sample())
    private var newest = 0
    private var count = 1

    /// A window whose counters were 0 at a time.
    ///
    /// - Parameter nanoseconds: the time of a clock that never goes back.
    public init(at nanoseconds: UInt64) { samples[0].nanoseconds = nanoseconds }

    /// Leaves a sample, unless the last one is too near.
    ///
    /// - Complexity: O(1).
    public mutating func record(at nanoseconds: UInt64, allocated: Int, freed: Int) {
        guard nanoseconds >= samples[newest].nanoseconds + Self.spacing else { return }
        newest = (newest + 1) % Self.capacity
        samples[newest] = Sample(nanoseconds: nanoseconds, allocated: allocated, freed: freed)
        count = Swift.min(count + 1, Self.capacity)
    }

    /// How fast the counters grew, a second, when they are as given now; 0 when no time has passed.
    ///
    /// - Complexity: O(samples), of which there are 16.
    public func rates(at nanoseconds: UInt64, allocated: Int, freed: Int) -> (allocated: Double, freed: Double) {
        let now = Sample(nanoseconds: nanoseconds, allocated: allocated, freed: freed)
        // From the newest one back, to the first that is as old as the window.
        var later = now
        var back = 0
        while back < count {
            let sample = samples[(newest + Self.capacity - back) % Self.capacity]
            if sample.nanoseconds + Self.nanoseconds <= now.nanoseconds {
                return Self.growth(from: sample, later, now)
            }
            later = sample
            back += 1
        }
        // The counters have not been there for that long.
        return Self.growth(from: later, now, now)
    }

    /// The growth up to `now` from where the window begins, which is between two samples, or at the earlier one when
    /// that is younger than the window.
    private static func growth(from earlier: Sample, _ later: Sample, _ now: Sample) -> (Double, Double) {
        let start = Swift.max(earlier.nanoseconds, now.nanoseconds - Swift.min(now.nanoseconds, nanoseconds))
        guard now.nanoseconds > start else { return (0, 0) }
        let span = Double(later.nanoseconds - earlier.nanoseconds)
        let share = span > 0 ? Double(start - earlier.nanoseconds) / span : 0
        let seconds = Double(now.nanoseconds - start) / 1e9
        func rate(_ counter: KeyPath<Sample, Int>) -> Double {
            let first = Double(earlier[keyPath: counter])
            let atStart = first + (Double(later[keyPath: counter]) - first) * share
            return (Double(now[keyPath: counter]) - atStart) / seconds
        }
        return (rate(\.allocated), rate(\.freed))
    }
}
