import Strata
import Synchronization
import Testing

@Suite struct ArenaBudgetTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func agreesWithASum(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let budget = ArenaBudget(byteLimit: 10_000)
        var held: [Int] = []
        for step in 0..<5_000 {
            let left = 10_000 - held.reduce(0, +)
            if random.chance(60) {
                let most = random.below(4_000)
                if random.chance(50) {
                    let isTaken = budget.take(most)
                    #expect(isTaken == (most <= left), "seed \(seed), step \(step)")
                    if isTaken { held.append(most) }
                } else {
                    let least = random.below(most + 1)
                    let taken = budget.take(upTo: most, atLeast: least)
                    #expect(taken == (least <= left ? min(most, left) : nil), "seed \(seed), step \(step)")
                    if let taken { held.append(taken) }
                }
            } else if !held.isEmpty {
                budget.give(held.remove(at: random.below(held.count)))
            }
            let sum = held.reduce(0, +)
            guard budget.takenBytes == sum, budget.remainingBytes == 10_000 - sum else {
                Issue.record("seed \(seed), step \(step): \(budget.takenBytes) are taken, not \(sum)")
                return
            }
        }
    }

    @Test func whatIsTakenWithinABudgetIsTakenFromBoth() {
        let outer = ArenaBudget(byteLimit: 1_000)
        let inner = ArenaBudget(byteLimit: 600, within: outer)
        let other = ArenaBudget(byteLimit: 600, within: outer)
        #expect(inner.take(600))
        #expect(!inner.take(1))
        #expect(!other.take(500))
        #expect(outer.takenBytes == 600)
        #expect(other.takenBytes == 0, "what the outer budget refused was kept")
        #expect(other.remainingBytes == 400)
        #expect(other.take(upTo: 600, atLeast: 100) == 400)
        #expect(other.takenBytes == 400)
        #expect(outer.remainingBytes == 0)
        inner.give(600)
        #expect(outer.takenBytes == 400)
        #expect(inner.remainingBytes == 600)
    }

    @Test func theErrorNamesTheBudgetThatRefused() throws {
        let outer = ArenaBudget(byteLimit: 5_000)
        let inner = ArenaBudget(byteLimit: 20_000, within: outer)
        var arena = BumpArena(firstChunkBytes: 256, budget: inner)
        let first = failure { try arena.allocate(byteCount: 6_000) }
        #expect(first?.description.contains("5000 bytes has no room for 6000") == true)
        let second = failure { try arena.allocate(byteCount: 30_000) }
        #expect(second?.description.contains("20000 bytes has no room for 30000") == true)
        #expect(outer.takenBytes == 0)
    }

    @Test func threadsNeverTakeMoreThanThereIs() {
        let outer = ArenaBudget(byteLimit: 1_000)
        let budgets = [ArenaBudget(byteLimit: 700, within: outer), ArenaBudget(byteLimit: 700, within: outer)]
        // What the threads believe to hold, together.
        let held = Atomic(0)
        let most = Atomic(0)
        onThreads(4) { number in
            var random = SplitMix64(seed: UInt64(number))
            let budget = budgets[number % 2]
            for _ in 0..<5_000 {
                guard let taken = budget.take(upTo: random.below(400) + 10, atLeast: 5) else { continue }
                most.max(held.add(taken, ordering: .sequentiallyConsistent).newValue, ordering: .sequentiallyConsistent)
                held.subtract(taken, ordering: .sequentiallyConsistent)
                budget.give(taken)
            }
        }
        #expect(most.load(ordering: .relaxed) <= 1_000)
        #expect(most.load(ordering: .relaxed) > 0)
        #expect(budgets.allSatisfy { $0.takenBytes == 0 })
        #expect(outer.takenBytes == 0)
    }

    @Test func givingBackWhatWasNotTakenIsRefused() async {
        await #expect(processExitsWith: .failure) {
            let budget = ArenaBudget(byteLimit: 100)
            _ = budget.take(10)
            budget.give(11)
        }
    }
}
