import Glibc
import Testing

@testable import Strata

/// A map whose chunks are taken from a budget.
@Suite struct SlotMapBudgetTests {
    private static let block = SlotLayout(of: UInt64.self).byteCount
    private static let slots = SlotBlock.capacity

    /// The chunks become small before the bound, so that hardly a block's worth of it is left.
    @Test(arguments: [0, 1, 2, 5, 17])
    func theWholeBudgetIsUsableAndNoMore(blocks: Int) throws {
        let budget = ArenaBudget(byteLimit: blocks * Self.block + 1_000)
        var map = SlotMap<UInt64>(budget: budget)
        var keys: [EntityKey] = []
        var error: StrataError?
        while error == nil {
            do throws(StrataError) { keys.append(try map.insert(UInt64(keys.count))) } catch let thrown {
                error = thrown
            }
            guard keys.count % 512 == 0 || error != nil else { continue }
            guard budget.takenBytes == map.space.chunkBytes, budget.takenBytes <= budget.byteLimit else {
                Issue.record("\(budget.takenBytes) bytes are taken for \(map.space.chunkBytes)")
                return
            }
        }
        #expect(error?.code == .limitExceeded)
        #expect(keys.count == blocks * Self.slots)
        let (count, held) = (map.count, map.space.chunkBytes)
        #expect(count == keys.count)
        #expect(held == blocks * Self.block)
        // Refused again and again, nothing changes; what is there is there.
        for _ in 0..<5 { #expect(failure { try map.insert(0) }?.code == .limitExceeded) }
        #expect(keys.indices.allSatisfy { map.value(for: keys[$0]) == UInt64($0) })
        // A value less is a value more.
        if let key = keys.popLast() {
            _ = map.remove(key)
            keys.append(try map.insert(7))
            #expect(failure { try map.insert(0) }?.code == .limitExceeded)
        }
        for key in keys { _ = map.remove(key) }
        map.releaseEmptyChunks()
        #expect(budget.takenBytes == 0)
    }

    @Test func itGivesBackWhatItTookWhenItGoes() throws {
        let budget = ArenaBudget(byteLimit: 1 << 24)
        do {
            var map = SlotMap<UInt64>(budget: budget)
            for value in 0..<UInt64(9 * Self.slots) { _ = try map.insert(value) }
            #expect(budget.takenBytes == 16 * Self.block)
        }
        #expect(budget.takenBytes == 0)
    }

    @Test func aBatchThatDoesNotFitIsRefusedWhole() throws {
        let budget = ArenaBudget(byteLimit: 8 * Self.block)
        var map = SlotMap<UInt64>(budget: budget)
        #expect(failure { try map.reserve(9 * Self.slots) }?.code == .limitExceeded)
        let count = map.count
        #expect(count == 0)
        try map.reserve(8 * Self.slots)
        for value in 0..<UInt64(8 * Self.slots) { _ = try map.insert(value) }
    }

    /// Inserts and removals beside a reader that comes and goes, while others take from the same budget: chunks that
    /// were large come back in parts.
    @Test(arguments: [1, 2, 3, 4] as [UInt64], [false, true])
    func agreesWithAModelWhileTheBudgetShrinksAndGrows(seed: UInt64, besideReaders: Bool) throws {
        var random = SplitMix64(seed: seed)
        let epochs = EpochManager()
        let budget = ArenaBudget(byteLimit: 14 * Self.block)
        var map = SlotMap<UInt64>(budget: budget)
        var model: [(key: EntityKey, value: UInt64)] = []
        var dead: [EntityKey] = []
        var (others, refusals, next) = (0, 0, 0 as UInt64)
        var reader = try epochs.register()
        var isPinned = false
        for step in 0..<(getenv("STRATA_LONG") == nil ? 24 : 2_000) {
            if random.chance(70) {
                for _ in 0..<random.below(5 * Self.slots) {
                    guard let key = try? map.insert(next) else {
                        refusals += 1
                        break
                    }
                    model.append((key, next))
                    next += 1
                }
            } else {
                // From the end mostly, so that chunks become empty.
                let keeps = random.below(model.count + 1)
                if random.chance(30) { model.shuffle(using: &random) }
                while model.count > keeps {
                    let key = model.removeLast().key
                    dead.append(key)
                    let value = besideReaders ? map.remove(key, in: epochs) : map.remove(key)
                    #expect(value != nil)
                }
                if besideReaders {
                    if random.chance(40) {
                        isPinned ? reader.unpin() : reader.pin()
                        isPinned.toggle()
                    }
                    map.reclaim(in: epochs)
                    epochs.collect()
                    map.reclaim(in: epochs)
                } else {
                    map.releaseEmptyChunks()
                }
            }
            // Somebody else takes most of what is left, or gives it back.
            if others == 0, random.chance(50) {
                others = budget.remainingBytes * random.below(100) / 100
                #expect(budget.take(others))
            } else if random.chance(50) {
                budget.give(others)
                others = 0
            }
            let (count, held) = (map.count, map.space.chunkBytes + others + budget.retiredBytes)
            // Slots that wait for readers are noted as retired, and their chunks are held all the same.
            let taken = budget.takenBytes
            let isRight =
                count == model.count && taken <= budget.byteLimit && taken >= map.space.chunkBytes + others
                && taken <= held
            guard isRight else {
                Issue.record(
                    "seed \(seed), step \(step): \(count) values, not \(model.count); \(taken) of \(held) taken")
                return
            }
        }
        #expect(refusals > 0, "seed \(seed): the bound was never reached")
        #expect(model.allSatisfy { map.value(for: $0.key) == $0.value }, "seed \(seed)")
        #expect(!dead.contains { map.value(for: $0) != nil }, "seed \(seed)")
        if isPinned { reader.unpin() }
        for (key, _) in model { _ = besideReaders ? map.remove(key, in: epochs) : map.remove(key) }
        budget.give(others)
        for _ in 0..<2 {
            _ = besideReaders ? map.releaseEmptyChunks(in: epochs) : map.releaseEmptyChunks()
            epochs.collect()
        }
        #expect(budget.takenBytes == 0, "seed \(seed)")
        #expect(budget.retiredBytes == 0, "seed \(seed)")
    }
}
