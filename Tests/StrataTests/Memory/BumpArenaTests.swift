import Glibc
import Strata
import Testing

@Suite struct BumpArenaTests {
    /// A block that was handed out, filled with its mark.
    private struct Block {
        var start: UnsafeMutableRawPointer
        var byteCount: Int
        var mark: UInt8

        init(_ start: UnsafeMutableRawPointer, _ byteCount: Int, _ mark: UInt8) {
            self.start = start
            self.byteCount = byteCount
            self.mark = mark
            memset(start, Int32(mark), byteCount)
        }

        var isWhole: Bool {
            UnsafeRawBufferPointer(start: start, count: byteCount).allSatisfy { $0 == mark }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func blocksAreAlignedApartAndKept(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var arena = BumpArena(firstChunkBytes: 256)
        var blocks: [Block] = []
        for step in 0..<1_500 {
            let alignment = 1 << random.below(13)
            // Now and then larger than the chunk that would be next.
            let byteCount = random.chance(3) ? random.below(60_000) : random.below(200)
            let start = try arena.allocate(byteCount: byteCount, alignment: alignment)
            guard UInt(bitPattern: start) % UInt(alignment) == 0 else {
                Issue.record("seed \(seed), step \(step): \(start) is not aligned to \(alignment)")
                return
            }
            blocks.append(Block(start, byteCount, UInt8(truncatingIfNeeded: step)))
        }
        let (allocated, reserved, chunks) = (arena.allocatedBytes, arena.reservedBytes, arena.chunkCount)
        #expect(allocated == blocks.reduce(0) { $0 + $1.byteCount }, "seed \(seed)")
        #expect(reserved >= allocated)
        #expect(chunks > 1)
        #expect(blocks.allSatisfy { $0.isWhole }, "seed \(seed): one block wrote over another")
        let sorted = blocks.filter { $0.byteCount > 0 }.sorted { $0.start < $1.start }
        #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.start + $0.byteCount <= $1.start }, "seed \(seed)")
        withExtendedLifetime(arena) {}
    }

    @Test func accountsForEveryByte() throws {
        var arena = BumpArena(firstChunkBytes: 256)
        func expect(_ arena: borrowing BumpArena, _ allocated: Int, _ reserved: Int, _ chunks: Int) {
            let found = [arena.allocatedBytes, arena.reservedBytes, arena.chunkCount]
            #expect(found == [allocated, reserved, chunks])
        }
        expect(arena, 0, 0, 0)
        _ = try arena.allocate(byteCount: 100, alignment: 1)
        expect(arena, 100, 256, 1)
        // 16 bytes are the chunk's header.
        _ = try arena.allocate(byteCount: 140, alignment: 1)
        expect(arena, 240, 256, 1)
        _ = try arena.allocate(byteCount: 0, alignment: 1)
        expect(arena, 240, 256, 1)
        _ = try arena.allocate(byteCount: 1, alignment: 1)
        expect(arena, 241, 256 + 512, 2)
        // Larger than the next chunk of 1,024: a chunk of its own, in steps of 64 bytes.
        _ = try arena.allocate(byteCount: 5_000, alignment: 16)
        expect(arena, 5_241, 256 + 512 + 5_056, 3)
        _ = try arena.allocate(UInt64.self, count: 9)
        expect(arena, 5_241 + 72, 256 + 512 + 5_056 + 2_048, 4)
        arena.reset()
        expect(arena, 0, 5_056, 1)
    }

    @Test func chunksStopDoubling() throws {
        var arena = BumpArena(firstChunkBytes: BumpArena.maximumChunkBytes * 4)
        for _ in 0..<3 { _ = try arena.allocate(byteCount: BumpArena.maximumChunkBytes - 1_000) }
        let (reserved, chunks) = (arena.reservedBytes, arena.chunkCount)
        #expect(chunks == 3)
        #expect(reserved == 3 * BumpArena.maximumChunkBytes)
    }

    // MARK: Rewind and reset

    /// Each level allocates, then lets the next one allocate, rewinds what that did, and finds its own bytes whole.
    private func nest(_ depth: Int, _ random: inout SplitMix64, _ arena: inout BumpArena, _ seed: UInt64) throws {
        var blocks: [Block] = []
        for _ in 0..<random.below(6) {
            let byteCount = random.chance(20) ? random.below(8_000) : random.below(300)
            blocks.append(
                Block(try arena.allocate(byteCount: byteCount), byteCount, UInt8(truncatingIfNeeded: random.next())))
        }
        guard depth > 0 else { return }
        for _ in 0..<2 {
            let before = [arena.allocatedBytes, arena.reservedBytes, arena.chunkCount]
            let checkpoint = arena.checkpoint()
            try nest(depth - 1, &random, &arena, seed)
            arena.rewind(to: checkpoint)
            let after = [arena.allocatedBytes, arena.reservedBytes, arena.chunkCount]
            #expect(after == before, "seed \(seed), depth \(depth)")
            #expect(blocks.allSatisfy { $0.isWhole }, "seed \(seed), depth \(depth)")
        }
        // What is allocated after a rewind must not reach into what was kept.
        blocks.append(Block(try arena.allocate(byteCount: 500), 500, 0xEE))
        #expect(blocks.allSatisfy { $0.isWhole }, "seed \(seed), depth \(depth)")
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func rewindGivesBackExactlyWhatCameAfter(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var arena = BumpArena(firstChunkBytes: 256)
        try nest(7, &random, &arena, seed)
    }

    @Test func rewindToTheEmptyArenaHoldsNothing() throws {
        var arena = BumpArena()
        let checkpoint = arena.checkpoint()
        _ = try arena.allocate(byteCount: 1_000_000)
        arena.rewind(to: checkpoint)
        let found = [arena.allocatedBytes, arena.reservedBytes, arena.chunkCount]
        #expect(found == [0, 0, 0])
        _ = try arena.allocate(byteCount: 8)
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

    // MARK: Limits

    @Test(arguments: [4_096, 65_536, 100_000, 1 << 20, 3_000_000], [1, 48, 200])
    func theWholeBudgetIsUsable(limit: Int, byteCount: Int) throws {
        var arena = BumpArena(byteLimit: limit)
        let alignment = byteCount == 1 ? 1 : 8
        // One byte at a time takes too long; what matters is the rest behind the first large part.
        if byteCount == 1 { _ = try arena.allocate(byteCount: limit * 2 / 3, alignment: 1) }
        var error: StrataError?
        while error == nil {
            error = failure {
                try arena.allocate(byteCount: byteCount, alignment: alignment)
            }
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.description.contains("\(limit)") == true)
        let (allocated, reserved, chunks) = (arena.allocatedBytes, arena.reservedBytes, arena.chunkCount)
        #expect(reserved <= limit)
        // Headers, the unused tail of each chunk, and less than 64 bytes at the end.
        #expect(limit - allocated <= chunks * (16 + byteCount) + 64 + byteCount)
        #expect(chunks <= 12, "the end of the budget is cut into many small chunks")

        // Nothing was lost: what was refused is refused again, and nothing has moved.
        #expect(
            failure {
                try arena.allocate(byteCount: byteCount, alignment: alignment)
            }?.code == .limitExceeded)
        let after = [arena.allocatedBytes, arena.reservedBytes, arena.chunkCount]
        #expect(after == [allocated, reserved, chunks])
        // And the budget comes back.
        arena.reset()
        _ = try arena.allocate(byteCount: byteCount, alignment: alignment)
    }

    @Test func aRequestThatIsTooLargeLeavesRoomForOneThatIsNot() throws {
        var arena = BumpArena(firstChunkBytes: 1_024, byteLimit: 10_000)
        let kept = Block(try arena.allocate(byteCount: 500), 500, 0x5A)
        #expect(failure { try arena.allocate(byteCount: 9_900) }?.code == .limitExceeded)
        let next = try arena.allocate(byteCount: 16)
        #expect(next >= kept.start + 500)
        #expect(next <= kept.start + 1_024, "the rest of the chunk was given up")
        #expect(kept.isWhole)
        withExtendedLifetime(arena) {}
    }

    @Test func badRequestsAreRefusedInAnEmptyArenaAndInAFilledOne() throws {
        var arena = BumpArena()
        for _ in 0..<2 {
            for alignment in [0, 3, 24, -8, 8_192, .min, .max] {
                let error = failure { try arena.allocate(byteCount: 8, alignment: alignment) }
                #expect(error?.code == .invalidArgument, "alignment \(alignment)")
            }
            for byteCount in [-1, .min] {
                let error = failure { try arena.allocate(byteCount: byteCount) }
                #expect(error?.code == .invalidArgument, "\(byteCount) bytes")
            }
            #expect(failure { try arena.allocate(byteCount: .max) }?.code == .limitExceeded)
            for count in [-1, .max] {
                let error = failure { try arena.allocate(UInt64.self, count: count) }
                #expect(error?.code == .limitExceeded, "\(count) values")
            }
            _ = try arena.allocate(byteCount: 8)
        }
        let allocated = arena.allocatedBytes
        #expect(allocated == 16)
    }
}
