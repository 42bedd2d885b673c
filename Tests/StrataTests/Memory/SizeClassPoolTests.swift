import Glibc
import Synchronization
import Testing

@testable import Strata

@Suite struct SizeClassPoolTests {
    // MARK: Size classes

    @Test func everySizeHasTheTightestClass() {
        #expect((40...80).contains(SizeClass.count))
        var previous = 0
        for index in 0..<SizeClass.count {
            let bytes = SizeClass.blockBytes(of: index)
            #expect(bytes > previous)
            #expect(SizeClass.index(for: bytes) == index)
            #expect(SizeClass.index(for: previous + 1) == index)
            #expect(bytes % (bytes > 256 ? 16 : 8) == 0)
            previous = bytes
        }
        #expect(previous == SizeClass.largestBlockBytes)
        var wrong = 0
        for byteCount in 0...SizeClass.largestTabledBytes
        where Int(SizeClass.classes[(byteCount + 7) >> 3]) != SizeClass.index(for: byteCount) { wrong += 1 }
        #expect(wrong == 0, "the table and the arithmetic disagree")
    }

    @Test func roundingStaysBelowSixPercent() {
        var random = SplitMix64(seed: 1)
        var (asked, given) = (0, 0)
        for _ in 0..<50_000 {
            // Log-normal around 67 bytes, by the sum of twelve uniform numbers.
            let normal = (0..<12).reduce(0.0) { sum, _ in sum + Double(random.below(1 << 20)) / 1_048_576 } - 6
            let byteCount = Int(Swift.min(Swift.max(exp(4.2 + 0.9 * normal), 16), 1_024))
            asked += byteCount
            given += SizeClassPool.blockBytes(for: byteCount)
        }
        #expect(Double(given) / Double(asked) < 1.06)
        #expect(Double(given) / Double(asked) > 1.02)
        #expect(SizeClassPool.blockBytes(for: 0) == 16)
        #expect(SizeClassPool.blockBytes(for: 100_000) == 100_000)
    }

    @Test func blocksOfEachClassFillTheirSlab() {
        for index in 0..<SizeClass.count {
            let geometry = SizeClass.geometries[index]
            let used = Int(geometry.blocksOffset) + Int(geometry.capacity * geometry.blockBytes)
            #expect(used <= geometry.kind.slabBytes)
            #expect(geometry.kind.slabBytes - used < Int(geometry.blockBytes) + 24)
            #expect(geometry.blocksOffset % 16 == 0)
            #expect(geometry.capacity >= 7)
            #expect(geometry.capacity <= 4_096)
            var wrong = 0
            for block in 0..<UInt64(geometry.capacity)
            where (block * UInt64(geometry.blockBytes) * geometry.reciprocal) >> 32 != block { wrong += 1 }
            #expect(wrong == 0)
        }
    }

    // MARK: A naive model

