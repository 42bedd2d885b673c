import Glibc
import Synchronization
import Testing

@testable import Strata

/// Readers of other threads beside the writer. Under the thread sanitizer a slot, a directory or a chunk that is used
/// again too early is a race; without it, a value that changes under a pin.
@Suite struct SlotMapReaderTests {
    private typealias Entity = InlineArray<6, UInt64>

    /// The keys that readers try, in the order that the writer puts them in.
    private final class Board: @unchecked Sendable {
        static let size = 512
        private let keys: UnsafeMutablePointer<Atomic<UInt64>>

        init() {
            keys = .allocate(capacity: Self.size)
            for place in 0..<Self.size { (keys + place).initialize(to: Atomic(0)) }
        }

        deinit { keys.deallocate() }

        subscript(place: Int) -> EntityKey {
            get { EntityKey(rawValue: keys[place].load(ordering: .acquiring)) }
            set { keys[place].store(newValue.rawValue, ordering: .releasing) }
        }
    }

    private struct Seen {
        var found = 0
        var bad = 0
    }

    /// Whether the words of a value are equal, and stay what they are for as long as they are looked at.
    private static func isWhole(_ value: UnsafePointer<Entity>, looks: Int) -> Bool {
        let first = value.pointee[0]
        for look in 0..<looks {
            for word in 0..<6 where value.pointee[word] != first { return false }
            if look == looks / 2 { sched_yield() }
        }
        return true
    }

    private static func read(
        _ reader: SlotMapReader<Entity>, _ board: Board, _ epochs: EpochManager, seed: UInt64, while going: () -> Bool
    ) -> Seen {
        var random = SplitMix64(seed: seed)
        var seen = Seen()
        guard var place = try? epochs.register() else { return Seen(bad: 1) }
        while going() {
            place.pin()
            defer { place.unpin() }
            switch random.below(20) {
            case 0:
                reader.forEach { _, value in
                    if isWhole(value, looks: 1) { seen.found += 1 } else { seen.bad += 1 }
                }
            case 1...3:
                let keys = (0..<24).map { _ in board[random.below(Board.size)] }
                reader.forEach(of: keys.span) { _, value in
                    guard let value else { return }
                    if isWhole(value, looks: 2) { seen.found += 1 } else { seen.bad += 1 }
                }
            default:
                let key = board[random.below(Board.size)]
                guard let value = reader.pointer(for: key) else { continue }
                if isWhole(value, looks: 3) { seen.found += 1 } else { seen.bad += 1 }
            }
        }
        return seen
    }

