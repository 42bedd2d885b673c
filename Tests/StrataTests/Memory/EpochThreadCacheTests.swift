import Glibc
import Synchronization
import Testing

@testable import Strata

@Suite struct EpochThreadCacheTests {
    @Test func aThreadTakesOnePlaceAndKeepsIt() throws {
        let epochs = EpochManager()
        onThreads(1) { _ in
            for _ in 0..<100 { _ = try? epochs.withPin { #expect(epochs.oldestPinAge == 0) } }
            #expect(epochs.participantCount == 1)
            #expect(epochs.oldestPinAge == nil)
        }
        #expect(epochs.participantCount == 0)
        onThreads(3) { _ in _ = try? epochs.withPin {} }
        #expect(epochs.participantCount == 0)
    }

    @Test(arguments: [true, false]) func aPinHoldsWhatIsRetiredInside(usesMembarrier: Bool) throws {
        let epochs = EpochManager(usesMembarrier: usesMembarrier)
        let destroyed = DestroyedObjects(1)
        try epochs.withPin { () throws(StrataError) in
            try epochs.withPin {}
            epochs.retire(destroyed.object(0))
            epochs.collect()
            try epochs.withPin { _ = epochs.collect() }
            // The inner pins have ended, the outer one has not.
            epochs.collect()
            #expect(destroyed[0] == 0)
        }
        #expect(epochs.collect() == 1)
        #expect(destroyed[0] == 1)
    }

    @Test func errorsComeOutAndEndThePin() throws {
        let epochs = EpochManager()
        let error = failure {
            try epochs.withPin { () throws(StrataError) in throw StrataError(.notFound, "not here") }
        }
        #expect(error?.code == .notFound)
        #expect(epochs.oldestPinAge == nil)
        let other = failure {
            try epochs.withPinnedParticipant { _ throws(StrataError) in throw StrataError(.notFound, "not here") }
        }
        #expect(other?.code == .notFound)
        #expect(epochs.oldestPinAge == nil)
    }

    @Test func aLentParticipantPinsAndRetires() throws {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(2)
        try epochs.withPinnedParticipant { participant throws(StrataError) in
            let isPinned = participant.isPinned
            #expect(isPinned)
            participant.retire(destroyed.allocate(0))
            participant.pin()
            try epochs.withPin {}
            participant.unpin()
            #expect(epochs.oldestPinAge == 0)
            // The caller's own bag is sealed with a collection, and held by its own pin.
            #expect(epochs.collect() == 0)
            #expect(epochs.oldestPinAge == 1)
            participant.retire(destroyed.allocate(1))
        }
        #expect(epochs.oldestPinAge == nil)
        epochs.collect()
        #expect(destroyed.all == [1, 1])
    }

    @Test func aThreadThatEndsHandsItsBagOver() {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(30)
        onThreads(3) { thread in
            _ = try? epochs.withPinnedParticipant { participant in
                for number in 0..<10 { participant.retire(destroyed.allocate(thread * 10 + number)) }
            }
        }
        #expect(destroyed.total == 0)
        #expect(epochs.participantCount == 0)
        epochs.collect()
        #expect(destroyed.all.allSatisfy { $0 == 1 })
    }

    @Test func aThreadThatEndsInsideABodyHoldsNothing() {
        // `pthread_exit` leaves frames behind without their cleaning up, so that the pin is still there.
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(1)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(epochs)
        let code = pthread_create(
            &thread, nil,
            { context in
                let epochs = Unmanaged<EpochManager>.fromOpaque(context!)
                try? epochs._withUnsafeGuaranteedRef { epochs in
                    try epochs.withPin { pthread_exit(nil) }
                }
                return nil
            }, context.toOpaque())
        #expect(code == 0)
        pthread_join(thread, nil)
        context.release()
        #expect(epochs.oldestPinAge == nil)
        #expect(epochs.participantCount == 0)
        epochs.retire(destroyed.object(0))
        epochs.collect()
        #expect(destroyed[0] == 1)
    }

    @Test func managersGoWhileThreadsLive() throws {
        // Many more than a thread's caches hold, so that entries of the dead are met, passed over and thrown out.
        let destroyed = DestroyedObjects(50)
        onThreads(2) { thread in
            for number in 0..<25 {
                let epochs = EpochManager()
                let other = EpochManager()
                _ = try? epochs.withPinnedParticipant { $0.retire(destroyed.allocate(thread * 25 + number)) }
                _ = try? other.withPin { _ = try? epochs.withPin {} }
                #expect(epochs.participantCount == 1)
                // What is in the thread's bag goes with the manager.
            }
        }
        #expect(destroyed.all.allSatisfy { $0 == 1 })
    }

    @Test func aThreadKeepsItsPlacesWithManyManagers() throws {
        let managers = (0..<20).map { _ in EpochManager() }
        onThreads(1) { _ in
            for _ in 0..<3 {
                for epochs in managers { _ = try? epochs.withPin {} }
            }
            #expect(managers.allSatisfy { $0.participantCount == 1 })
        }
        #expect(managers.allSatisfy { $0.participantCount == 0 })
    }

    @Test(arguments: [1, 2] as [UInt64]) func managersAndThreadsComeAndGo(seed: UInt64) {
        let (rounds, threads) = (100, 3)
        let destroyed = DestroyedObjects(rounds * threads)
        for round in 0..<rounds {
            let shared = Mutex<EpochManager?>(EpochManager())
            onThreads(threads) { thread in
                var random = SplitMix64(seed: seed &* 1_000 &+ UInt64(round * threads + thread))
                // Whoever is last to let go of the manager ends it, while others end as threads.
                guard let epochs = shared.withLock({ $0 }) else {
                    return destroyed.object(0).destroy(UInt(round * threads + thread))
                }
                _ = try? epochs.withPinnedParticipant { $0.retire(destroyed.allocate(round * threads + thread)) }
                if random.chance(50) { epochs.collect() }
                if random.chance(50) { sched_yield() }
                if thread == 0 { shared.withLock { $0 = nil } }
            }
            shared.withLock { $0 = nil }
        }
        #expect(destroyed.all.allSatisfy { $0 == 1 }, "seed \(seed)")
    }
}
