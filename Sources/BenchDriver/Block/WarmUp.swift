import BenchMeasurement
import BenchResults

/// Goes through a phase's plan untimed, slice by slice, until the pace is steady.
///
/// It ends at the latest when the plan has been gone through once, or after a quarter of a second: a longer phase
/// outweighs what is left of its start.
struct WarmUp {
    /// A slice is this part of the plan,
    static let slices = 20
    /// or what is done in this time, whichever is less.
    static let sliceNanoseconds: UInt64 = 10_000_000
    /// No slice begins after this time.
    static let limitNanoseconds: UInt64 = 250_000_000

    let nanoseconds: UInt64
    let isSteady: Bool

    /// Runs it.
    ///
    /// - Parameter slice: does the next slice on all threads and returns how many operations that were; 0 at the end.
    init(_ slice: () -> Int) {
        let start = MonotonicClock.now()
        var state = SteadyState()
        var last = start
        repeat {
            let operations = slice()
            let now = MonotonicClock.now()
            guard operations > 0 else { break }
            state.add(Double(operations) / Double(max(1, now - last)))
            last = now
        } while !state.isSteady && last - start < Self.limitNanoseconds
        nanoseconds = last - start
        isSteady = state.isSteady
    }

    var measurements: [Measurement] {
        [
            Measurement(metric: "warmup_time", value: Double(nanoseconds), unit: "ns", direction: .none),
            Measurement(metric: "is_steady", value: isSteady ? 1 : 0, unit: "flag", direction: .none),
        ]
    }
}
