import BenchResults
import Testing

@testable import BenchDriver

@Suite("When a pace is steady")
struct SteadyStateTests {
    /// After how many rates the pace is first steady, or nil.
    private func steady(_ rates: [Double]) -> Int? {
        var state = SteadyState()
        for (index, rate) in rates.enumerated() {
            state.add(rate)
            if state.isSteady { return index + 1 }
        }
        return nil
    }

    @Test("A steady pace is seen after five slices, not before")
    func constant() {
        #expect(steady([100, 100, 100, 100, 100]) == 5)
        #expect(steady([100, 101, 99, 102, 100, 101]) == 5)
        #expect(steady([100, 100, 100, 100]) == nil)
    }

    @Test("A slow drift is no steady state, though its neighbours are close")
    func drift() {
        let rising = (0..<40).map { 100 * Double(1 + Double($0) * 0.02) }
        // From where the slope is below 5 % in five slices, it cannot be told from a steady pace.
        let first = steady(rising)
        #expect(first == nil || first! > 25, "steady after \(first ?? 0)")
        var falling: [Double] = [100]
        for _ in 0..<30 { falling.append(falling[falling.count - 1] * 0.98) }
        #expect(steady(falling) == nil)
        #expect(steady([100, 103, 106, 109, 112]) == nil)
    }

    @Test("After a cold start the pace is steady when it has stopped to rise")
    func settling() {
        // The five from 90 on rise by 13 % in sum: a trend, though the last three are close. The next five rise by 4 %.
        #expect(steady([40, 60, 80, 90, 98, 101, 101, 102, 102]) == 9)
    }

    @Test("A step is seen through once it lies three slices back")
    func step() {
        #expect(steady([100, 50, 100, 50, 50, 50]) == 6)
        #expect(steady([100, 50, 50, 50, 50, 50]) == 6)
        #expect(steady([100, 100, 100, 50, 50]) == nil)
    }

    @Test("Noise beyond 5 % is never steady, and a pace of nothing neither")
    func noise() {
        #expect(steady((0..<60).map { $0.isMultiple(of: 2) ? 100 : 107 }) == nil)
        #expect(steady((0..<60).map { $0.isMultiple(of: 2) ? 100 : 104 }) == 5)
        #expect(steady([0, 0, 0, 0, 0, 0]) == nil)
    }

    @Test("A warm-up ends with the plan, and tells whether the pace was steady")
    func warmUp() {
        var slices = [1, 1, 0]
        let short = WarmUp { slices.removeFirst() }
        #expect(slices.isEmpty && !short.isSteady)
        #expect(short.measurements.map(\.metric) == ["warmup_time", "is_steady"])
        #expect(short.measurements[1].value == 0)
        let nothing = WarmUp { 0 }
        #expect(nothing.nanoseconds == 0 && !nothing.isSteady)
    }
}
