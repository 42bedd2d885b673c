import Testing

@testable import BenchMeasurement

@Suite("Fixed work and precise waiting")
struct FixedWorkTests {
    @Test("The reference loop's walk is one cycle through all lines")
    func cycle() throws {
        let loop = try ReferenceLoop()
        var seen: Set<UInt64> = []
        for steps in 0..<UInt64(200) { seen.insert(loop.walk(steps)) }
        #expect(seen.count == 200)
        #expect(loop.walk(UInt64(ReferenceLoop.lines)) == 0)
        for divisor in [2, 4, 8] as [UInt64] { #expect(loop.walk(UInt64(ReferenceLoop.lines) / divisor) != 0) }
        #expect(loop.run() > 0)
    }

    @Test("A wait never ends before its time, near or far, asleep or not")
    func waits() throws {
        try PreciseWait.useLeastSlack()
        for distance in [0, 1_000, 50_000, 300_000, 2_000_000] as [UInt64] {
            let time = MonotonicClock.now() + distance
            let now = PreciseWait.until(time)
            #expect(now >= time)
            let later = MonotonicClock.now() + distance
            PreciseWait.sleep(until: later)
            #expect(MonotonicClock.now() >= later)
        }
        let past = MonotonicClock.now()
        #expect(PreciseWait.until(past &- 5) >= past)
        #expect(PreciseWait.until(0) >= past)
        try PreciseWait.useDefaultSlack()
    }

    @Test("Turns of work may be none")
    func turns() {
        FixedWork.turn(0)
        FixedWork.turn(1_000)
    }
}
