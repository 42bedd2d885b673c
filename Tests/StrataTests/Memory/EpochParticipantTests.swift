import Glibc
import Strata
import Synchronization
import Testing

@Suite struct EpochParticipantTests {
    @Test(arguments: [true, false]) func aBagIsSealedWhenItIsFull(usesMembarrier: Bool) throws {
        let epochs = EpochManager(usesMembarrier: usesMembarrier)
        let destroyed = DestroyedObjects(65)
        var writer = try epochs.register()
        for number in 0..<64 { writer.retire(destroyed.allocate(number)) }
        // Another thread sees the bytes, and no object of a bag that is still being filled.
        #expect(epochs.retiredBytes == 64 * MemoryLayout<Countdown>.stride)
        #expect(epochs.collect() == 0)
        writer.retire(destroyed.allocate(64))
        #expect(epochs.collect() == 64 * MemoryLayout<Countdown>.stride)
        #expect(destroyed.all == Array(repeating: 1, count: 64) + [0])
        writer.flush()
        #expect(epochs.retiredBytes == MemoryLayout<Countdown>.stride)
        epochs.collect()
        #expect(destroyed[64] == 1)
        #expect(epochs.retiredBytes == 0)
        #expect(epochs.destroyedObjects == 65)
        writer.flush()
        #expect(epochs.collect() == 0)
    }

    @Test func aBagIsSealedWhenItsObjectsAreLarge() throws {
        let epochs = EpochManager()
        var writer = try epochs.register()
        writer.retire(UInt(bitPattern: malloc(16)), byteCount: 256 << 10) {
            free(UnsafeMutableRawPointer(bitPattern: $0))
        }
        #expect(epochs.collect() == 256 << 10)
        #expect(epochs.destroyedObjects == 1)
    }

    @Test func whoRetiresMuchCollectsInPassing() throws {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(10_000)
        var writer = try epochs.register()
        var most = 0
        for number in 0..<10_000 {
            writer.pin()
            writer.retire(destroyed.allocate(number))
            writer.unpin()
            most = max(most, epochs.retiredBytes)
        }
        #expect(most < 4_000 * MemoryLayout<Countdown>.stride)
        #expect(destroyed.total == epochs.destroyedObjects)
        writer.flush()
        epochs.collect()
        #expect(destroyed.all.allSatisfy { $0 == 1 })
    }

    @Test func objectsOfEveryKindAreDestroyedAsTheyShould() throws {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(3)
        var writer = try epochs.register()
        writer.retire(destroyed.allocate(0), extraByteCount: 1_000)
        writer.retire(UInt(bitPattern: destroyed.allocate(1)), byteCount: 10) { address in
            let pointer = UnsafeMutablePointer<Countdown>(bitPattern: address)!
            pointer.deinitialize(count: 1)
            pointer.deallocate()
        }
        writer.flush()
        epochs.retire(destroyed.object(2, byteCount: 7))
        #expect(epochs.collect() == MemoryLayout<Countdown>.stride + 1_000 + 10 + 7)
        #expect(destroyed.all == [1, 1, 1])
    }

    @Test func aParticipantThatGoesHandsItsBagOver() throws {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(5)
        do {
            var writer = try epochs.register()
            writer.pin()
            for number in 0..<5 { writer.retire(destroyed.allocate(number)) }
            #expect(epochs.collect() == 0)
        }
        #expect(destroyed.total == 0)
        #expect(epochs.participantCount == 0)
        #expect(epochs.retiredBytes == 5 * MemoryLayout<Countdown>.stride)
        #expect(epochs.collect() == 5 * MemoryLayout<Countdown>.stride)
        #expect(destroyed.all == [1, 1, 1, 1, 1])
    }

    @Test func whatIsInABagGoesWithTheManager() throws {
        let destroyed = DestroyedObjects(3)
        do {
            let epochs = EpochManager()
            var writer = try epochs.register()
            for number in 0..<3 { writer.retire(destroyed.allocate(number)) }
            #expect(destroyed.total == 0)
        }
        #expect(destroyed.all == [1, 1, 1])
    }

    @Test func aDestructorMayRetireThroughTheSamePlace() throws {
        // Each object retires the next one from within its destructor, through the thread's own bag.
        let epochs = EpochManager()
        let count = 3_000
        let destroyed = DestroyedObjects(count)
        final class Chain: Sendable {
            let epochs: Unmanaged<EpochManager>
            let destroyed: DestroyedObjects
            init(_ epochs: EpochManager, _ destroyed: DestroyedObjects) {
                self.epochs = .passUnretained(epochs)
                self.destroyed = destroyed
            }
        }
        struct Link: ~Copyable {
            let number: Int
            let chain: Chain
            deinit {
                chain.destroyed.object(number).destroy(UInt(number))
                guard number % 1_000 != 999 else { return }
                let next = UnsafeMutablePointer<Link>.allocate(capacity: 1)
                next.initialize(to: Link(number: number + 1, chain: chain))
                try? chain.epochs.takeUnretainedValue().withPinnedParticipant { $0.retire(next) }
            }
        }
        let chain = Chain(epochs, destroyed)
        for start in [0, 1_000, 2_000] {
            let first = UnsafeMutablePointer<Link>.allocate(capacity: 1)
            first.initialize(to: Link(number: start, chain: chain))
            try epochs.withPinnedParticipant { $0.retire(first) }
        }
        while epochs.collect() > 0 {}
        #expect(destroyed.all.allSatisfy { $0 == 1 })
    }

    @Test func pinsOfABodyNestAndEndWithIt() throws {
        let epochs = EpochManager()
        var reader = try epochs.register()
        let (inside, deeper) = reader.withPin { reader in (reader.isPinned, reader.withPin { $0.isPinned }) }
        #expect(inside)
        #expect(deeper)
        #expect(epochs.oldestPinAge == nil)
        let error = failure {
            try reader.withPin { _ throws(StrataError) in throw StrataError(.notFound, "not here") }
        }
        #expect(error?.code == .notFound)
        #expect(epochs.oldestPinAge == nil)
    }

    @Test func unpinningWithoutAPinEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            var reader = try EpochManager().register()
            reader.unpin()
        }
    }
}
