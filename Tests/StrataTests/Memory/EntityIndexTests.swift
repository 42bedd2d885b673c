import Synchronization
import Testing

@testable import Strata

@Suite struct EntityIndexTests {
    /// Identifiers whose homes fall together: the hash is not keyed, so they can be searched for.
    static let colliding: [UInt32] = {
        var ids: [UInt32] = []
        var group: UInt64 = 0
        while ids.count < 400 {
            if (group &* 0x9E37_79B9_7F4A_7C15) >> 56 == 0x7F { ids.append(UInt32(group << 3)) }
            group += 1
        }
        return ids
    }()

    /// Identifiers that follow each other stand at home, whatever their number: a look-up then costs one cache miss, and
    /// no branch that nobody can foresee.
    @Test(arguments: [1_000, 20_000, 50_000, 80_000, 100_000, 160_000], [0, 0x1234_5678, 0xF000_0000] as [UInt32])
    func denseIdentifiersStandAtHome(count: Int, first: UInt32) throws {
        let epochs = EpochManager()
        var index = try EntityIndex()
        for place in 0..<count { try index.insert(first + UInt32(place), slot: UInt32(place), in: epochs) }
        let elsewhere = index.entriesAwayFromHome
        #expect(elsewhere * 50 <= count, "\(elsewhere) of \(count) from \(first) on")
    }

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
        let epochs = EpochManager()
        var index = try EntityIndex()
        var model: [UInt32: UInt32] = [:]
        for insertions in [100, 50, 20, 80, 0] {
            for id in ids.shuffled(using: &random) {
                if random.chance(insertions) {
                    guard model[id] == nil else { continue }
                    let slot = UInt32(truncatingIfNeeded: random.next()) % (.max - 1)
                    try index.insert(id, slot: slot, in: epochs)
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
            if insertions == 20 { index.shrinkIfSparse(in: epochs) }
            epochs.collect()
        }
        #expect(model.isEmpty)
        index.shrinkIfSparse(in: epochs)
        let left = index.reservedBytes
        #expect(left == 64 * 8)
    }

    @Test func extremeSlotsAndIdentifiersComeBack() throws {
        let epochs = EpochManager()
        var index = try EntityIndex()
        try index.insert(0, slot: 0, in: epochs)
        try index.insert(.max, slot: .max - 1, in: epochs)
        #expect(index.slot(of: 0) == 0)
        #expect(index.slot(of: .max) == UInt32.max - 1)
        #expect(index.slot(of: 1) == nil)
        index.remove(0)
        #expect(index.slot(of: 0) == nil)
        #expect(index.slot(of: .max) == UInt32.max - 1)
    }

    @Test func staysBelowItsLoad() throws {
        let epochs = EpochManager()
        var index = try EntityIndex()
        for id in 0..<10_000 as Range<UInt32> {
            try index.insert(id &* 2_654_435_761, slot: id, in: epochs)
            let (places, count) = (index.reservedBytes / 8, index.count)
            guard count * 8 <= places * 5 else {
                Issue.record("\(count) entries in \(places) places")
                return
            }
        }
    }

    /// Entries that come and go leave graves: the table must be copied for them, and not grow.
    @Test func gravesDoNotFillIt() throws {
        let epochs = EpochManager()
        var index = try EntityIndex()
        var random = SplitMix64(seed: 11)
        var ids: [UInt32] = []
        for slot in 0..<1_000 as Range<UInt32> {
            ids.append(UInt32(truncatingIfNeeded: random.next()))
            try index.insert(ids[Int(slot)], slot: slot, in: epochs)
        }
        let full = index.reservedBytes
        for _ in 0..<50_000 {
            let place = random.below(ids.count)
            index.remove(ids[place])
            ids[place] = UInt32(truncatingIfNeeded: random.next())
            try index.insert(ids[place], slot: UInt32(place), in: epochs)
        }
        var wrong = 0
        for (slot, id) in ids.enumerated() where index.slot(of: id) != UInt32(slot) { wrong += 1 }
        #expect(wrong == 0)
        let bytes = index.reservedBytes
        #expect(bytes <= full * 2)
    }

    /// Look-ups beside a writer: an identifier that stays is always found, and one that comes and goes is found with
    /// its own slot or not at all.
    @Test func readersMissNothingThatStays() throws {
        let epochs = EpochManager()
        let index = SharedIndex(try EntityIndex())
        let stop = Atomic<Bool>(false)
        let missed = Atomic<Int>(0)
        let foreign = Atomic<Int>(0)
        let looks = Atomic<Int>(0)
        // Homes fall together, so that entries stand far from theirs, behind graves.
        let stays = Self.colliding.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
        let goes = Self.colliding.enumerated().filter { $0.offset % 4 != 0 }.map(\.element) + Array(5_000..<7_000)
        for id in stays { try index.box.value.insert(id, slot: id &+ 7, in: epochs) }
        onThreads(3) { number in
            guard number > 0 else {
                var random = SplitMix64(seed: 5)
                var there = Set<UInt32>()
                for step in 0..<longRun(20_000) {
                    let id = goes[random.below(goes.count)]
                    if there.remove(id) != nil {
                        index.box.value.remove(id)
                    } else {
                        there.insert(id)
                        try? index.box.value.insert(id, slot: id &+ 7, in: epochs)
                    }
                    if step % 4_000 == 3_999 {
                        for id in there { index.box.value.remove(id) }
                        there.removeAll()
                        index.box.value.shrinkIfSparse(in: epochs)
                    }
                    if step % 64 == 0 { epochs.collect() }
                }
                stop.store(true, ordering: .releasing)
                return
            }
            guard var participant = try? epochs.register() else { return }
            var random = SplitMix64(seed: UInt64(number))
            while !stop.load(ordering: .acquiring) {
                participant.pin()
                for _ in 0..<50 {
                    let id = stays[random.below(stays.count)]
                    if index.view.slot(of: id) != id &+ 7 { missed.add(1, ordering: .relaxed) }
                    let other = goes[random.below(goes.count)]
                    if let slot = index.view.slot(of: other), slot != other &+ 7 {
                        foreign.add(1, ordering: .relaxed)
                    }
                }
                participant.unpin()
                looks.add(1, ordering: .relaxed)
            }
        }
        #expect(missed.load(ordering: .relaxed) == 0)
        #expect(foreign.load(ordering: .relaxed) == 0)
        #expect(looks.load(ordering: .relaxed) > 0)
    }

    /// The test's threads share it as the engine's do.
    private final class SharedIndex: @unchecked Sendable {
        let view: EntityIndexView
        let box: OwnedBox<EntityIndex>

        init(_ index: consuming EntityIndex) {
            view = index.view
            box = OwnedBox(index)
        }
    }
}
