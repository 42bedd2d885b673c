import GraphData
import Testing

@testable import BenchDriver

@Suite("Slices and their order")
struct SliceScheduleTests {
    /// The lengths of the slices when each operation takes a fixed time.
    private func lengths(
        count: Int, repeatable: Bool, granule: Int, nanoseconds: Double, policy: SlicePolicy = SlicePolicy()
    ) -> [Int] {
        var schedule = SliceSchedule(count: count, isRepeatable: repeatable, granule: granule, policy: policy)
        var lengths: [Int] = []
        var begin = 0
        while let end = schedule.next(), lengths.count < 10_000 {
            lengths.append(end - begin)
            schedule.took(nanoseconds: Double(end - begin) * nanoseconds, operations: end - begin)
            begin = end
        }
        return lengths
    }

    @Test("A phase that is done once is done to its end, in 12 to 41 slices of at least 8 ms where it is long enough")
    func once() {
        for (count, nanoseconds) in [(100_000, 2_000.0), (1_000_000, 2_000), (20_000, 300), (3_000, 5_000_000)] {
            let lengths = lengths(count: count, repeatable: false, granule: 64, nanoseconds: nanoseconds)
            let place = "\(count) operations of \(nanoseconds) ns: \(lengths)"
            #expect(lengths.reduce(0, +) == count, "\(place)")
            #expect((12...41).contains(lengths.count), "\(place)")
            #expect(lengths.dropLast().allSatisfy { $0.isMultiple(of: 64) }, "\(place)")
            if Double(count) * nanoseconds > 12 * 8e6 {
                #expect(lengths.dropFirst().allSatisfy { Double($0) * nanoseconds > 3e6 }, "\(place)")
            }
        }
    }

    @Test("Few heavy operations are a slice each")
    func heavy() {
        #expect(lengths(count: 1, repeatable: false, granule: 1, nanoseconds: 3e8) == [1])
        #expect(lengths(count: 5, repeatable: false, granule: 1, nanoseconds: 5e6) == [1, 1, 1, 1, 1])
        #expect(lengths(count: 0, repeatable: true, granule: 64, nanoseconds: 100).isEmpty)
    }

    @Test("A phase that can be gone through again takes 48 to 160 ms of an arm, whatever its plan's length")
    func again() {
        for count in [10, 1_000, 50_000, 200_000, 1_000_000, 50_000_000] {
            let lengths = lengths(count: count, repeatable: true, granule: 64, nanoseconds: 100)
            let milliseconds = Double(lengths.reduce(0, +)) * 100 / 1e6
            #expect((44...170).contains(milliseconds), "\(count): \(milliseconds) ms in \(lengths)")
            #expect((12...40).contains(lengths.count), "\(count): \(lengths)")
        }
        // 50 ms each: not dozens of them.
        let dear = lengths(count: 2, repeatable: true, granule: 1, nanoseconds: 5e7)
        #expect(dear.allSatisfy { $0 == 1 } && (2...5).contains(dear.count), "\(dear)")
    }

    @Test("Slices always advance and end, however times jump")
    func jumpingTimes() {
        var draws = SplitMix64(seed: 7)
        for repeatable in [false, true] {
            for _ in 0..<200 {
                let count = Int(draws.below(2_000_000)) + 1
                var schedule = SliceSchedule(
                    count: count, isRepeatable: repeatable, granule: draws.below(2) == 0 ? 1 : 64,
                    policy: SlicePolicy())
                var end = 0
                while let next = schedule.next() {
                    #expect(next > end, "seed 7: \(count)")
                    schedule.took(nanoseconds: Double(draws.below(40_000_000)), operations: next - end)
                    end = next
                }
                #expect(schedule.slices <= 41, "seed 7: \(count) operations in \(schedule.slices) slices")
                if !repeatable { #expect(end == count, "seed 7") }
            }
        }
    }

    @Test("Each arm stands at each place, and behind each other arm, equally often", arguments: [2, 3, 4, 5, 6])
    func balance(arms: Int) {
        let period = arms.isMultiple(of: 2) ? arms : 2 * arms
        var places = [[Int]](repeating: [Int](repeating: 0, count: arms), count: arms)
        var followers = places
        for slice in 0..<period {
            let order = SliceOrder.order(arms: arms, slice: slice, offset: 0)
            #expect(order.sorted() == Array(0..<arms))
            #expect(order == SliceOrder.order(arms: arms, slice: 0, offset: slice))
            for (place, arm) in order.enumerated() { places[arm][place] += 1 }
            for (before, after) in zip(order, order.dropFirst()) { followers[before][after] += 1 }
        }
        let often = period / arms
        for arm in 0..<arms {
            #expect(places[arm].allSatisfy { $0 == often }, "\(places)")
            for other in 0..<arms where other != arm { #expect(followers[arm][other] == often, "\(followers)") }
        }
        #expect(SliceOrder.order(arms: 1, slice: 3, offset: 2) == [0])
    }
}
