import Testing

@testable import Strata

@Suite struct CandidatePoolTests {
    @Test func keysSortAsDistancesDo() {
        let distances: [Float] = [
            -.greatestFiniteMagnitude, -2, -1.5, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, 1, 3e30,
        ]
        for (left, right) in zip(distances, distances.dropFirst()) {
            #expect(CandidatePool.key(7, left) < CandidatePool.key(3, right))
        }
        for distance in distances {
            let key = CandidatePool.key(12_345, distance)
            #expect(CandidatePool.distance(key) == distance)
            #expect(CandidatePool.node(key) == 12_345)
        }
        #expect(CandidatePool.node(CandidatePool.key((1 << 30) - 1, -1)) == (1 << 30) - 1)
    }

    /// Against a sorted array of everything that was offered.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func keepsTheNearest(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var pool = CandidatePool()
        for _ in 0..<20 {
            let breadth = 1 + random.below(12)
            let share = random.below(101)
            try pool.start(breadth: breadth, room: 500)
            var model: [(distance: Float, node: UInt32, accepted: Bool)] = []
            var expanded: Set<UInt32> = []
            for node in 0..<UInt32(random.below(120)) {
                let distance = Float(random.below(40)) - 10
                let accepted = random.chance(share)
                pool.offer(node, distance, isAccepted: accepted)
                model.append((distance, node, accepted))
                model.sort { ($0.distance, $0.node) < ($1.distance, $1.node) }
                if random.chance(30), let next = pool.next() {
                    #expect(expanded.insert(next).inserted, "seed \(seed): a node was given twice")
                }
            }
            let kept = model.filter(\.accepted).prefix(breadth)
            let results = (0..<pool.count).filter { pool.isAccepted(at: $0) }.map { pool.distance(at: $0) }
            #expect(results == kept.map(\.distance), "seed \(seed)")
            let accepted = pool.accepted
            #expect(accepted == kept.count)
            // All that is nearer than the worst result is there to pass through.
            if kept.count == breadth, let worst = kept.last {
                let through = (0..<pool.count).filter { pool.distance(at: $0) < worst.distance }.count
                #expect(through == model.filter { $0.distance < worst.distance }.count, "seed \(seed)")
            } else {
                let count = pool.count
                #expect(count == model.count, "seed \(seed)")
            }
            while let next = pool.next() { #expect(expanded.insert(next).inserted) }
        }
    }

    @Test func roomIsNeverPassed() throws {
        var pool = CandidatePool()
        try pool.start(breadth: 3, room: 5)
        for node in 0..<20 as Range<UInt32> { pool.offer(node, Float(20 - node), isAccepted: false) }
        let kept = (0..<pool.count).map { pool.node(at: $0) }
        #expect(kept == [19, 18, 17, 16, 15])
        pool.offer(90, 100, isAccepted: true)
        #expect(pool.accepted == 0)
        pool.offer(91, 0.5, isAccepted: true)
        #expect(pool.accepted == 1)
        #expect(pool.next() == 91)
    }
}
