import Glibc
import Strata
import Testing

/// A block that an arena handed out, filled with its mark.
struct MarkedBlock {
    var start: UnsafeMutableRawPointer
    var byteCount: Int
    var mark: UInt8

    init(_ start: UnsafeMutableRawPointer, _ byteCount: Int, _ mark: UInt8) {
        self.init(matching: start, byteCount, mark)
        memset(start, Int32(mark), byteCount)
    }

    /// A block that was filled before.
    init(matching start: UnsafeMutableRawPointer, _ byteCount: Int, _ mark: UInt8) {
        self.start = start
        self.byteCount = byteCount
        self.mark = mark
    }

    var isWhole: Bool {
        // The first byte is the mark, and each is like the one before it.
        byteCount == 0
            || start.load(as: UInt8.self) == mark && memcmp(start, start + 1, byteCount - 1) == 0
    }
}

@Suite struct BumpArenaTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func blocksAreAlignedApartAndKept(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var arena = BumpArena(firstChunkBytes: 256)
        var blocks: [MarkedBlock] = []
        for step in 0..<1_500 {
            let alignment = 1 << random.below(random.chance(5) ? 18 : 8)
            // Now and then larger than the chunk that would be next.
            let byteCount = random.chance(3) ? random.below(60_000) : random.below(200)
            let start = try arena.allocate(byteCount: byteCount, alignment: alignment)
            guard UInt(bitPattern: start) % UInt(alignment) == 0 else {
                Issue.record("seed \(seed), step \(step): \(start) is not aligned to \(alignment)")
                return
            }
            blocks.append(MarkedBlock(start, byteCount, UInt8(truncatingIfNeeded: step)))
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
        func expect(
            _ arena: borrowing BumpArena, _ allocated: Int, reserved: Int, wasted: Int, chunks: Int,
            _ location: SourceLocation = #_sourceLocation
        ) {
            let found = [arena.allocatedBytes, arena.reservedBytes, arena.wastedBytes, arena.chunkCount]
            #expect(found == [allocated, reserved, wasted, chunks], sourceLocation: location)
            let room = arena.availableBytes
            #expect(reserved == allocated + wasted + room, sourceLocation: location)
        }
        expect(arena, 0, reserved: 0, wasted: 0, chunks: 0)
        _ = try arena.allocate(byteCount: 101, alignment: 1)
        // 32 bytes are the chunk's footer.
        expect(arena, 101, reserved: 256, wasted: 32, chunks: 1)
        _ = try arena.allocate(byteCount: 8, alignment: 8)
        expect(arena, 109, reserved: 256, wasted: 32 + 3, chunks: 1)
        _ = try arena.allocate(byteCount: 112, alignment: 1)
        expect(arena, 221, reserved: 256, wasted: 35, chunks: 1)
        _ = try arena.allocate(byteCount: 0, alignment: 1)
        expect(arena, 221, reserved: 256, wasted: 35, chunks: 1)
        _ = try arena.allocate(byteCount: 1, alignment: 1)
        expect(arena, 222, reserved: 256 + 512, wasted: 35 + 32, chunks: 2)
        // Larger than the next chunk of 1,024: a chunk of its own, in steps of 64 bytes, and the rest stays in use.
        let room = arena.availableBytes
        _ = try arena.allocate(byteCount: 5_000, alignment: 16)
        expect(arena, 5_222, reserved: 256 + 512 + 5_056, wasted: 67 + 56, chunks: 3)
        let stillRoom = arena.availableBytes
        #expect(stillRoom == room)
        // One byte was taken there, hence seven are skipped.
        _ = try arena.allocate(UInt64.self, count: 9)
        expect(arena, 5_222 + 72, reserved: 256 + 512 + 5_056, wasted: 67 + 56 + 7, chunks: 3)
        arena.reset()
        expect(arena, 0, reserved: 5_056, wasted: 32, chunks: 1)
        arena.reset(keepsLargestChunk: false)
        expect(arena, 0, reserved: 0, wasted: 0, chunks: 0)
    }

    @Test func typedAndRawAllocations() throws {
        var arena = BumpArena(firstChunkBytes: 256)
        let first = try arena.create((UInt8(7), UInt64(8)))
        #expect(first.pointee == (7, 8))
        _ = try arena.allocate(byteCount: 3, alignment: 1)
        let second = try arena.create(SIMD4<Float>(1, 2, 3, 4))
        #expect(UInt(bitPattern: second) % 16 == 0)
        let text = Array("what is copied".utf8)
        let copy = try arena.create(copying: text.span)
        #expect(Array(copy) == text)
        let none = try arena.create(copying: [UInt32]().span)
        #expect(none.isEmpty)
        let row = try arena.allocate(UInt32.self, count: 1_000)
        for place in 0..<1_000 { row[place] = UInt32(place) }
        #expect(second.pointee == SIMD4<Float>(1, 2, 3, 4))
        #expect(first.pointee == (7, 8))
        #expect(Array(copy) == text)
        let allocated = arena.allocatedBytes
        #expect(allocated == 16 + 3 + 16 + text.count + 4_000)
    }

    @Test func chunksStopDoubling() throws {
        var arena = BumpArena(firstChunkBytes: BumpArena.maximumChunkBytes * 4)
        for _ in 0..<3 { _ = try arena.allocate(byteCount: BumpArena.maximumChunkBytes - 1_000) }
        let (reserved, chunks) = (arena.reservedBytes, arena.chunkCount)
        #expect(chunks == 3)
        #expect(reserved == 3 * BumpArena.maximumChunkBytes)
    }

    @Test func reservedRoomIsFilledWithoutTheAllocator() throws {
        var arena = BumpArena(firstChunkBytes: 256)
        let kept = MarkedBlock(try arena.allocate(byteCount: 100), 100, 0x42)
        try arena.reserve(byteCount: 20 << 20)
        let (reserved, chunks) = (arena.reservedBytes, arena.chunkCount)
        #expect(chunks == 2)
        for _ in 0..<2 {
            try arena.reserve(byteCount: 1 << 20)
            for _ in 0..<20 { _ = try arena.allocate(byteCount: 1 << 20) }
            let (still, count, wasted) = (arena.reservedBytes, arena.chunkCount, arena.wastedBytes)
            #expect(still == reserved || count == 1)
            // Two footers, and 124 bytes behind the first block.
            #expect(wasted <= 2 * 32 + 124)
            #expect(kept.isWhole || count == 1)
            arena.reset()
        }
    }

    // MARK: Large requests

    @Test func aLargeRequestLeavesTheRestOfTheChunkInUse() throws {
        var arena = BumpArena(firstChunkBytes: 4_096)
        let small = try arena.allocate(byteCount: 16)
        for byteCount in [1 << 20, 5_000, 100_000] { _ = try arena.allocate(byteCount: byteCount) }
        #expect(try arena.allocate(byteCount: 16) == small + 16)
        let reserved = arena.reservedBytes
        #expect(reserved <= 4_096 + (1 << 20) + 5_000 + 100_000 + 3 * 96)
    }

    @Test(arguments: [48, 700, 5_000, 40_000, 300_000, 1_100_000], [21, 22] as [UInt64])
    func atMostAnEighthIsWastedAndChunksAreFew(largest: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var arena = BumpArena(largestChunkBytes: 2 << 20)
        while arena.allocatedBytes < 40 << 20 {
            // Without alignment there is no padding: the waste is what is stranded, footers, and rounding to 64.
            _ = try arena.allocate(byteCount: largest / 2 + random.below(largest), alignment: 1)
        }
        let (reserved, wasted, chunks) = (arena.reservedBytes, arena.wastedBytes, arena.chunkCount)
        #expect(wasted <= reserved / 8 + 96 * chunks, "seed \(seed)")
        // 20 chunks of 2 MiB, those before them, and requests too large to share a chunk.
        let own = largest > 200_000 ? (40 << 20) / (largest / 2) : 60
        #expect(chunks <= 30 + own, "seed \(seed)")
    }

    @Test(arguments: [1 << 13, 1 << 16, 1 << 21, 1 << 24])
    func anyPowerOfTwoIsAnAlignment(alignment: Int) throws {
        var arena = BumpArena()
        _ = try arena.allocate(byteCount: 100)
        let block = MarkedBlock(try arena.allocate(byteCount: 1_000, alignment: alignment), 1_000, 0x3C)
        #expect(UInt(bitPattern: block.start) % UInt(alignment) == 0)
        // The chunk starts there: an alignment costs no bytes.
        let reserved = arena.reservedBytes
        #expect(reserved <= 3 * (64 << 10))
        _ = try arena.allocate(byteCount: 100)
        #expect(block.isWhole)
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
        #expect(limit - allocated <= chunks * (32 + byteCount) + 64 + byteCount)
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
        let kept = MarkedBlock(try arena.allocate(byteCount: 500), 500, 0x5A)
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
            for alignment in [0, 3, 24, -8, 8_193, .min, .max] {
                let error = failure { try arena.allocate(byteCount: 8, alignment: alignment) }
                #expect(error?.code == .invalidArgument, "alignment \(alignment)")
            }
            for byteCount in [-1, .min] {
                let error = failure { try arena.allocate(byteCount: byteCount) }
                #expect(error?.code == .invalidArgument, "\(byteCount) bytes")
            }
            #expect(failure { try arena.allocate(byteCount: .max) }?.code == .limitExceeded)
            #expect(failure { try arena.allocate(byteCount: 8, alignment: 1 << 62) }?.code == .limitExceeded)
            for count in [-1, .max] {
                let error = failure { try arena.allocate(UInt64.self, count: count) }
                #expect(error?.code == .limitExceeded, "\(count) values")
            }
            _ = try arena.allocate(byteCount: 8)
        }
        let allocated = arena.allocatedBytes
        #expect(allocated == 16)
    }

    /// A sanitizer's own allocator ends the process instead of refusing.
    private static let allocatorRefuses = dlsym(nil, "__tsan_init") == nil && dlsym(nil, "__asan_init") == nil

    @Test(.enabled(if: allocatorRefuses)) func whatTheAllocatorDoesNotHaveChangesNothing() throws {
        let budget = ArenaBudget(byteLimit: 1 << 50)
        var arena = BumpArena(firstChunkBytes: 1_024, budget: budget)
        for byteCount in [8, 2_000] {
            let before = [arena.allocatedBytes, arena.reservedBytes, arena.chunkCount, arena.availableBytes]
            #expect(failure { try arena.allocate(byteCount: 1 << 47) }?.code == .limitExceeded)
            #expect(failure { try arena.reserve(byteCount: 1 << 47) }?.code == .limitExceeded)
            let after = [arena.allocatedBytes, arena.reservedBytes, arena.chunkCount, arena.availableBytes]
            #expect(after == before)
            #expect(budget.takenBytes == after[1])
            _ = try arena.allocate(byteCount: byteCount)
        }
    }

    // MARK: Huge pages

    @Test(.enabled(if: access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) == 0))
    func largeChunksAreAdvisedToUseHugePages() throws {
        var arena = BumpArena(firstChunkBytes: 2 << 20, usesHugePages: true)
        let first = try arena.allocate(byteCount: 1_000_000)
        #expect(UInt(bitPattern: first) % (2 << 20) == 0)
        #expect(try isAdvised(first))
        // A chunk of its own, and not a whole number of huge pages.
        let large = try arena.allocate(byteCount: (20 << 20) + 100)
        #expect(UInt(bitPattern: large) % (2 << 20) == 0)
        #expect(try isAdvised(large + (20 << 20) - 1))
        // So large that the allocator maps it anew, and does not give what somebody else had advised.
        var plain = BumpArena(firstChunkBytes: 2 << 20)
        let other = try plain.allocate(byteCount: 40 << 20)
        #expect(try !isAdvised(other))
        withExtendedLifetime(arena) {}
        withExtendedLifetime(plain) {}
    }

    /// Whether the mapping around an address carries the flag of advised huge pages.
    private func isAdvised(_ address: UnsafeMutableRawPointer) throws -> Bool {
        let file = try #require(fopen("/proc/self/smaps", "r"))
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var isInside = false
        while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
            let bounds = text.split(separator: " ", maxSplits: 1)[0].split(separator: "-")
            if bounds.count == 2, let from = UInt(bounds[0], radix: 16), let to = UInt(bounds[1], radix: 16) {
                isInside = from <= UInt(bitPattern: address) && UInt(bitPattern: address) < to
            }
            if isInside, text.hasPrefix("VmFlags:") { return text.contains(" hg") }
        }
        return false
    }
}
