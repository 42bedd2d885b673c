import Testing

@testable import Strata

@Suite struct InternerBatchTests {
    /// Strings in a buffer, as a batch takes them.
    private func joined(_ strings: [[UInt8]]) -> (bytes: [UInt8], offsets: [Int]) {
        var offsets = [0]
        for string in strings { offsets.append(offsets[offsets.count - 1] + string.count) }
        return (strings.flatMap { $0 }, offsets)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func givesTheIdsOfSingleCalls(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var single = try StringInterner(capacity: 1)
        var batched = try StringInterner(capacity: 1)
        let shared = try ConcurrentStringInterner(capacity: 1, shards: 4)
        // Sizes around that of a group.
        for size in [0, 1, 2, 63, 64, 65, 127, 128, 129, 1_000, 3_000] {
            var strings = (0..<size).map { _ in StringInternerTests.string(&random) }
            if size == 3_000 { strings[1_500] = [UInt8](repeating: 0x41, count: 100_000) }
            let (bytes, offsets) = joined(strings)
            var expected: [InternedString] = []
            for string in strings { expected.append(try single.intern(utf8: string.span)) }
            var ids = [InternedString](repeating: InternedString(id: .max), count: size)
            var span = ids.mutableSpan
            try batched.intern(utf8: bytes.span, offsets: offsets.span, into: &span)
            #expect(ids == expected, "seed \(seed), \(size) strings")
            var sharedSpan = ids.mutableSpan
            try shared.intern(utf8: bytes.span, offsets: offsets.span, into: &sharedSpan)
            // One thread: in order.
            #expect(ids == expected, "seed \(seed), \(size) strings, shared")
        }
        var (one, many) = (single.stats, batched.stats)
        let several = shared.stats
        #expect(one == many)
        many.totalBytes = several.totalBytes
        #expect(several == many)
        one.references += 1
        #expect(one != single.stats)
    }

    @Test func takesStringsOfTheLanguage() throws {
        var interner = try StringInterner()
        let shared = try ConcurrentStringInterner()
        let texts = ["b", "", "é", "e\u{301}", "b", String(repeating: "long ", count: 2_000)]
        #expect(try interner.intern(texts).map(\.id) == [0, 1, 2, 3, 0, 4])
        #expect(try shared.intern(texts).map(\.id) == [0, 1, 2, 3, 0, 4])
        #expect(interner.text(of: InternedString(id: 4)) == texts[5])
        #expect(shared.text(of: InternedString(id: 4)) == texts[5])
        #expect(try interner.intern([]).isEmpty)
    }

    @Test func whatIsRefusedEndsTheBatchThere() throws {
        let strings: [[UInt8]] = (0..<100).map { Array("\($0)".utf8) } + [[0xC0, 0x80]] + [[0x61]]
        let (bytes, offsets) = joined(strings)
        var interner = try StringInterner()
        let shared = try ConcurrentStringInterner()
        var ids = [InternedString](repeating: InternedString(id: .max), count: strings.count)
        var span = ids.mutableSpan
        #expect(throws: StrataError.self) {
            try interner.intern(utf8: bytes.span, offsets: offsets.span, into: &span)
        }
        #expect(ids.map(\.id) == Array(0..<100) + [.max, .max])
        let stats = interner.stats
        #expect(stats.uniqueStrings == 100)
        #expect(stats.references == 100)
        #expect(stats.referencedBytes == 190)
        #expect(interner.lookup("a") == nil)
        var sharedSpan = ids.mutableSpan
        #expect(throws: StrataError.self) {
            try shared.intern(utf8: bytes.span, offsets: offsets.span, into: &sharedSpan)
        }
        #expect(shared.stats.uniqueStrings == 100)
        #expect(shared.stats.references == 100)
        #expect(shared.stats.referencedBytes == 190)
    }

    @Test(arguments: [[0, 4], [2, 1], [0, 2, 1, 3], [-1, 2], [4, 4], [3, 2]])
    func offsetsAreChecked(offsets: [Int]) throws {
        var interner = try StringInterner()
        let bytes: [UInt8] = [0x61, 0x62, 0x63]
        var ids = [InternedString](repeating: InternedString(id: 0), count: offsets.count - 1)
        var span = ids.mutableSpan
        #expect(throws: StrataError.self) {
            try interner.intern(utf8: bytes.span, offsets: offsets.span, into: &span)
        }
        let count = interner.count
        #expect(count == 0)
    }

    @Test func thereIsRoomForEachId() throws {
        var interner = try StringInterner()
        let bytes: [UInt8] = [0x61, 0x62, 0x63]
        let offsets = [1, 1, 3]
        for size in [0, 1, 2, 3] {
            var ids = [InternedString](repeating: InternedString(id: .max), count: size)
            var span = ids.mutableSpan
            do {
                try interner.intern(utf8: bytes.span, offsets: offsets.span, into: &span)
                #expect(size == 2)
                #expect(ids.map(\.id) == [0, 1])
            } catch {
                #expect(size != 2)
            }
        }
        #expect(interner.lookup("bc")?.id == 1)
    }
}
