import Glibc
import Synchronization
import Testing

@testable import Strata

@Suite struct SizeClassPoolThreadsTests {
    /// Blocks on their way from the thread that allocated them to the one that frees them.
    ///
    /// Invariant: `places` holds `threads` lists, used under the lock.
    private final class Exchange: @unchecked Sendable {
        private let lock = PoolLock()
        private let places: UnsafeMutablePointer<[PoolBlock]>
        private let threads: Int

        init(_ threads: Int) {
            self.threads = threads
            places = .allocate(capacity: threads)
            places.initialize(repeating: [], count: threads)
        }

        deinit {
            places.deinitialize(count: threads)
            places.deallocate()
        }

        func send(_ block: PoolBlock, to thread: Int) {
            lock.lock()
            places[thread].append(block)
            lock.unlock()
        }

        func receive(_ thread: Int) -> [PoolBlock] {
            lock.lock()
            defer { lock.unlock() }
            let blocks = places[thread]
            places[thread] = []
            return blocks
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func blocksAreFreedByOtherThreads(seed: UInt64) {
        let threads = 4
        let operations = getenv("STRATA_LONG") == nil ? 8_000 : 250_000
        // Without the list of live blocks: its lock would order what the pool has to order by itself.
        let pool = SizeClassPool(cacheByteLimit: 128 << 10, checksBlocks: false)
        let exchange = Exchange(threads)
        let damaged = Atomic<Int>(0)
        let failed = Atomic<Int>(0)
        onThreads(threads) { thread in
            var random = SplitMix64(seed: seed &* 100 &+ UInt64(thread))
            var heap = pool.makeHeap()
            var mine: [PoolBlock] = []
            func check(_ block: PoolBlock) { if !block.isIntact { damaged.add(1, ordering: .relaxed) } }
            for _ in 0..<operations {
                if mine.count < 300 || random.chance(50) {
                    let byteCount = random.poolSize()
                    guard let address = try? heap.allocate(byteCount: byteCount) else {
                        failed.add(1, ordering: .relaxed)
                        return
                    }
                    mine.append(PoolBlock(address, byteCount, tag: random.next()))
                } else {
                    let place = random.below(mine.count)
                    let block = mine[place]
                    mine[place] = mine[mine.count - 1]
                    mine.removeLast()
                    check(block)
                    if random.chance(25) {
                        exchange.send(block, to: random.below(threads))
                    } else {
                        heap.free(block.address, byteCount: block.byteCount)
                    }
                }
                switch random.below(1_000) {
                case 0:
                    // The heap goes, its blocks stay; another one takes its slabs over.
                    heap = pool.makeHeap()
                case 1: pool.trim()
                case 2: _ = pool.statistics
                case 3: heap.flush()
                case 4...40:
                    for block in exchange.receive(thread) {
                        check(block)
                        if random.chance(30) {
                            pool.free(block.address, byteCount: block.byteCount)
                        } else {
                            heap.free(block.address, byteCount: block.byteCount)
                        }
                    }
                default: break
                }
            }
            for block in mine {
                check(block)
                heap.free(block.address, byteCount: block.byteCount)
            }
        }
        for thread in 0..<threads {
            for block in exchange.receive(thread) { pool.free(block.address, byteCount: block.byteCount) }
        }
        #expect(damaged.load(ordering: .relaxed) == 0, "seed \(seed): blocks were written to by others")
        #expect(failed.load(ordering: .relaxed) == 0, "seed \(seed)")
        pool.trim()
        let end = pool.statistics
        #expect(end.allocations == end.deallocations, "seed \(seed)")
        #expect(end.liveBytes == 0, "seed \(seed)")
        #expect(end.liveBlockBytes == 0, "seed \(seed)")
        #expect(end.reservedBytes == 0, "seed \(seed): slabs were lost")
        #expect(end.heaps == 0)
    }

    /// A producer that never frees and a consumer that never allocates.
    @Test func memoryComesBackFromAConsumer() {
        let pool = SizeClassPool(checksBlocks: false)
        let exchange = Exchange(1)
        let produced = Atomic<Bool>(false)
        let queued = Atomic<Int>(0)
        onThreads(2) { thread in
            var heap = pool.makeHeap()
            if thread == 0 {
                for number in 0..<60_000 {
                    while queued.load(ordering: .acquiring) > 4_000 { sched_yield() }
                    guard let address = try? heap.allocate(byteCount: 64) else { break }
                    exchange.send(PoolBlock(address, 64, tag: UInt64(number)), to: 0)
                    queued.add(1, ordering: .releasing)
                }
                produced.store(true, ordering: .releasing)
            } else {
                while true {
                    let done = produced.load(ordering: .acquiring)
                    let blocks = exchange.receive(0)
                    for block in blocks { heap.free(block.address, byteCount: 64) }
                    queued.subtract(blocks.count, ordering: .releasing)
                    if done, blocks.isEmpty { break }
                    if blocks.isEmpty { sched_yield() }
                }
            }
        }
        let end = pool.statistics
        #expect(end.allocations == 60_000)
        #expect(end.liveBytes == 0)
        // 4 MB went through; no more than what was on its way at once was ever held.
        #expect(end.committedBytes < 1 << 20)
        #expect(end.reuseShare > 0.7)
    }

    /// Blocks are freed while the heap that they are from rests.
    @Test func aRestingHeapHoldsNothingBack() throws {
        let pool = SizeClassPool(cacheByteLimit: 0)
        var heap = pool.makeHeap()
        var blocks: [PoolBlock] = []
        for number in 0..<20_000 {
            blocks.append(PoolBlock(try heap.allocate(byteCount: 128), 128, tag: UInt64(number)))
        }
        let all = blocks
        onThreads(1) { _ in
            var other = pool.makeHeap()
            for block in all { other.free(block.address, byteCount: 128) }
        }
        // All that is left is what the resting heap has at hand, and the slab that this is from.
        #expect(pool.statistics.committedBytes <= 64 << 10)
        #expect(pool.statistics.liveBytes == 0)
        heap.flush()
        #expect(pool.statistics.reservedBytes == 0)
    }
}
