import Glibc
import Strata
import Synchronization
import Testing

/// Counts how often each of a number of objects was destroyed.
private final class Destroyed: Sendable {
    private let counts: Mutex<[Int]>

    init(_ objects: Int) { counts = Mutex(Array(repeating: 0, count: objects)) }

    /// An object that is nothing but its number.
    func object(_ number: Int, byteCount: Int = 1) -> RetiredObject {
        RetiredObject(address: UInt(number), byteCount: byteCount) { number in
            self.counts.withLock { $0[Int(number)] += 1 }
        }
    }

    subscript(number: Int) -> Int { counts.withLock { $0[number] } }
    var all: [Int] { counts.withLock { $0 } }
}

@Suite struct EpochManagerTests {
    @Test func withoutReadersTheFirstCollectionDestroys() {
        let epochs = EpochManager()
        let destroyed = Destroyed(1)
        #expect(epochs.epoch == 2)
        epochs.retire(destroyed.object(0, byteCount: 100))
        #expect(epochs.retiredBytes == 100)
        #expect(destroyed[0] == 0)
        #expect(epochs.collect() == 100)
        #expect(destroyed[0] == 1)
        #expect(epochs.retiredBytes == 0)
        #expect(epochs.destroyedObjects == 1)
        #expect(epochs.collect() == 0)
        #expect(destroyed[0] == 1)
    }

    @Test func nothingIsDestroyedWhileAPinIsOlder() throws {
        let epochs = EpochManager()
        let destroyed = Destroyed(3)
        var old = try epochs.register()
        var young = try epochs.register()
        #expect(epochs.oldestPinAge == nil)
        old.pin()
        #expect(epochs.oldestPinAge == 0)
        epochs.retire(destroyed.object(0))
        for _ in 0..<5 { epochs.collect() }
        #expect(destroyed.all == [0, 0, 0])
        #expect(epochs.oldestPinAge == 1)
        // The epoch moved on once; objects of the new one wait as well.
        epochs.retire(destroyed.object(1))
        young.pin()
        epochs.retire(destroyed.object(2))
        for _ in 0..<5 { epochs.collect() }
        #expect(destroyed.all == [0, 0, 0])
        #expect(!epochs.advance())
        // The younger pin came after the first object was out of reach: it does not hold it.
        old.unpin()
        epochs.collect()
        #expect(destroyed.all == [1, 0, 0])
        young.unpin()
        epochs.collect()
        #expect(destroyed.all == [1, 1, 1])
        #expect(epochs.destroyedObjects == 3)
        #expect(epochs.oldestPinAge == nil)
    }

    @Test func pinsNestAndTheOutermostOneCounts() throws {
        let epochs = EpochManager()
        let destroyed = Destroyed(1)
        var reader = try epochs.register()
        for _ in 0..<3 { reader.pin() }
        epochs.retire(destroyed.object(0))
        for _ in 0..<2 {
            reader.unpin()
            epochs.collect()
            epochs.collect()
            let pinned = reader.isPinned
            #expect(pinned)
            #expect(destroyed[0] == 0)
        }
        // Pinning again inside does not move the pin to a later epoch.
        reader.pin()
        epochs.collect()
        reader.unpin()
        epochs.collect()
        #expect(destroyed[0] == 0)
        reader.unpin()
        let pinned = reader.isPinned
        #expect(!pinned)
        epochs.collect()
        #expect(destroyed[0] == 1)
    }

    @Test func aParticipantThatGoesHoldsNothing() throws {
        let epochs = EpochManager()
        let destroyed = Destroyed(1)
        do {
            var reader = try epochs.register()
            reader.pin()
            epochs.retire(destroyed.object(0))
            epochs.collect()
            epochs.collect()
            #expect(destroyed[0] == 0)
        }
        epochs.collect()
        #expect(destroyed[0] == 1)
    }

    private final class Place {
        let participant: EpochParticipant
        init(_ epochs: EpochManager) throws(StrataError) { participant = try epochs.register() }
    }

    @Test func registrationHasALimitAndPlacesComeBack() throws {
        let epochs = EpochManager()
        var places: [Place] = []
        for _ in 0..<EpochManager.maximumParticipants { places.append(try Place(epochs)) }
        #expect(failure { try Place(epochs) }?.code == .limitExceeded)
        #expect(failure { try Place(epochs) }?.description.contains("512") == true)
        places.remove(at: 100)
        places.append(try Place(epochs))
        #expect(failure { try Place(epochs) }?.code == .limitExceeded)
        places.removeAll()
        _ = try Place(epochs)
    }

    @Test func whatIsLeftGoesWithTheManager() throws {
        let destroyed = Destroyed(10)
        do {
            let epochs = EpochManager()
            var reader = try epochs.register()
            reader.pin()
            for number in 0..<10 { epochs.retire(destroyed.object(number)) }
            epochs.collect()
            reader.unpin()
        }
        #expect(destroyed.all == Array(repeating: 1, count: 10))
    }

