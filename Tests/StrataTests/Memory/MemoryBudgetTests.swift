import Synchronization
import Testing

@testable import Strata

@Suite struct MemoryBudgetTests {
    /// What a budget is, as one first writes it.
    private struct Model {
        var limits: MemoryLimits
        var parts: [Int]
        var reserve: Int
        var isLent = false
        var peak = 0
        var used: Int { parts.reduce(0, +) }
        var available: Int { limits.hard - (isLent ? 0 : reserve) - used }

        mutating func give(_ part: Int, _ bytes: Int) {
            peak = max(peak, used)
            parts[part] -= bytes
        }
    }

    @Test(arguments: [false, true], [1, 2, 3, 4] as [UInt64])
    func agreesWithAModel(keepsReserve: Bool, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limits = MemoryLimits(soft: 3 << 20, hard: 4 << 20)
        let budget = MemoryBudget(limits: limits, keepsReserve: keepsReserve)
        var model = Model(limits: limits, parts: [0, 0, 0], reserve: keepsReserve ? 1 << 18 : 0)
        for step in 0..<longRun(20_000) {
            let part = random.below(3)
            var isRight = true
            switch random.below(100) {
            case 0..<50:
                let bytes = random.below(1 << (8 + random.below(14)))
                let error = failure { try budget.take(bytes) }
                isRight =
                    (error == nil) == (bytes <= model.available) && (error?.code ?? .limitExceeded) == .limitExceeded
                if error == nil { model.parts[part] += bytes }
            case 50..<90:
                let bytes = random.below(model.parts[part] + 1)
                budget.give(bytes)
                model.give(part, bytes)
            case 90..<93:
                budget.lendReserve()
                model.isLent = true
            case 93..<96:
                budget.returnReserve()
                if model.isLent, model.reserve <= model.available { model.isLent = false }
            default:
                let hard = 1 << 20 + random.below(7 << 20)
                let next = MemoryLimits(soft: random.below(hard + 1), hard: hard)
                // The reserve comes back first, where it can.
                if model.isLent, model.reserve <= model.available { model.isLent = false }
                let reserve = keepsReserve ? hard / 16 : 0
                let fits = model.used <= hard - (model.isLent ? 0 : reserve)
                let error = failure { try budget.setLimits(next) }
                isRight = (error == nil) == fits
                if error == nil {
                    model.limits = next
                    model.reserve = reserve
                }
            }
            model.peak = max(model.peak, model.used)
            isRight =
                isRight && budget.usedBytes == model.used && budget.availableBytes == model.available
                && budget.limits == model.limits && budget.peakBytes == model.peak && model.used <= model.limits.hard
            guard isRight else {
                Issue.record("seed \(seed), step \(step): \(budget.usedBytes) of \(budget.limits), not \(model)")
                return
            }
        }
    }

    @Test func pressureFollowsTheLimits() throws {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 3 << 20, hard: 4 << 20))
        #expect(budget.pressure == .none)
        try budget.take((3 << 20) - 1)
        #expect(budget.pressure == .none)
        #expect(budget.excessBytes == 0)
        try budget.take(1)
        #expect(budget.pressure == .soft)
        #expect(budget.excessBytes == 1)
        try budget.take((1 << 20) - (1 << 16))
        #expect(budget.pressure == .soft)
        try budget.take(1)
        #expect(budget.pressure == .hard)
        budget.give(1 << 20)
        #expect(budget.pressure == .none)
        #expect(MemoryBudget().pressure == .none)
        // A soft limit that writes cannot reach does not hide that they are about to be refused.
        let tight = MemoryBudget(limits: MemoryLimits(soft: 4 << 20, hard: 4 << 20), keepsReserve: true)
        try tight.take(tight.availableBytes)
        #expect(tight.pressure == .hard)
    }

    @Test func aRefusalSaysWhatIsHeldAndHowToGoOn() throws {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 1 << 20, hard: 1 << 20))
        try budget.take(1_000_000)
        #expect(
            failure { try budget.take(50_000) }?.description
                == "the store holds 1000000 of the 1048576 bytes that memory_hard_limit allows, and there is no room "
                + "for 50000 bytes more; delete entities, or raise memory_hard_limit")
    }

    @Test func limitsOutOfBoundsAreRefused() {
        let budget = MemoryBudget()
        for limits in [
            MemoryLimits(soft: 0, hard: (1 << 20) - 1), MemoryLimits(soft: -1, hard: 1 << 20),
            MemoryLimits(soft: (1 << 20) + 1, hard: 1 << 20), MemoryLimits(soft: 0, hard: .max),
        ] {
            #expect(failure { try budget.setLimits(limits) }?.code == .invalidArgument)
            #expect(budget.limits == MemoryLimits())
        }
    }

    @Test func threadsTakeNoMoreThanThereIs() {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 1 << 20, hard: 1 << 20))
        let held = Atomic<Int>(0)
        let wrong = Atomic<Int>(0)
        onThreads(4) { thread in
            var random = SplitMix64(seed: UInt64(thread))
            var mine = 0
            for _ in 0..<2_000 {
                let bytes = 1 + random.below(200_000)
                if (try? budget.take(bytes)) != nil {
                    mine += bytes
                    if held.add(bytes, ordering: .sequentiallyConsistent).newValue > 1 << 20 {
                        wrong.add(1, ordering: .relaxed)
                    }
                }
                if random.chance(50) {
                    held.subtract(mine, ordering: .sequentiallyConsistent)
                    budget.give(mine)
                    mine = 0
                }
            }
            held.subtract(mine, ordering: .sequentiallyConsistent)
            budget.give(mine)
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(budget.usedBytes == 0)
        #expect(budget.peakBytes > 0)
        #expect(budget.peakBytes <= 1 << 20)
    }

    // MARK: Charges

    @Test func aChargeGoesBackWithItsPart() throws {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 1 << 20, hard: 1 << 20))
        do {
            var charge = MemoryCharge(budget)
            try charge.grow(by: 1_000)
            charge.settle(at: 700)
            #expect(budget.usedBytes == 700)
            charge.settle(at: 900)
            #expect(budget.usedBytes == 900)
            #expect(failure { try charge.grow(by: 1 << 20) }?.code == .limitExceeded)
            #expect(charge.byteCount == 900)
            // More than there is: it stays behind, and catches up.
            charge.settle(at: 2 << 20)
            #expect(charge.byteCount == 900)
            charge.settle(at: 1 << 20)
            #expect(charge.byteCount == 1 << 20)
            #expect(budget.availableBytes == 0)
        }
        #expect(budget.usedBytes == 0)
        #expect(budget.peakBytes == 1 << 20)
        var alone = MemoryCharge(nil)
        try alone.grow(by: 5)
        alone.settle(at: 3)
        #expect(alone.byteCount == 3)
    }
}
