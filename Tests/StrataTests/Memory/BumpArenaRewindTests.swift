import Glibc
import Strata
import Testing

@Suite struct BumpArenaRewindTests {
    /// How often a part of about `operations` operations is played: once, or until there are 10^6 of them.
    private func rounds(_ operations: Int) -> Int {
        getenv("STRATA_LONG") == nil ? 1 : 1_000_000 / operations
    }

    /// Each level allocates, then lets the next one allocate, rewinds what that did, and finds its own bytes whole.
    private func nest(_ depth: Int, _ random: inout SplitMix64, _ arena: inout BumpArena, _ seed: UInt64) throws {
        var blocks: [MarkedBlock] = []
        for _ in 0..<random.below(6) {
            let byteCount = random.chance(20) ? random.below(8_000) : random.below(300)
            blocks.append(
                MarkedBlock(
                    try arena.allocate(byteCount: byteCount), byteCount, UInt8(truncatingIfNeeded: random.next())))
        }
        guard depth > 0 else { return }
        for _ in 0..<2 {
            arena.trim()
            let before = [arena.allocatedBytes, arena.reservedBytes, arena.wastedBytes, arena.chunkCount]
            let checkpoint = arena.checkpoint()
            try nest(depth - 1, &random, &arena, seed)
            if random.chance(30) { try adoptAnother(&random, &arena) }
            arena.rewind(to: checkpoint)
            if random.chance(50) { arena.trim() }
            let spare = arena.spareBytes
            let after = [
                arena.allocatedBytes, arena.reservedBytes - spare, arena.wastedBytes,
                arena.chunkCount - (spare > 0 ? 1 : 0),
            ]
            #expect(after == before, "seed \(seed), depth \(depth)")
            #expect(blocks.allSatisfy { $0.isWhole }, "seed \(seed), depth \(depth)")
        }
        // What is allocated after a rewind must not reach into what was kept.
        blocks.append(MarkedBlock(try arena.allocate(byteCount: 500), 500, 0xEE))
        #expect(blocks.allSatisfy { $0.isWhole }, "seed \(seed), depth \(depth)")
    }

    private func adoptAnother(_ random: inout SplitMix64, _ arena: inout BumpArena) throws {
        var child = arena.makeChild()
        let blocks = try (0..<random.below(8)).map { mark in
            let byteCount = random.below(random.chance(20) ? 8_000 : 300)
            return MarkedBlock(try child.allocate(byteCount: byteCount), byteCount, UInt8(mark))
        }
        let sums = [
            arena.allocatedBytes + child.allocatedBytes,
            arena.reservedBytes - arena.spareBytes + child.reservedBytes - child.spareBytes,
        ]
        arena.adopt(child)
        let found = [arena.allocatedBytes, arena.reservedBytes - arena.spareBytes]
        #expect(found == sums)
        _ = MarkedBlock(try arena.allocate(byteCount: 100), 100, 0x77)
        #expect(blocks.allSatisfy { $0.isWhole })
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func rewindGivesBackExactlyWhatCameAfter(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var arena = BumpArena(firstChunkBytes: 256)
        for _ in 0..<rounds(5_000) { try nest(7, &random, &arena, seed) }
    }

    @Test func rewindToTheEmptyArenaHoldsASpareChunk() throws {
        var arena = BumpArena()
        let checkpoint = arena.checkpoint()
        _ = try arena.allocate(byteCount: 100)
        _ = try arena.allocate(byteCount: 1_000_000)
        arena.rewind(to: checkpoint)
        let spare = arena.spareBytes
        #expect(spare >= 1_000_000)
        let found = [arena.allocatedBytes, arena.reservedBytes, arena.wastedBytes, arena.chunkCount]
        #expect(found == [0, spare, 0, 1])
        arena.trim()
        let trimmed = [arena.allocatedBytes, arena.reservedBytes, arena.spareBytes, arena.chunkCount]
        #expect(trimmed == [0, 0, 0, 0])
        _ = try arena.allocate(byteCount: 8)
    }

    @Test func aLoopOverTheEndOfAChunkUsesOneSpareChunk() throws {
        var arena = BumpArena(firstChunkBytes: 4_096)
        _ = try arena.allocate(byteCount: 3_900)
        var places: Set<UnsafeMutableRawPointer> = []
        for _ in 0..<100 {
            let checkpoint = arena.checkpoint()
            _ = try arena.allocate(byteCount: 100)
            places.insert(try arena.allocate(byteCount: 5_000))
            arena.rewind(to: checkpoint)
        }
        #expect(places.count <= 2)
        let chunks = arena.chunkCount
        #expect(chunks <= 3)
    }

    @Test func aChunkThatIsTooLargeToBeSpareIsGivenBack() throws {
        var arena = BumpArena(firstChunkBytes: 256, largestChunkBytes: 4_096)
        let checkpoint = arena.checkpoint()
        _ = try arena.allocate(byteCount: 1_000)
        _ = try arena.allocate(byteCount: 100_000)
        arena.rewind(to: checkpoint)
        let reserved = arena.reservedBytes
        #expect(reserved > 0)
        #expect(reserved <= 4_096)
    }

    @Test func aStaleCheckpointIsRefused() async {
        await #expect(processExitsWith: .failure) {
            var arena = BumpArena()
            _ = try! arena.allocate(byteCount: 8)
            let early = arena.checkpoint()
            _ = try! arena.allocate(byteCount: 8)
            let late = arena.checkpoint()
            arena.rewind(to: early)
            arena.rewind(to: late)
        }
        await #expect(processExitsWith: .failure) {
            var arena = BumpArena()
            _ = try! arena.allocate(byteCount: 8)
            let checkpoint = arena.checkpoint()
            arena.reset()
            arena.rewind(to: checkpoint)
        }
        await #expect(processExitsWith: .failure) {
            let other = BumpArena()
            var arena = BumpArena()
            arena.rewind(to: other.checkpoint())
        }
    }

    @Test func resetKeepsTheLargestChunkAndFillsItAgain() throws {
        var arena = BumpArena(firstChunkBytes: 256)
        var large: UnsafeMutableRawPointer?
        for byteCount in [100, 200, 40_000, 300, 400] {
            let block = try arena.allocate(byteCount: byteCount, alignment: 1)
            if byteCount == 40_000 { large = block }
        }
        arena.reset()
        let (kept, chunks) = (arena.reservedBytes, arena.chunkCount)
        #expect(kept >= 40_000)
        #expect(kept < 41_000)
        #expect(chunks == 1)
        #expect(try arena.allocate(byteCount: 40_000, alignment: 1) == large)
        let still = arena.reservedBytes
        #expect(still == kept)
        arena.reset()
        arena.reset()
        let again = arena.reservedBytes
        #expect(again == kept)
    }
}