    /// A reader that knows what the next key will be tries it until it leads somewhere: never to memory that was not
    /// written yet.
    @Test func aKeyLeadsToItsOwnValueFromTheFirst() throws {
        let map = Mutex(SlotMap<Entity>())
        let (reader, first) = try map.withLock { ($0.makeReader(), try $0.insert(Entity(repeating: 1))) }
        let seen = Atomic<Int>(1)
        let bad = Atomic<Int>(0)
        let count = longRun(5_000)
        onThreads(2) { thread in
            for number in 1..<count {
                if thread == 0 {
                    // Each one beside a reader that waits for it.
                    while seen.load(ordering: .acquiring) < number { sched_yield() }
                    map.withLock { _ = try? $0.insert(Entity(repeating: UInt64(number) + 1)) }
                } else {
                    let key = EntityKey(index: UInt32(number), generation: first.generation, store: first.store)
                    var looks = 0
                    var value = reader.pointer(for: key)
                    while value == nil {
                        looks += 1
                        if looks % 2_000 == 0 { sched_yield() }
                        value = reader.pointer(for: key)
                    }
                    for word in 0..<6 where value?.pointee[word] != UInt64(number) + 1 {
                        bad.add(1, ordering: .relaxed)
                    }
                    seen.store(number + 1, ordering: .releasing)
                }
            }
        }
        #expect(bad.load(ordering: .relaxed) == 0)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func readersSeeWholeValuesOnly(seed: UInt64) throws {
        let epochs = EpochManager()
        let board = Board()
        let found = Atomic<Int>(0)
        let bad = Atomic<Int>(0)
        let readers = 2
        let writing = Atomic<Bool>(true)
        let released = Atomic<Int>(0)
        let refilled = Atomic<Int>(0)
        let map = Mutex(SlotMap<Entity>())
        let reader = map.withLock { $0.makeReader() }
        let rounds = longRun(3) / 3 == 1 ? 3 : 30
        onThreads(readers + 1) { thread in
            guard thread == readers else {
                let seen = Self.read(reader, board, epochs, seed: seed &* 100 &+ UInt64(thread)) {
                    writing.load(ordering: .relaxed)
                }
                found.add(seen.found, ordering: .relaxed)
                bad.add(seen.bad, ordering: .relaxed)
                return
            }
            map.withLock { map in
                var random = SplitMix64(seed: seed)
                var live: [EntityKey] = []
                var number: UInt64 = 0
                for _ in 0..<rounds {
                    // Grows over several directories, then changes, then empties whole chunks.
                    for (steps, insertions) in [(9_000, 100), (6_000, 50), (9_000, 5)] {
                        for _ in 0..<steps {
                            if live.isEmpty || random.chance(insertions) {
                                number += 1
                                guard let key = try? map.insert(Entity(repeating: number)) else { continue }
                                if key.generation > 1 { refilled.add(1, ordering: .relaxed) }
                                board[random.below(Board.size)] = key
                                live.append(key)
                            } else {
                                let place = random.below(live.count)
                                if map.remove(live[place], in: epochs) == nil { bad.add(1, ordering: .relaxed) }
                                live[place] = live[live.count - 1]
                                live.removeLast()
                            }
                            if random.chance(2) {
                                epochs.collect()
                                map.reclaim(in: epochs)
                            }
                            if random.below(500) == 0 { sched_yield() }
                        }
                    }
                    for key in live { _ = map.remove(key, in: epochs) }
                    live.removeAll()
                    // Readers unpin again and again, so this ends.
                    while map.space.chunks.count - map.space.vacantChunks > 1 {
                        epochs.collect()
                        map.reclaim(in: epochs)
                        sched_yield()
                    }
                    released.add(1, ordering: .relaxed)
                }
                writing.store(false, ordering: .relaxed)
            }
        }
        #expect(bad.load(ordering: .relaxed) == 0, "seed \(seed)")
        #expect(found.load(ordering: .relaxed) > 0, "seed \(seed)")
        #expect(refilled.load(ordering: .relaxed) > 0, "seed \(seed): no slot was filled again")
        #expect(released.load(ordering: .relaxed) == rounds, "seed \(seed): chunks were not given back")
    }

    @Test func aReaderSeesWhatTheWriterDid() throws {
        let epochs = EpochManager()
        var place = try epochs.register()
        var map = SlotMap<Entity>()
        let reader = map.makeReader()
        var keys: [EntityKey] = []
        place.pin()
        for number in 0..<30_000 as Range<UInt64> {
            keys.append(try map.insert(Entity(repeating: number)))
            if number % 997 == 0 { #expect(reader.value(for: keys[Int(number)])?[3] == number) }
        }
        for index in stride(from: 0, to: 30_000, by: 2) { _ = map.remove(keys[index], in: epochs) }
        var sum: UInt64 = 0
        var count = 0
        reader.forEach { index, value in
            if UInt64(index) == value.pointee[0] { sum += value.pointee[0] }
            count += 1
        }
        #expect(count == 15_000)
        #expect(sum == 15_000 * 15_000)
        #expect(reader.value(for: keys[0]) == nil)
        #expect(reader.value(for: keys[1])?[5] == 1)
        place.unpin()
    }
}