    @Test func aDestructorMayRetireSomething() {
        let epochs = EpochManager()
        let destroyed = Destroyed(2)
        epochs.retire(
            RetiredObject(address: 0, byteCount: 1) { [unowned epochs] _ in
                epochs.retire(destroyed.object(1))
                destroyed.object(0).destroy(0)
            })
        epochs.collect()
        #expect(destroyed.all == [1, 0])
        epochs.collect()
        #expect(destroyed.all == [1, 1])
    }

    @Test func retiringFromSeveralThreadsDestroysEachObjectOnce() throws {
        let (threads, each) = (4, 2_000)
        let epochs = EpochManager()
        let destroyed = Destroyed(threads * each)
        let collected = Atomic<Int>(0)
        onThreads(threads) { thread in
            for number in 0..<each {
                epochs.retire(destroyed.object(thread * each + number, byteCount: 3))
                if number % 50 == thread { collected.add(epochs.collect(), ordering: .relaxed) }
            }
        }
        collected.add(epochs.collect(), ordering: .relaxed)
        #expect(destroyed.all.allSatisfy { $0 == 1 })
        #expect(epochs.destroyedObjects == threads * each)
        #expect(epochs.retiredBytes == 0)
        #expect(collected.load(ordering: .relaxed) == threads * each * 3)
    }

    // MARK: Readers beside writers

    /// Objects of eight equal words, which a writer exchanges while readers look at them; a destroyed one is poisoned,
    /// and its memory is used again for a later one.
    private final class Exchange: Sendable {
        static let poison: UInt64 = 0xDEAD_DEAD_DEAD_DEAD
        let current = Atomic<UInt>(0)
        let destroyed = Atomic<Int>(0)
        let free = Mutex<[UInt]>([])

        init() {
            current.store(make(1), ordering: .sequentiallyConsistent)
        }

        func make(_ value: UInt64) -> UInt {
            let memory =
                free.withLock { $0.popLast() }.map { UnsafeMutablePointer<UInt64>(bitPattern: $0)! }
                ?? UnsafeMutablePointer<UInt64>.allocate(capacity: 8)
            // Word by word: the thread sanitizer does not see what the standard library's own loops write.
            for word in 0..<8 { memory[word] = value }
            return UInt(bitPattern: memory)
        }

        /// Called where no reader may look any more: the writes race with every read that does.
        func destroy(_ address: UInt) {
            let memory = UnsafeMutablePointer<UInt64>(bitPattern: address)!
            for word in 0..<8 { memory[word] = Self.poison }
            destroyed.add(1, ordering: .relaxed)
            free.withLock { $0.append(address) }
        }

        /// Whether the current object stays what it is for as long as it is looked at.
        func look(times: Int) -> Bool {
            let object = UnsafePointer<UInt64>(bitPattern: current.load(ordering: .sequentiallyConsistent))!
            let value = object[0]
            guard value != Self.poison else { return false }
            for _ in 0..<times {
                for word in 0..<8 where object[word] != value { return false }
            }
            return true
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func readersNeverSeeADestroyedObject(seed: UInt64) {
        let (readers, writers, exchanges) = (3, 2, 15_000)
        let epochs = EpochManager()
        let exchange = Exchange()
        let writing = Atomic<Int>(writers)
        let bad = Atomic<Int>(0)
        let looks = Atomic<Int>(0)
        onThreads(readers + writers) { thread in
            var random = SplitMix64(seed: seed &* 1_000 &+ UInt64(thread))
            if thread < writers {
                for number in 0..<exchanges {
                    let next = exchange.make(UInt64(thread * exchanges + number + 2))
                    let old = exchange.current.exchange(next, ordering: .sequentiallyConsistent)
                    epochs.retire(RetiredObject(address: old, byteCount: 64) { exchange.destroy($0) })
                    if random.chance(30) { epochs.collect() }
                    if random.chance(5) { sched_yield() }
                }
                writing.subtract(1, ordering: .sequentiallyConsistent)
            } else {
                guard var place = try? epochs.register() else {
                    bad.add(1, ordering: .relaxed)
                    return
                }
                while writing.load(ordering: .relaxed) > 0 {
                    place.pin()
                    let nested = random.chance(20)
                    if nested { place.pin() }
                    if !exchange.look(times: 1 + random.below(20)) { bad.add(1, ordering: .relaxed) }
                    if nested {
                        place.unpin()
                        if !exchange.look(times: 2) { bad.add(1, ordering: .relaxed) }
                    }
                    if random.chance(3) { sched_yield() }
                    place.unpin()
                    looks.add(1, ordering: .relaxed)
                    // Now and then a new place, so that places change hands under the collectors' eyes.
                    if random.chance(2), let other = try? epochs.register() { place = other }
                }
            }
        }
        epochs.collect()
        #expect(bad.load(ordering: .relaxed) == 0, "seed \(seed)")
        #expect(exchange.destroyed.load(ordering: .relaxed) == writers * exchanges, "seed \(seed)")
        #expect(epochs.retiredBytes == 0)
        #expect(looks.load(ordering: .relaxed) > 0)
        #expect(
            exchange.free.withLock { $0.count } < writers * exchanges,
            "seed \(seed): nothing was destroyed while readers were at work")
    }
}
