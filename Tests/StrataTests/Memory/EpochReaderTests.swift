import Glibc
import Strata
import Synchronization
import Testing

/// Readers beside writers over objects that are poisoned when they are destroyed.
@Suite struct EpochReaderTests {
    struct Setting: CustomStringConvertible, Sendable {
        let seed: UInt64
        let usesMembarrier: Bool
        var description: String { "seed \(seed), \(usesMembarrier ? "membarrier" : "fences")" }

        static let all = [1, 2].flatMap { seed in
            [true, false].map { Setting(seed: seed, usesMembarrier: $0) }
        }
    }

    /// A reader's turn with its own participant: pinned once or twice, and looking all the while.
    private static func read(
        _ objects: PoisonedObjects, _ place: inout EpochParticipant, _ random: inout SplitMix64
    ) -> Bool {
        place.pin()
        defer { place.unpin() }
        let first = objects.current.load(ordering: .acquiring)
        var isWhole = PoisonedObjects.look(at: first, times: 1 + random.below(20))
        if random.chance(20) {
            place.pin()
            isWhole = objects.look(times: 2) && isWhole
            place.unpin()
            // The outer pin still holds what was found before the inner one.
            if random.chance(20) { sched_yield() }
            isWhole = PoisonedObjects.look(at: first, times: 2) && objects.look(times: 2) && isWhole
        }
        if random.chance(3) { sched_yield() }
        return PoisonedObjects.look(at: first, times: 1) && isWhole
    }

    /// The same through the thread's own place.
    private static func read(
        _ objects: PoisonedObjects, through epochs: EpochManager, _ random: inout SplitMix64
    ) -> Bool {
        let isWhole = try? epochs.withPin { () throws(StrataError) in
            let first = objects.current.load(ordering: .acquiring)
            var isWhole = PoisonedObjects.look(at: first, times: 1 + random.below(20))
            if random.chance(20) { isWhole = try epochs.withPin { objects.look(times: 2) } && isWhole }
            if random.chance(3) { sched_yield() }
            return PoisonedObjects.look(at: first, times: 1) && isWhole
        }
        return isWhole ?? false
    }

    /// Exchanges the current object and retires the old one, in one of the ways that there are.
    private static func write(
        _ objects: PoisonedObjects, _ epochs: EpochManager, _ place: inout EpochParticipant,
        _ random: inout SplitMix64
    ) {
        switch random.below(3) {
        case 0:
            epochs.retire(RetiredObject(address: objects.exchange(), byteCount: 72) { PoisonedObjects.destroy($0) })
        case 1: epochs.retire(objects.exchange(), byteCount: 72, destroy: PoisonedObjects.destroy)
        default:
            let isPinned = random.chance(50)
            if isPinned { place.pin() }
            place.retire(objects.exchange(), byteCount: 72, destroy: PoisonedObjects.destroy)
            if isPinned { place.unpin() }
            if random.chance(30) { place.flush() }
        }
        switch random.below(100) {
        case 0..<20: epochs.collect()
        case 20..<25: epochs.collect(budget: .microseconds(1))
        case 25..<27: epochs.collectInParallel(threads: 2)
        case 27..<30: sched_yield()
        default: break
        }
    }

    @Test(arguments: Setting.all) func readersNeverSeeADestroyedObject(_ setting: Setting) {
        let (readers, writers, exchanges) = (3, 2, longRun(20_000) / 2)
        let epochs = EpochManager(usesMembarrier: setting.usesMembarrier)
        let objects = PoisonedObjects(capacity: writers * exchanges)
        let writing = Atomic<Int>(writers)
        let (bad, looks) = (Shared(), Shared())
        let most = Shared()
        onThreads(readers + writers) { thread in
            var random = SplitMix64(seed: setting.seed &* 1_000 &+ UInt64(thread))
            guard var place = try? epochs.register() else { return bad.add() }
            if thread < writers {
                for _ in 0..<exchanges {
                    Self.write(objects, epochs, &place, &random)
                    most.raise(to: objects.destroyed)
                }
                writing.subtract(1, ordering: .sequentiallyConsistent)
            } else {
                while writing.load(ordering: .relaxed) > 0 {
                    let isWhole =
                        thread % 2 == 0
                        ? Self.read(objects, &place, &random) : Self.read(objects, through: epochs, &random)
                    if !isWhole { bad.add() }
                    looks.add()
                    // Now and then a new place, so that places change hands under the collectors' eyes.
                    if random.chance(2), let other = try? epochs.register() { place = other }
                }
            }
        }
        epochs.collect()
        #expect(bad.value == 0, "\(setting)")
        #expect(objects.destroyed == writers * exchanges, "\(setting)")
        #expect(epochs.retiredBytes == 0)
        #expect(looks.value > 0)
        #expect(most.value > 0, "\(setting): nothing was destroyed while readers were at work")
    }

