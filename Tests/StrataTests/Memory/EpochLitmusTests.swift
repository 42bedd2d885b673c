import CStrata
import Glibc
import Synchronization
import Testing

@testable import Strata

/// The store-buffer litmus test of the pin: a reader whose pin has not yet left the processor's store buffer already reads
/// the shared address. Without the fence on either side a collector finds nobody pinned, and destroys what is being read.
///
/// The reader writes to memory that is in no cache before it pins, so that the pin stays in the store buffer for as long
/// as the collector needs.
@Suite struct EpochLitmusTests {
    /// Memory for writes that keep a store buffer busy.
    private struct FarMemory: ~Copyable {
        private static let byteCount = 32 << 20
        private static let burst = 1_024
        private let memory: UnsafeMutableRawPointer
        private var random = SplitMix64(seed: 1)

        init() {
            memory = .allocate(byteCount: Self.byteCount, alignment: 64)
            memset(memory, 0, Self.byteCount)
        }

        deinit { memory.deallocate() }

        /// Where the next burst of writes goes.
        mutating func next() -> UnsafeMutableRawPointer {
            memory + random.below(Self.byteCount / Self.burst) * Self.burst
        }

        static func write(_ burst: UnsafeMutableRawPointer) { memset(burst, 1, Self.burst) }
    }

    /// Puts the calling thread on a processor of its own, where the process has as many: the test finds nothing when its
    /// threads take turns on one. Looked up by name, since Swift imports neither call.
    private static func moveToProcessor(_ number: Int) {
        typealias Affinity = @convention(c) (pid_t, Int, UnsafeMutablePointer<UInt64>) -> Int32
        guard let get = dlsym(nil, "sched_getaffinity"), let set = dlsym(nil, "sched_setaffinity") else { return }
        // The sets of C: 1,024 bits.
        var allowed = [UInt64](repeating: 0, count: 16)
        let byteCount = allowed.count * 8
        guard unsafeBitCast(get, to: Affinity.self)(0, byteCount, &allowed) == 0 else { return }
        let processors = (0..<byteCount * 8).filter { allowed[$0 / 64] >> ($0 % 64) & 1 == 1 }
        guard number < processors.count else { return }
        var one = [UInt64](repeating: 0, count: 16)
        one[processors[number] / 64] = 1 << (processors[number] % 64)
        _ = unsafeBitCast(set, to: Affinity.self)(0, byteCount, &one)
    }

    /// Two threads that go through numbered rounds together.
    private final class Rounds: Sendable {
        let start = Atomic<Int>(0)
        let reader = Atomic<Int>(0)
        let collector = Atomic<Int>(0)
        /// The round in which the collector last unlinked.
        let unlinked = Atomic<Int>(0)
        let sawOld = Atomic<Bool>(false)
        /// The address of the reader's place.
        let place = Atomic<UInt>(0)

        static func wait(_ number: borrowing Atomic<Int>, for round: Int) {
            var spins = 0
            while number.load(ordering: .acquiring) < round {
                spins += 1
                if spins % 1_000 == 0 { sched_yield() } else { strata_pause() }
            }
        }
    }

    @Test(arguments: [true, false]) func aCollectorSeesThePinOrAReaderTheUnlinking(usesMembarrier: Bool) throws {
        let count = min(longRun(10_000), 100_000)
        let epochs = EpochManager(usesMembarrier: usesMembarrier)
        let rounds = Rounds()
        let bad = Atomic<Int>(0)
        onThreads(2) { thread in
            Self.moveToProcessor(thread)
            if thread == 0 {
                guard let place = try? epochs.core.places.claim(thread: 1) else {
                    return bad.store(-1, ordering: .relaxed)
                }
                rounds.place.store(UInt(bitPattern: place.address), ordering: .releasing)
                var far = FarMemory()
                for round in 1...count {
                    let burst = far.next()
                    Rounds.wait(rounds.start, for: round)
                    FarMemory.write(burst)
                    place.publish(epochs.epochAddress, usesMembarrier: epochs.usesMembarrier)
                    let seen = rounds.unlinked.load(ordering: .acquiring)
                    rounds.sawOld.store(seen < round, ordering: .relaxed)
                    rounds.reader.store(round, ordering: .releasing)
                    // Pinned until the collector has looked.
                    Rounds.wait(rounds.collector, for: round)
                    place.unpublish()
                }
                epochs.core.release(place)
            } else {
                var random = SplitMix64(seed: 2)
                // Kept where the reader sees the unlinking half of the time: there the two meet.
                var delay = 0
                while rounds.place.load(ordering: .acquiring) == 0 { sched_yield() }
                let address = UnsafeMutableRawPointer(bitPattern: rounds.place.load(ordering: .relaxed))!
                let front = EpochPlace(address: address).front
                let usesMembarrier = epochs.usesMembarrier
                var far = FarMemory()
                for round in 1...count {
                    let jitter = random.below(3)
                    let burst = far.next()
                    Rounds.wait(rounds.reader, for: round - 1)
                    rounds.start.store(round, ordering: .releasing)
                    for _ in 0..<(delay + jitter) { strata_pause() }
                    // With fences on both sides the unlinking may be as late as the pin.
                    if !usesMembarrier { FarMemory.write(burst) }
                    rounds.unlinked.store(round, ordering: .relaxed)
                    let isFenced = EpochBarrier.heavy(usesMembarrier: usesMembarrier)
                    let state = front.pointee.state.load(ordering: .acquiring)
                    rounds.collector.store(round, ordering: .releasing)
                    Rounds.wait(rounds.reader, for: round)
                    let isHeld = rounds.sawOld.load(ordering: .relaxed)
                    delay = isHeld ? max(0, delay - 1) : min(delay + 1, 1_000)
                    if !isFenced || (state == 0 && isHeld) { bad.add(1, ordering: .relaxed) }
                }
            }
        }
        #expect(bad.load(ordering: .relaxed) == 0, "in \(count) rounds")
    }

    @Test(arguments: [true, false]) func aReaderWithALatePinSeesNothingDestroyed(usesMembarrier: Bool) {
        let exchanges = longRun(10_000)
        let epochs = EpochManager(usesMembarrier: usesMembarrier)
        let objects = PoisonedObjects(capacity: exchanges)
        let writing = Atomic<Bool>(true)
        let bad = Atomic<Int>(0)
        let started = Atomic<Bool>(false)
        onThreads(2) { thread in
            Self.moveToProcessor(thread)
            if thread == 0 {
                while !started.load(ordering: .acquiring) { sched_yield() }
                for _ in 0..<exchanges {
                    epochs.retire(objects.exchange(), byteCount: 72, destroy: PoisonedObjects.destroy)
                    epochs.collect()
                }
                writing.store(false, ordering: .releasing)
            } else {
                guard var place = try? epochs.register() else { return }
                var far = FarMemory()
                started.store(true, ordering: .releasing)
                while writing.load(ordering: .relaxed) {
                    FarMemory.write(far.next())
                    place.pin()
                    let isWhole = objects.look(times: 30)
                    place.unpin()
                    if !isWhole { bad.add(1, ordering: .relaxed) }
                }
            }
        }
        epochs.collect()
        #expect(bad.load(ordering: .relaxed) == 0)
        #expect(objects.destroyed == exchanges)
    }
}
