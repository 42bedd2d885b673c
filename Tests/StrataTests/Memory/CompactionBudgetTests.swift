import Testing

@testable import Strata

/// Compaction for a given time, by a clock that the test moves.
@Suite struct CompactionBudgetTests {
    private static let rowBytes = 8 + 1_000 * 8

    /// A clock that goes on by a microsecond each time it is looked at.
    private final class Clock {
        var time: UInt64 = 5_000_000
        var looks = 0
        var step: UInt64 = 1_000

        func deadline(after budget: Duration) -> Deadline {
            Deadline(after: budget) {
                self.looks += 1
                self.time += self.step
                return self.time
            }
        }
    }

    /// An arena of which half is dead, in all places.
    ///
    /// - Parameter keys: those of its entities, of which every second one is left.
    private func makeArena(_ epochs: EpochManager, _ keys: inout [EntityKey]) throws -> GraphArena {
        var arena = try GraphArena(strategy: .bump, byteLimit: nil, gcThreshold: 0.4, epochs: epochs)
        for id in 0..<400 as Range<UInt32> {
            let key = try arena.insert(EntityData(id: id, type: InternedString(id: 0)))
            let row = (0..<1_000).map { InternedProperty(key: InternedString(id: $0), value: InternedString(id: id)) }
            try arena.setProperties(row.span, of: arena.record(at: key.index))
            keys.append(key)
        }
        for place in stride(from: 0, to: 400, by: 2) { arena.remove(keys[place]) }
        return arena
    }

    @Test func aStepEndsWithItsTimeAndTheNextOneGoesOn() throws {
        let epochs = EpochManager()
        var keys: [EntityKey] = []
        var arena = try makeArena(epochs, &keys)
        let clock = Clock()
        var (calls, moved) = (0, 0)
        var isDone = false
        while !isDone {
            let looks = clock.looks
            isDone = try arena.compact(until: clock.deadline(after: .microseconds(10)))
            calls += 1
            // Once for the beginning, and once after each piece of work.
            #expect(clock.looks - looks <= 11)
            let total = arena.movedBytes
            #expect(total - moved <= 10 * (GraphArena.workPerLook + Self.rowBytes))
            #expect(isDone || total > moved || arena.isCompacting)
            moved = total
        }
        #expect(calls > 5)
        #expect(moved >= 150 * Self.rowBytes)
        let (needs, passes) = (arena.needsCompaction, arena.compactions)
        #expect(!needs)
        #expect(passes == 1)
        for (id, key) in keys.enumerated() where id % 2 == 1 {
            let row = Array(arena.record(at: key.index).propertyBuffer)
            #expect(row.count == 1_000 && row.allSatisfy { $0.value.id == UInt32(id) })
        }
    }

    @Test(arguments: [Duration.zero, .seconds(-3)])
    func withoutTimeItGetsOnAllTheSame(budget: Duration) throws {
        let epochs = EpochManager()
        var keys: [EntityKey] = []
        var arena = try makeArena(epochs, &keys)
        let clock = Clock()
        var calls = 0
        while try !arena.compact(until: clock.deadline(after: budget)) { calls += 1 }
        #expect(calls > 50)
        #expect(clock.looks <= 2 * (calls + 1))
    }

    @Test func whileTheClockStandsStillItGoesToTheEnd() throws {
        let epochs = EpochManager()
        var keys: [EntityKey] = []
        var arena = try makeArena(epochs, &keys)
        let clock = Clock()
        clock.step = 0
        let isDone = try arena.compact(until: clock.deadline(after: .nanoseconds(1)))
        #expect(isDone)
        // Nor does it ever end for want of time when there is all of it.
        var otherKeys: [EntityKey] = []
        var other = try makeArena(epochs, &otherKeys)
        clock.step = 1 << 40
        let isOtherDone = try other.compact(until: clock.deadline(after: .seconds(1 << 62)))
        #expect(isOtherDone)
    }

    @Test func theBytesBoundItToo() throws {
        let epochs = EpochManager()
        var keys: [EntityKey] = []
        var arena = try makeArena(epochs, &keys)
        let clock = Clock()
        clock.step = 0
        let isDone = try arena.compact(until: clock.deadline(after: .seconds(1)), work: 50_000)
        #expect(!isDone)
        let moved = arena.movedBytes
        #expect(moved > 0)
        #expect(moved <= 50_000 + 4 * Self.rowBytes)
    }

    @Test func anEngineIsCompactedByTheTime() throws {
        var configuration = EnginePair.configuration(.bump)
        configuration.gcThreshold = 0.9
        let engine = try KnowledgeEngine(configuration: configuration)
        let type = try engine.intern("t")
        let row = [InternedProperty](repeating: InternedProperty(key: type, value: type), count: 2_000)
        for id in 0..<400 as Range<UInt32> {
            try engine.insert(id: id, type: type, properties: row.span, embedding: Span(), relationships: Span())
        }
        for id in 0..<400 as Range<UInt32> where id % 16 != 0 { try engine.delete(id) }
        #expect(try engine.compact(budget: .seconds(3_600)))
        for id in 0..<400 as Range<UInt32> { #expect((engine.entity(id) != nil) == (id % 16 == 0)) }
        #expect(engine.memoryMetrics.retiredBytes == 0)
        // Nothing is left to do.
        #expect(try engine.compact(budget: .zero))
    }
}