    @Test(arguments: [true, false]) func aStalledReaderHoldsWhatItSawAndNoMore(usesMembarrier: Bool) throws {
        let exchanges = 5_000
        let epochs = EpochManager(usesMembarrier: usesMembarrier)
        let objects = PoisonedObjects(capacity: 2 * exchanges)
        var writer = try epochs.register()
        for _ in 0..<exchanges { writer.retire(objects.exchange(), byteCount: 72, destroy: PoisonedObjects.destroy) }
        writer.flush()
        epochs.advance()
        var reader = try epochs.register()
        reader.pin()
        let seen = objects.current.load(ordering: .acquiring)
        // What was retired in earlier epochs is not the reader's to hold.
        epochs.collect()
        #expect(objects.destroyed == exchanges)
        for number in 0..<exchanges {
            writer.pin()
            writer.retire(objects.exchange(), byteCount: 72, destroy: PoisonedObjects.destroy)
            writer.unpin()
            if number % 100 == 0 { epochs.collect() }
        }
        writer.flush()
        epochs.collect()
        #expect(PoisonedObjects.look(at: seen, times: 1))
        #expect(objects.destroyed == exchanges)
        #expect(epochs.stall?.heldBytes == exchanges * 72)
        #expect(epochs.stall?.participant == 1)
        reader.unpin()
        #expect(epochs.collect() == exchanges * 72)
        #expect(!PoisonedObjects.look(at: seen, times: 1))
        #expect(objects.destroyed == 2 * exchanges)
    }

    @Test(arguments: Setting.all) func threadsComeAndGoPinnedAndWithGarbage(_ setting: Setting) {
        let (threads, generations, exchanges) = (4, 20, 150)
        let epochs = EpochManager(usesMembarrier: setting.usesMembarrier)
        let objects = PoisonedObjects(capacity: threads * generations * exchanges)
        let bad = Shared()
        onThreads(threads) { thread in
            for generation in 0..<generations {
                onThreads(1) { _ in
                    var random = SplitMix64(seed: setting.seed &* 1_000 &+ UInt64(thread * generations + generation))
                    guard var place = try? epochs.register() else { return bad.add() }
                    place.pin()
                    for _ in 0..<exchanges {
                        if !objects.look(times: 2) { bad.add() }
                        place.retire(objects.exchange(), byteCount: 72, destroy: PoisonedObjects.destroy)
                        _ = try? epochs.withPinnedParticipant { participant in
                            if !objects.look(times: 2) { bad.add() }
                        }
                        if random.chance(10) { epochs.collect() }
                        if random.chance(10) {
                            place.unpin()
                            place.pin()
                        }
                    }
                    // It ends pinned, with what is in its bag.
                }
            }
        }
        #expect(epochs.participantCount == 0)
        #expect(epochs.oldestPinAge == nil)
        epochs.collect()
        #expect(bad.value == 0, "\(setting)")
        #expect(objects.destroyed == threads * generations * exchanges, "\(setting)")
        #expect(epochs.retiredBytes == 0)
    }
}

/// A number that threads share.
private final class Shared: Sendable {
    private let number = Atomic<Int>(0)
    var value: Int { number.load(ordering: .relaxed) }
    func add() { number.add(1, ordering: .relaxed) }
    func raise(to value: Int) { number.max(value, ordering: .relaxed) }
}
