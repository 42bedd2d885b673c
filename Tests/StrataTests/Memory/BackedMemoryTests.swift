import Glibc
import Testing

@testable import Strata

@Suite struct BackedMemoryTests {
    /// Every page that was touched is found, wherever the region begins and ends.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func countsThePagesThatNobodyTouched(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let page = sysconf(Int32(_SC_PAGESIZE))
        let pages = 700 + random.below(900)
        let region = try #require(
            mmap(nil, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        try #require(region != MAP_FAILED)
        defer { munmap(region, pages * page) }
        // Where the system gives huge pages unasked, a touched page brings its neighbours.
        _ = madvise(region, pages * page, Int32(MADV_NOHUGEPAGE))
        var touched = Set<Int>()
        for _ in 0..<pages / 3 {
            let number = random.below(pages)
            touched.insert(number)
            region.storeBytes(of: 1, toByteOffset: number * page + random.below(page), as: UInt8.self)
        }
        for _ in 0..<50 {
            let start = random.below(pages * page)
            let length = random.below(pages * page - start + 1)
            let whole = stride(from: (start + page - 1) / page, to: (start + length) / page, by: 1)
            let expected = whole.filter { !touched.contains($0) }.count * page
            let found = BackedMemory.unbackedByteCount(from: region + start, byteCount: length)
            #expect(found == expected, "seed \(seed): \(length) bytes from \(start)")
        }
        #expect(BackedMemory.unbackedByteCount(from: region, byteCount: 0) == 0)
    }

    @Test func whatIsDiscardedHasNoMemoryBehindItAndItsNeighboursHave() throws {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let region = try #require(mmap(nil, 20 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        try #require(region != MAP_FAILED)
        defer { munmap(region, 20 * page) }
        memset(region, 7, 20 * page)
        BackedMemory.discard(from: region + 3 * page - 1, byteCount: 5 * page + 2)
        #expect(BackedMemory.unbackedByteCount(from: region, byteCount: 20 * page) == 5 * page)
        for place in [0, 3 * page - 1, 8 * page, 20 * page - 1] {
            #expect(region.load(fromByteOffset: place, as: UInt8.self) == 7)
        }
        #expect(region.load(fromByteOffset: 3 * page, as: UInt8.self) == 0)
        BackedMemory.discard(from: region + 1, byteCount: page)
        #expect(region.load(as: UInt8.self) == 7)
    }

    @Test func anArenaThatIsDiscardedGoesInPeace() throws {
        var arena = BumpArena(firstChunkBytes: 64 << 10, largestChunkBytes: 64 << 10)
        for _ in 0..<40 {
            let block = try arena.allocate(byteCount: 9_000)
            memset(block, 1, 9_000)
        }
        let reserved = arena.reservedBytes
        arena.discardPages()
        #expect(arena.reservedBytes == reserved)
        arena.reset()
        let again = try arena.allocate(byteCount: 100)
        memset(again, 2, 100)
    }
}