    @Test(arguments: [1, 2, 3] as [UInt64])
    func agreesWithAModel(seed: UInt64) throws {
        let operations = longRun(8_000)
        var random = SplitMix64(seed: seed)
        let pool = SizeClassPool(cacheByteLimit: seed == 2 ? 0 : 256 << 10)
        var heaps = TwoHeaps(pool)
        var model: [PoolBlock] = []
        var total = SizeClassPoolStatistics()
        var shrinks = false
        for step in 0..<operations {
            // Grows, then shrinks, and so on.
            if model.count > 4_000 { shrinks = true } else if model.count < 300 { shrinks = false }
            let growth = shrinks ? 20 : 65
            switch random.below(1_000) {
            case 0: heaps.replace(random.below(2), pool)
            case 1: heaps.flush(random.below(2))
            case 2: pool.trim()
            case 3..<30 where !shrinks:
                let (count, byteCount) = (random.below(150), random.poolSize())
                let blocks = try heaps.allocate(random.below(2), count: count, byteCount: byteCount)
                total.allocations += count
                total.allocatedBytes += count * byteCount
                for address in blocks { model.append(PoolBlock(address, byteCount, tag: random.next())) }
            case 3..<50:
                // Blocks of one size together.
                guard let some = model.last?.byteCount else { continue }
                let batch = model.filter { $0.byteCount == some }
                model.removeAll { $0.byteCount == some }
                guard batch.allSatisfy({ $0.isIntact }) else {
                    Issue.record("seed \(seed), step \(step): a block of \(some) bytes was written to")
                    return
                }
                heaps.free(random.below(3), batch.map(\.address), byteCount: some, pool)
            case let number where model.isEmpty || (number - 50) * 100 < growth * 950:
                let byteCount = random.poolSize()
                let address = try heaps.allocate(random.below(2), byteCount: byteCount)
                total.allocations += 1
                total.allocatedBytes += byteCount
                model.append(PoolBlock(address, byteCount, tag: random.next()))
            default:
                let place = random.below(model.count)
                let block = model[place]
                model[place] = model[model.count - 1]
                model.removeLast()
                guard block.isIntact else {
                    Issue.record("seed \(seed), step \(step): a block of \(block.byteCount) bytes was written to")
                    return
                }
                heaps.free(random.below(3), [block.address], byteCount: block.byteCount, pool)
            }
            if step % (operations / 20) == 0 {
                let statistics = pool.statistics
                #expect(statistics.allocations == total.allocations, "seed \(seed), step \(step)")
                #expect(statistics.deallocations == total.allocations - model.count, "seed \(seed), step \(step)")
                #expect(statistics.allocatedBytes == total.allocatedBytes, "seed \(seed), step \(step)")
                #expect(
                    statistics.liveBytes == model.reduce(0) { $0 + $1.byteCount }, "seed \(seed), step \(step)")
                #expect(
                    statistics.liveBlockBytes == model.reduce(0) { $0 + SizeClassPool.blockBytes(for: $1.byteCount) },
                    "seed \(seed), step \(step)")
                #expect(statistics.cachedBytes >= 0, "seed \(seed), step \(step)")
                #expect(statistics.committedBytes <= statistics.reservedBytes, "seed \(seed), step \(step)")
                #expect(statistics.heaps == 2)
            }
        }
        #expect(model.allSatisfy { $0.isIntact }, "seed \(seed)")
        for block in model { heaps.free(0, [block.address], byteCount: block.byteCount, pool) }
        heaps.replace(0, pool)
        heaps.replace(1, pool)
        pool.trim()
        let end = pool.statistics
        #expect(end.liveBytes == 0, "seed \(seed)")
        #expect(end.liveBlockBytes == 0, "seed \(seed)")
        #expect(end.committedBytes == 0, "seed \(seed)")
        #expect(end.reservedBytes == 0, "seed \(seed): spans stayed")
        #expect(end.reuseShare > 0.1, "seed \(seed)")
    }

    @Test func blocksAreAligned() throws {
        let pool = SizeClassPool()
        var heap = pool.makeHeap()
        for byteCount in 0...5_000 {
            let block = try heap.allocate(byteCount: byteCount)
            let alignment: UInt = byteCount % 16 == 0 || byteCount > 256 ? 16 : 8
            #expect(UInt(bitPattern: block) % alignment == 0, "\(byteCount) bytes")
        }
    }

    // MARK: Limits

    @Test func aBudgetThrowsAndLosesNothing() throws {
        let pool = SizeClassPool(byteLimit: 5 << 20)
        var heap = pool.makeHeap()
        var blocks: [PoolBlock] = []
        var refused: StrataError?
        while refused == nil, blocks.count < 100_000 {
            do throws(StrataError) {
                blocks.append(PoolBlock(try heap.allocate(byteCount: 1_000), 1_000, tag: UInt64(blocks.count)))
            } catch {
                refused = error
            }
        }
        #expect(refused?.code == .limitExceeded)
        // Two spans of 2 MiB fit.
        #expect(blocks.count > 3_900)
        #expect(pool.statistics.liveBytes == blocks.count * 1_000)
        #expect(pool.statistics.reservedBytes == 4 << 20)
        let target = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: 2_000)
        defer { target.deallocate() }
        let before = pool.statistics
        #expect(failure { try heap.allocate(count: 2_000, byteCount: 1_000, into: target) }?.code == .limitExceeded)
        #expect(pool.statistics.liveBlockBytes == before.liveBlockBytes)
        #expect(failure { try heap.allocate(byteCount: 2 << 20) }?.code == .limitExceeded)
        #expect(failure { try heap.allocate(byteCount: -1) }?.code == .invalidArgument)
        let large = try heap.allocate(byteCount: 1 << 20)
        #expect(failure { try heap.allocate(byteCount: 1 << 20) }?.code == .limitExceeded)
        heap.free(large, byteCount: 1 << 20)
        #expect(pool.statistics.reservedBytes == 4 << 20)
        #expect(blocks.allSatisfy { $0.isIntact })
        // With the blocks given back, larger ones find the room: the empty spans are of the other kind.
        for block in blocks { heap.free(block.address, byteCount: 1_000) }
        heap.flush()
        for _ in 0..<100 { _ = try heap.allocate(byteCount: 30_000) }
    }

    @Test func emptySlabsPastTheBoundGoBack() throws {
        let limit = 1 << 20
        let pool = SizeClassPool(cacheByteLimit: limit)
        var heap = pool.makeHeap()
        var blocks: [UnsafeMutableRawPointer] = []
        for _ in 0..<80_000 { blocks.append(try heap.allocate(byteCount: 100)) }
        let full = pool.statistics
        #expect(full.liveBytes == 8_000_000)
        #expect(Double(full.committedBytes) < 1.1 * 8_000_000)
        for block in blocks { heap.free(block, byteCount: 100) }
        heap.flush()
        let drained = pool.statistics
        #expect(drained.liveBytes == 0)
        #expect(drained.cachedBytes <= limit)
        #expect(drained.cachedBytes > limit / 2, "empty slabs within the bound were not kept")
        #expect(drained.reservedBytes < full.reservedBytes)
        pool.trim()
        #expect(pool.statistics.committedBytes == 0)
        #expect(pool.statistics.reservedBytes == 0)
    }

    @Test func pagesOfSparseSlabsGoBack() throws {
        let pool = SizeClassPool(cacheByteLimit: 64 << 10)
        var heap = pool.makeHeap()
        var random = SplitMix64(seed: 5)
        var blocks: [PoolBlock] = []
        for number in 0..<8_000 {
            blocks.append(PoolBlock(try heap.allocate(byteCount: 1_000), 1_000, tag: UInt64(number)))
        }
        let full = pool.statistics
        var kept: [PoolBlock] = []
        for block in blocks {
            if random.chance(90) { heap.free(block.address, byteCount: 1_000) } else { kept.append(block) }
        }
        heap.flush()
        let sparse = pool.statistics
        #expect(kept.allSatisfy { $0.isIntact })
        // A page holds four blocks: two thirds have none that lives.
        #expect(sparse.committedBytes < full.committedBytes * 6 / 10)
        #expect(sparse.liveBytes == kept.count * 1_000)
        // The pages come back when they are needed.
        for number in 0..<7_000 {
            kept.append(PoolBlock(try heap.allocate(byteCount: 1_000), 1_000, tag: UInt64(number)))
        }
        #expect(kept.allSatisfy { $0.isIntact })
        let again = pool.statistics
        #expect(again.reservedBytes == full.reservedBytes)
        #expect(again.committedBytes > sparse.committedBytes)
        #expect(again.freshBlocks > full.freshBlocks)
        for block in kept { heap.free(block.address, byteCount: 1_000) }
        heap.flush()
        pool.trim()
        #expect(pool.statistics.reservedBytes == 0)
    }

    @Test func freedMemoryIsUsedAgainForOtherSizes() throws {
        let pool = SizeClassPool(cacheByteLimit: 64 << 20)
        var heap = pool.makeHeap()
        var first: SizeClassPoolStatistics?
        for byteCount in [64, 200, 1_000, 24, 512] {
            var blocks: [UnsafeMutableRawPointer] = []
            for _ in 0..<(4 << 20) / byteCount { blocks.append(try heap.allocate(byteCount: byteCount)) }
            for block in blocks { heap.free(block, byteCount: byteCount) }
            heap.flush()
            if first == nil { first = pool.statistics }
        }
        let end = pool.statistics
        #expect(first?.reuseShare ?? 1 < 0.01)
        #expect(end.reuseShare > 0.5)
        #expect(end.committedBytes <= (first?.committedBytes ?? 0) * 12 / 10)
    }

    // MARK: Heaps that come and go

    @Test func slabsOfAHeapThatWentAreAdopted() throws {
        let pool = SizeClassPool()
        var blocks: [PoolBlock] = []
        do {
            var heap = pool.makeHeap()
            for number in 0..<20_000 {
                let block = PoolBlock(try heap.allocate(byteCount: 72), 72, tag: UInt64(number))
                if number % 2 == 0 { blocks.append(block) } else { heap.free(block.address, byteCount: 72) }
            }
            for number in 0..<5_000 {
                blocks.append(PoolBlock(try heap.allocate(byteCount: 72), 72, tag: UInt64(number)))
            }
            // Half of each slab is free when the heap goes.
            for place in stride(from: 0, to: blocks.count, by: 2).reversed() {
                heap.free(blocks.remove(at: place).address, byteCount: 72)
            }
        }
        let left = pool.statistics
        #expect(left.heaps == 0)
        #expect(left.liveBytes == blocks.count * 72)
        #expect(pool.depot.pointee.orphanedSlabs.load(ordering: .relaxed) > 10)
        var heap = pool.makeHeap()
        for number in 0..<7_000 {
            blocks.append(PoolBlock(try heap.allocate(byteCount: 72), 72, tag: UInt64(number)))
        }
        #expect(blocks.allSatisfy { $0.isIntact })
        #expect(pool.statistics.committedBytes <= left.committedBytes + (64 << 10))
        for block in blocks { heap.free(block.address, byteCount: 72) }
        heap.flush()
        pool.trim()
        #expect(pool.statistics.reservedBytes == 0)
        #expect(pool.depot.pointee.orphanedSlabs.load(ordering: .relaxed) == 0)
    }

    @Test func theFullestSlabIsFilledFirst() throws {
        let pool = SizeClassPool()
        var heap = pool.makeHeap()
        let capacity = Int(SizeClass.geometries[SizeClass.index(for: 512)].capacity)
        let target = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: capacity * 2)
        defer { target.deallocate() }
        try heap.allocate(count: capacity * 2, byteCount: 512, into: target)
        // Three quarters of the first slab go, one quarter of the second, in this order.
        for index in 0..<capacity where index % 4 != 0 { pool.free(target[index], byteCount: 512) }
        for index in capacity..<capacity * 2 where index % 4 == 0 { pool.free(target[index], byteCount: 512) }
        pool.flush()
        #expect(pool.occupancy(of: target[0], byteCount: 512) < 0.3)
        #expect(pool.occupancy(of: target[capacity + 1], byteCount: 512) > 0.7)
        for _ in 0..<capacity / 8 {
            let block = try heap.allocate(byteCount: 512)
            #expect(UInt(bitPattern: block) >> 16 == UInt(bitPattern: target[capacity + 1]) >> 16)
        }
        #expect(pool.occupancy(of: UnsafeMutableRawPointer(target), byteCount: 100_000) == 1)
    }
}
