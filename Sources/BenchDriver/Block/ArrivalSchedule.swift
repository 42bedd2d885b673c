import BenchWorkload
import GraphData

/// When the operations of one thread of an open loop are due: one after the other, worked out when they are asked for.
///
/// The threads share the rate. Constant gaps are staggered, so that together they are constant again; of Poisson
/// arrivals each thread has a stream of its own, and independent streams add up to one of the whole rate. The times
/// follow from the scenario's seed: they are the same in each block.
struct ArrivalSchedule {
    /// The mean gap between two operations of this thread.
    let gapNanoseconds: Double
    private let law: ArrivalSpecification.Law
    private var draws: CounterGenerator
    /// Where this thread's constant gaps begin, and how many times were asked for.
    private let offset: Double
    private var count = 0.0
    /// The sum of the exponential gaps.
    private var sum = 0.0

    /// - Parameters:
    ///   - phase: the phase's or role's name, for draws of its own.
    ///   - thread: the number of the thread among the `threads` that share the rate.
    init(_ arrival: ArrivalSpecification, phase: String, thread: Int, threads: Int, seed: UInt64) {
        precondition(arrival.ratePerSecond > 0, "an open loop has a rate")
        law = arrival.law
        gapNanoseconds = Double(threads) * 1e9 / arrival.ratePerSecond
        let name = Array(phase.utf8).withUnsafeBytes { ContentDigest.hash($0) }
        draws = CounterGenerator(seed: seed ^ name, stream: UInt64(thread))
        offset = gapNanoseconds * Double(thread) / Double(threads)
    }

    /// The next time, in nanoseconds since the beginning.
    mutating func pop() -> UInt64 {
        switch law {
        case .constant:
            // Multiplied, not added up: a rounded gap must not drift away from the rate.
            defer { count += 1 }
            return UInt64(offset + count * gapNanoseconds)
        case .poisson:
            sum += draws.exponential() * gapNanoseconds
            return UInt64(sum)
        }
    }
}
