import Glibc
import Strata
import Synchronization
import Testing

@Suite struct EpochManagerTests {
    @Test func withoutReadersTheFirstCollectionDestroys() {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(1)
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
        let destroyed = DestroyedObjects(3)
        var old = try epochs.register()
        var young = try epochs.register()
        #expect(epochs.oldestPinAge == nil)
        old.pin()
        #expect(epochs.oldestPinAge == 0)
        epochs.retire(destroyed.object(0))
        for _ in 0..<5 { epochs.collect() }
        #expect(destroyed.all == [0, 0, 0])
        // Each collection moves the epoch on, so that the age tells how many the pin has outlived.
        #expect(epochs.oldestPinAge == 5)
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
        let destroyed = DestroyedObjects(1)
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

    @Test func theEpochWaitsOnRequestOnly() throws {
        let epochs = EpochManager()
        #expect(epochs.advance())
        #expect(epochs.epoch == 3)
        var reader = try epochs.register()
        reader.pin()
        #expect(epochs.advance())
        #expect(!epochs.advance())
        #expect(epochs.oldestPinAge == 1)
        // With nothing retired there is nothing to find out.
        epochs.collect()
        #expect(epochs.epoch == 4)
        reader.unpin()
        #expect(epochs.advance())
    }

    @Test func aParticipantThatGoesHoldsNothing() throws {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(1)
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
        #expect(failure { try Place(epochs) }?.description.contains("4096") == true)
        #expect(failure { try epochs.withPin {} }?.code == .limitExceeded)
        #expect(epochs.participantCount == EpochManager.maximumParticipants)
        places.remove(at: 100)
        places.append(try Place(epochs))
        #expect(failure { try Place(epochs) }?.code == .limitExceeded)
        places.removeAll()
        #expect(epochs.participantCount == 0)
        _ = try Place(epochs)
    }

    @Test func whatIsLeftGoesWithTheManager() throws {
        let destroyed = DestroyedObjects(10)
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
        let destroyed = DestroyedObjects(2)
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
        let destroyed = DestroyedObjects(threads * each)
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
}
