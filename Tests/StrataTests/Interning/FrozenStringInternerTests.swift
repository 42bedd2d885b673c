import Testing

@testable import Strata

@Suite struct FrozenStringInternerTests {
    @Test(arguments: [0, 1, 2, 5, 100, 5_000])
    func hasWhatTheInternerHad(count: Int) throws {
        var interner = try StringInterner()
        for number in 0..<count { _ = try interner.intern(utf8: ConcurrentStringInternerTests.text(number).span) }
        _ = try interner.intern(String(repeating: "long", count: 5_000))
        let before = interner.stats
        let frozen = try interner.freeze()
        #expect(frozen.count == count + 1)
        var wrong: [Int] = []
        for number in 0..<count {
            let text = ConcurrentStringInternerTests.text(number)
            let id = InternedString(id: UInt32(number))
            if frozen.lookup(utf8: text.span) != id || frozen.text(of: id).utf8.elementsEqual(text) == false {
                wrong.append(number)
            }
            let isWhole = ConcurrentStringInternerTests.isWhole(frozen.utf8(of: id), number)
            if !isWhole { wrong.append(number) }
        }
        #expect(wrong.isEmpty)
        #expect(frozen.lookup(String(repeating: "long", count: 5_000))?.id == UInt32(count))
        for number in count..<count + 1_000 {
            #expect(frozen.lookup(utf8: ConcurrentStringInternerTests.text(number).span) == nil)
        }
        #expect(frozen.lookup("") == nil)
        let after = frozen.stats
        #expect(after.uniqueStrings == before.uniqueStrings)
        #expect(after.references == before.references)
        #expect(after.uniqueBytes == before.uniqueBytes)
        #expect(after.referencedBytes == before.referencedBytes)
        #expect(after.totalBytes < before.totalBytes)
    }

    @Test func theSharedInternerGoesOn() throws {
        let interner = try ConcurrentStringInterner()
        for number in 0..<300 { _ = try interner.intern(utf8: ConcurrentStringInternerTests.text(number).span) }
        let frozen = try interner.freeze()
        for number in 0..<600 { _ = try interner.intern(utf8: ConcurrentStringInternerTests.text(number).span) }
        #expect(frozen.count == 300)
        for number in 0..<600 {
            let text = ConcurrentStringInternerTests.text(number)
            #expect(frozen.lookup(utf8: text.span)?.id == (number < 300 ? UInt32(number) : nil))
            #expect(try interner.lookup(utf8: text.span)?.id == UInt32(number))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func perfectTablesTakeAnyHashes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for count in [0, 1, 2, 10, 1_000, 20_000] {
            // Some equal, some that all go to one bucket.
            var hashes = (0..<count).map { _ in random.next() }
            for index in stride(from: 1, to: count, by: 97) { hashes[index] = hashes[index - 1] }
            for index in 0..<min(count / 10, 60) { hashes[index] = UInt64(index) << 20 }
            let values = (0..<count).map { UInt32($0 + 1) }
            let memory = InternerMemory(nil)
            let table = try hashes.withUnsafeBufferPointer { hashes in
                try values.withUnsafeBufferPointer { try PerfectTable(hashes, $0, memory) }
            }
            var missing = 0
            for (hash, value) in zip(hashes, values) where table.value(hash) != value {
                if !table.valuesAside(hash).contains(where: { $0.value == value }) { missing += 1 }
            }
            #expect(missing == 0, "seed \(seed), \(count) hashes")
            // Equal hashes take their bucket with them.
            #expect(table.rest.count <= count / 12 + 61, "seed \(seed), \(count) hashes")
            #expect(memory.heldBytes <= count * 5 + 64)
        }
    }
}
