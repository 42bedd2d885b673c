import Testing

@testable import Strata

@Suite struct TopKTests {
    @Test(arguments: [0, 1, 2, 3, 10, 64], [1, 2, 3] as [UInt64])
    func agreesWithAFullSort(capacity: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // Few distinct scores, many, and none at all; in any order, rising and falling.
        for distinct in [1, 3, 50, 1 << 40] {
            for order in 0..<3 {
                var rows = (0..<random.below(200)).map {
                    ScoredRow(row: UInt32($0), score: Double(random.below(distinct)) - Double(distinct / 2))
                }
                switch order {
                case 0: rows.shuffle(using: &random)
                case 1: rows.sort(by: ScoredRow.precedes)
                default: rows.sort { ScoredRow.precedes($1, $0) }
                }
                var best = TopK(capacity: capacity)
                for row in rows {
                    best.offer(row)
                    if capacity > 0, best.heap.count == capacity {
                        // The root is the worst of what is kept.
                        guard best.heap.allSatisfy({ $0.score >= best.threshold }) else {
                            Issue.record("seed \(seed), capacity \(capacity): the threshold is not the smallest score")
                            return
                        }
                    }
                }
                let expected = Array(rows.sorted(by: ScoredRow.precedes).prefix(capacity))
                #expect(best.sorted() == expected, "seed \(seed), capacity \(capacity), \(distinct) scores")
            }
        }
    }

    @Test func infinitelyBadRowsAreKeptWhileThereIsRoom() {
        var best = TopK(capacity: 3)
        for row in 0..<5 as Range<UInt32> { best.offer(ScoredRow(row: row, score: -.infinity)) }
        #expect(best.sorted().map(\.row) == [0, 1, 2])
        best.offer(ScoredRow(row: 9, score: -1e300))
        #expect(best.sorted().map(\.row) == [9, 0, 1])
    }
}
