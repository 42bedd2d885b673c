import BenchWorkload
import Testing

@testable import BenchDriver

@Suite("Planned times")
struct ArrivalScheduleTests {
    private func times(
        _ law: ArrivalSpecification.Law, count: Int, thread: Int = 0, threads: Int = 1, rate: Double = 10_000,
        phase: String = "read", seed: UInt64 = 42
    ) -> [UInt64] {
        var schedule = ArrivalSchedule(
            ArrivalSpecification(ratePerSecond: rate, law: law), phase: phase, thread: thread, threads: threads,
            seed: seed)
        return (0..<count).map { _ in schedule.pop() }
    }

    @Test("Constant gaps of several threads make one constant rate")
    func constant() {
        #expect(times(.constant, count: 4) == [0, 100_000, 200_000, 300_000])
        let together = (0..<4).flatMap { times(.constant, count: 25, thread: $0, threads: 4) }.sorted()
        #expect(together == (0..<100).map { $0 * 100_000 })
        // No rounding adds up.
        #expect(times(.constant, count: 300_001, rate: 3_000)[300_000] == 100_000_000_000)
    }

    @Test("Poisson gaps are exponential, each thread and phase has its own, and a seed's are always the same")
    func poisson() {
        let count = 40_000
        let own = times(.poisson, count: count)
        #expect(own == times(.poisson, count: count))
        #expect(own == own.sorted())
        for other in [
            times(.poisson, count: count, thread: 1), times(.poisson, count: count, phase: "write"),
            times(.poisson, count: count, seed: 43),
        ] { #expect(other != own) }
        let gaps = zip(own.dropFirst(), own).map { Double($0 - $1) / 100_000 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        #expect(abs(mean - 1) < 0.02, "seed 42, mean \(mean)")
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        #expect(abs(variance - 1) < 0.05, "seed 42, variance \(variance)")
        let long = Double(gaps.count { $0 > 2 }) / Double(gaps.count)
        #expect(abs(long - 0.1353) < 0.01, "seed 42, share of gaps above two \(long)")
    }

    @Test("Threads share the rate")
    func shared() {
        let together = (0..<3).flatMap { times(.poisson, count: 10_000, thread: $0, threads: 3) }
        let second = together.count { $0 < 1_000_000_000 }
        #expect(abs(second - 10_000) < 400, "seed 42, \(second) in a second")
    }
}
