import Testing

@testable import Strata

@Suite struct PackedStringInternerTests {
    @Test(arguments: [0, 1, 2, 15, 16, 17, 100, 3_000], [1, 2] as [UInt64])
    func hasWhatTheFrozenInternerHad(count: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var interner = try StringInterner()
        var strings: [[UInt8]] = []
        for number in 0..<count {
            var text = StringInternerTests.string(&random) + Array("\(number)".utf8)
            if number == 7 { text += [UInt8](repeating: 0x61, count: 10_000) }
            strings.append(text)
            _ = try interner.intern(utf8: text.span)
        }
        let frozen = try interner.freeze()
        let packed = try frozen.packed()
        #expect(packed.count == count)
        var wrong: [Int] = []
        for (number, text) in strings.enumerated() {
            let id = InternedString(id: UInt32(number))
            if packed.lookup(utf8: text.span) != id || Array(packed.text(of: id).utf8) != text { wrong.append(number) }
            let length = packed.withUTF8(of: id) { $0.count }
            if length != text.count { wrong.append(number) }
        }
        #expect(wrong.isEmpty, "seed \(seed)")
        for _ in 0..<500 {
            let text = StringInternerTests.string(&random)
            #expect(packed.lookup(utf8: text.span) == frozen.lookup(utf8: text.span), "seed \(seed): \(text)")
        }
        let (before, after) = (frozen.stats, packed.stats)
        #expect(after.uniqueStrings == before.uniqueStrings && after.references == before.references)
        #expect(after.uniqueBytes == before.uniqueBytes && after.referencedBytes == before.referencedBytes)
        if count >= 100 { #expect(after.totalBytes < before.totalBytes) }
    }

    @Test func takesHalfForWordsThatShareTheirBeginnings() throws {
        var interner = try StringInterner()
        for first in 0..<40 {
            for second in 0..<100 { _ = try interner.intern("a genus of plants \(first) of the family \(second)") }
        }
        let frozen = try interner.freeze()
        let packed = try frozen.packed()
        #expect(packed.stats.totalBytes * 3 < frozen.stats.totalBytes)
    }

    @Test func aFullBudgetRefusesAndEverythingIsGivenBack() throws {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 4 << 20, hard: 4 << 20))
        do {
            var interner = try StringInterner(budget: budget)
            for number in 0..<5_000 { _ = try interner.intern("string \(number)") }
            let frozen = try interner.freeze()
            let before = budget.usedBytes
            do {
                let packed = try frozen.packed()
                #expect(budget.usedBytes > before)
                #expect(packed.stats.totalBytes >= budget.usedBytes - before)
                #expect(packed.lookup("string 4999")?.id == 4_999)
            }
            #expect(budget.usedBytes == before)
            try budget.take((4 << 20) - before - 1_000)
            #expect(failure { try frozen.packed() }?.code == .limitExceeded)
            budget.give((4 << 20) - before - 1_000)
        }
        #expect(budget.usedBytes == 0)
    }

    @Test func idsOfOthersEndTheProcess() async {
        await #expect(processExitsWith: .failure) {
            var interner = try StringInterner()
            _ = try interner.intern("x")
            print(try interner.freeze().packed().text(of: InternedString(id: 1)))
        }
    }
}
