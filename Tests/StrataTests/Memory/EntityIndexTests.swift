import Testing

@testable import Strata

@Suite struct EntityIndexTests {
    /// Identifiers whose homes fall together: the hash is not keyed, so they can be searched for.
    static let colliding: [UInt32] = {
        var ids: [UInt32] = []
        var group: UInt64 = 0
        while ids.count < 400 {
            if (group &* 0x9E37_79B9_7F4A_7C15) >> 32 & 0xFF == 0x7F { ids.append(UInt32(group << 3)) }
            group += 1
        }
        return ids
    }()

    static let patterns: [(name: String, ids: [UInt32])] = [
        ("sequential", Array(0..<3_000)),
        ("from the end", (0..<3_000).map { UInt32.max - $0 }),
        ("every eighth", (0..<3_000).map { $0 * 8 }),
        ("every 4,096th", (0..<3_000).map { $0 * 4_096 }),
        ("high bits only", (0..<256).map { $0 << 24 }),
        ("around zero and the largest", [0, 1, 2, 7, 8, 9, 63, 64, .max, .max - 1, .max - 7, .max - 8, 1 << 31]),
        ("one home", colliding),
        ("one home and its neighbours", colliding.flatMap { [$0, $0 + 1, $0 + 7] }),
    ]

    @Test(arguments: patterns.indices)
    func agreesWithADictionary(pattern: Int) throws {
        let (name, ids) = Self.patterns[pattern]
        let seed = UInt64(pattern) + 100
        var random = SplitMix64(seed: seed)
        var index = try EntityIndex()
        var model: [UInt32: UInt32] = [:]
        for insertions in [100, 50, 20, 80, 0] {
            for id in ids.shuffled(using: &random) {
                if random.chance(insertions) {
                    guard model[id] == nil else { continue }
                    let slot = UInt32(truncatingIfNeeded: random.next()) % (.max - 1)
                    try index.insert(id, slot: slot)
                    model[id] = slot
                } else {
                    // One that is not there is left alone.
                    index.remove(id)
                    model[id] = nil
                }
            }
            let count = index.count
            #expect(count == model.count, "\(name), seed \(seed)")
            var wrong: [UInt32] = []
            for id in ids where index.slot(of: id) != model[id] { wrong.append(id) }
            #expect(wrong.isEmpty, "\(name), seed \(seed)")
        }
        #expect(model.isEmpty)
    }

    @Test func extremeSlotsAndIdentifiersComeBack() throws {
        var index = try EntityIndex()
        try index.insert(0, slot: 0)
        try index.insert(.max, slot: .max - 1)
        #expect(index.slot(of: 0) == 0)
        #expect(index.slot(of: .max) == UInt32.max - 1)
        #expect(index.slot(of: 1) == nil)
        index.remove(0)
        #expect(index.slot(of: 0) == nil)
        #expect(index.slot(of: .max) == UInt32.max - 1)
    }

    @Test func staysBelowItsLoad() throws {
        var index = try EntityIndex()
        for id in 0..<10_000 as Range<UInt32> {
            try index.insert(id &* 2_654_435_761, slot: id)
            let (places, count) = (index.reservedBytes / 8, index.count)
            guard count * 8 <= places * 5 else {
                Issue.record("\(count) entries in \(places) places")
                return
            }
        }
    }
}
