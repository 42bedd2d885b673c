import Strata
import Synchronization
import Testing

@Suite struct EpochCollectionTests {
    /// Retires objects `0 ..< count`, of three bytes each.
    private func retire(_ count: Int, _ destroyed: DestroyedObjects, in epochs: EpochManager) {
        for number in 0..<count { epochs.retire(destroyed.object(number, byteCount: 3)) }
    }

    @Test func aBudgetIsSpentOldestFirst() {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(1_000)
        retire(1_000, destroyed, in: epochs)
        // No time at all: what is done between two looks at the clock is done all the same.
        #expect(epochs.collect(budget: .zero) == 32 * 3)
        #expect(destroyed.all == Array(repeating: 1, count: 32) + Array(repeating: 0, count: 968))
        #expect(epochs.retiredBytes == 968 * 3)
        #expect(epochs.destroyedObjects == 32)
        #expect(epochs.collect(budget: .zero) == 32 * 3)
        #expect(epochs.collect(budget: .zero) == 32 * 3)
        #expect(destroyed.total == 96)
        #expect(epochs.collect(budget: .nanoseconds(-5)) == 32 * 3)
        // An hour is enough.
        #expect(epochs.collect(budget: .seconds(3_600)) == (1_000 - 128) * 3)
        #expect(destroyed.all.allSatisfy { $0 == 1 })
        #expect(epochs.retiredBytes == 0)
        #expect(epochs.collect(budget: .seconds(Int64.max)) == 0)
    }

    @Test func whatABudgetLeftIsThereForEveryCollection() throws {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(500)
        retire(500, destroyed, in: epochs)
        epochs.collect(budget: .zero)
        // What is ready stays ready, whatever is pinned later.
        var reader = try epochs.register()
        reader.pin()
        #expect(epochs.collect() == (500 - 32) * 3)
        reader.unpin()
        #expect(destroyed.all.allSatisfy { $0 == 1 })
    }

    @Test(arguments: [0, 1, 2, 4]) func severalThreadsDestroyABacklog(threads: Int) {
        let count = 10_000
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(count)
        retire(count, destroyed, in: epochs)
        #expect(epochs.collectInParallel(threads: threads) == count * 3)
        #expect(destroyed.all.allSatisfy { $0 == 1 })
        #expect(epochs.destroyedObjects == count)
        #expect(epochs.retiredBytes == 0)
        #expect(epochs.collectInParallel(threads: threads) == 0)
    }

    @Test func everyObjectGoesOnceThroughAllKindsOfCollection() {
        let (threads, each) = (4, 2_000)
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(threads * each)
        let collected = Atomic<Int>(0)
        onThreads(threads) { thread in
            for number in 0..<each {
                epochs.retire(destroyed.object(thread * each + number, byteCount: 3))
                guard number % 50 == thread else { continue }
                let bytes =
                    switch thread {
                    case 0: epochs.collect()
                    case 1: epochs.collect(budget: .microseconds(5))
                    case 2: epochs.collectInParallel(threads: 2)
                    default: epochs.advance() ? 0 : epochs.collect()
                    }
                collected.add(bytes, ordering: .relaxed)
            }
        }
        collected.add(epochs.collect(), ordering: .relaxed)
        #expect(destroyed.all.allSatisfy { $0 == 1 })
        #expect(epochs.destroyedObjects == threads * each)
        #expect(epochs.retiredBytes == 0)
        #expect(collected.load(ordering: .relaxed) == threads * each * 3)
    }

    // MARK: The limit

    @Test func theStallNamesTheOldestPin() throws {
        let epochs = EpochManager()
        let destroyed = DestroyedObjects(100)
        #expect(epochs.stall == nil)
        var young = try epochs.register()
        var old = try epochs.register()
        old.pin()
        retire(100, destroyed, in: epochs)
        for _ in 0..<4 { epochs.collect() }
        young.pin()
        epochs.collect()
        let stall = try #require(epochs.stall)
        #expect(stall.participant == 1)
        #expect(stall.pinnedEpoch == 2)
        #expect(stall.epochsBehind == 5)
        #expect(stall.heldBytes == 300)
        #expect(stall.garbageLimit == nil)
        #expect(
            stall.description == "300 bytes of garbage wait for participant 1 (thread \(stall.threadNumber)), "
                + "pinned since epoch 2, 5 epochs ago")
        old.unpin()
        epochs.collect()
        // The younger pin holds nothing: all was out of reach before it.
        #expect(destroyed.total == 100)
        #expect(epochs.stall == nil)
        young.unpin()
    }

    @Test func theStallNamesTheThreadThatRegistered() throws {
        let epochs = EpochManager()
        let numbers = Mutex<Set<Int64>>([])
        for _ in 0..<2 {
            onThreads(1) { _ in
                guard var reader = try? epochs.register() else { return }
                reader.pin()
                epochs.retire(RetiredObject(address: 0, byteCount: 1) { _ in })
                epochs.collect()
                if let number = epochs.stall?.threadNumber { numbers.withLock { _ = $0.insert(number) } }
                reader.unpin()
            }
        }
        #expect(numbers.withLock { $0.count } == 2)
        #expect(numbers.withLock { $0.allSatisfy { $0 > 0 } })
    }

    @Test func pastTheLimitRetiringCollects() throws {
        let epochs = EpochManager(garbageLimit: 1_000)
        #expect(epochs.garbageLimit == 1_000)
        let destroyed = DestroyedObjects(400)
        for number in 0..<400 {
            epochs.retire(destroyed.object(number, byteCount: 100))
            #expect(epochs.retiredBytes <= 1_000)
        }
        #expect(destroyed.total >= 390)
        #expect(epochs.stall == nil)
    }

    @Test func pastTheLimitAParticipantCollectsWithEachBag() throws {
        let epochs = EpochManager(garbageLimit: 1_000)
        let destroyed = DestroyedObjects(400)
        var writer = try epochs.register()
        for number in 0..<400 { writer.retire(destroyed.allocate(number)) }
        #expect(destroyed.total == 384)
    }

    @Test func aWriterIsRefusedWhileAReaderHoldsTooMuch() throws {
        let epochs = EpochManager(garbageLimit: 1_000)
        let destroyed = DestroyedObjects(12)
        var reader = try epochs.register()
        reader.pin()
        for number in 0..<10 {
            try epochs.checkGarbageLimit(adding: 100)
            epochs.retire(destroyed.object(number, byteCount: 100))
        }
        #expect(epochs.stall == nil)
        let error = try #require(failure { try epochs.checkGarbageLimit(adding: 1) })
        #expect(error.code == .limitExceeded)
        // A writer that does not ask is not refused, and what it retires is not lost.
        epochs.retire(destroyed.object(10, byteCount: 100))
        let stall = try #require(epochs.stall)
        #expect(stall.heldBytes == 1_100)
        #expect(stall.garbageLimit == 1_000)
        let other = try #require(failure { try epochs.checkGarbageLimit(adding: 1) })
        #expect(other.description.contains("1100 bytes of garbage of 1000 allowed wait for participant 0 (thread "))
        #expect(other.remedy == "end the pin, or raise the limit of garbage")
        #expect(destroyed.total == 0)
        reader.unpin()
        try epochs.checkGarbageLimit(adding: 100)
        #expect(destroyed.total == 11)
        // More than the limit is refused even when nothing waits.
        #expect(failure { try epochs.checkGarbageLimit(adding: 1_001) } != nil)
        try EpochManager().checkGarbageLimit(adding: .max)
    }
}
