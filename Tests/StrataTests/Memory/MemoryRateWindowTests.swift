import Strata
import Testing

@Suite struct MemoryRateWindowTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func anEvenRateIsFoundExactly() {
        // 1,000 bytes a millisecond allocated, half of it freed; asked at odd times.
        var window = MemoryRateWindow(at: 5 * Self.second)
        for millisecond in 1...5_000 {
            let now = 5 * Self.second + UInt64(millisecond) * 1_000_000
            window.record(at: now, allocated: millisecond * 1_000, freed: millisecond * 500)
            guard millisecond % 37 == 0 else { continue }
            let rates = window.rates(at: now, allocated: millisecond * 1_000, freed: millisecond * 500)
            #expect(abs(rates.allocated - 1e6) < 1, "after \(millisecond) ms")
            #expect(abs(rates.freed - 5e5) < 1, "after \(millisecond) ms")
        }
    }

    @Test func withoutTimeThereIsNoRate() {
        let window = MemoryRateWindow(at: 7)
        #expect(window.rates(at: 7, allocated: 100, freed: 50) == (0, 0))
        #expect(window.rates(at: 6, allocated: 100, freed: 50) == (0, 0))
        #expect(MemoryRateWindow(at: 0).rates(at: 0, allocated: 1, freed: 1) == (0, 0))
    }

    @Test func aWindowThatIsYoungerThanASecondIsAsLongAsItIs() {
        let window = MemoryRateWindow(at: 100)
        let rates = window.rates(at: 100 + Self.second / 4, allocated: 1_000, freed: 0)
        #expect(rates.allocated == 4_000)
        #expect(rates.freed == 0)
    }

    @Test func whatIsOverASecondOldIsForgotten() {
        var window = MemoryRateWindow(at: 0)
        window.record(at: Self.second, allocated: 1 << 30, freed: 1 << 29)
        window.record(at: 2 * Self.second, allocated: 1 << 30, freed: 1 << 29)
        let rates = window.rates(at: 10 * Self.second, allocated: 1 << 30, freed: 1 << 29)
        #expect(rates == (0, 0))
        let later = window.rates(at: 10 * Self.second, allocated: (1 << 30) + 800, freed: 1 << 29)
        // 800 bytes at some time in the last eight seconds: evenly, as far as anyone knows.
        #expect(later.allocated == 100)
    }

    /// Against all events remembered: the window may be off by what happened between two samples at its beginning.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func agreesWithAllEventsRemembered(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var window = MemoryRateWindow(at: 0)
        var events: [(time: UInt64, allocated: Int, freed: Int)] = [(0, 0, 0)]
        var now: UInt64 = 0
        var pace = 1_000_000
        for step in 0..<3_000 {
            if random.chance(1) { pace = 1 << (10 + random.below(16)) }
            now += UInt64(1 + random.below(pace))
            let allocated = events[events.count - 1].allocated + random.below(10_000)
            let freed = events[events.count - 1].freed + random.below(9_000)
            events.append((now, allocated, freed))
            window.record(at: now, allocated: allocated, freed: freed)
            guard now > 2 * Self.second, step % 10 == 0 else { continue }
            let rates = window.rates(at: now, allocated: allocated, freed: freed)
            // Samples are at most a thirteenth of a second, and the step that passes it, apart.
            let slack = Self.second / 13 + UInt64(pace) * 2
            let start = now - Self.second
            let most = events.last { $0.time <= start - min(slack, start) } ?? events[0]
            let least = events.first { $0.time >= start + slack } ?? events[events.count - 1]
            let isBetween =
                rates.allocated <= Double(allocated - most.allocated)
                && rates.allocated >= Double(allocated - least.allocated)
                && rates.freed <= Double(freed - most.freed) && rates.freed >= Double(freed - least.freed)
            guard isBetween else {
                Issue.record("seed \(seed), step \(step): \(rates)")
                return
            }
        }
        #expect(now > 2 * Self.second)
    }
}
