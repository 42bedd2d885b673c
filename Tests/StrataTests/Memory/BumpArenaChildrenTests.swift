import Strata
import Testing

@Suite struct BumpArenaChildrenTests {
    @Test(arguments: [31, 32, 33] as [UInt64])
    func threadsFillChildrenOfOneBudget(seed: UInt64) throws {
        let budget = ArenaBudget(byteLimit: 64 << 20)
        let workers = 4
        do {
            var parent = BumpArena(firstChunkBytes: 1_024, budget: budget)
            let own = MarkedBlock(try parent.allocate(byteCount: 500), 500, 0xAA)
            // One arena a thread; the pointer is that of memory which outlives the threads.
            nonisolated(unsafe) let arenas = UnsafeMutablePointer<BumpArena>.allocate(capacity: workers)
            nonisolated(unsafe) let blocks = UnsafeMutablePointer<[MarkedBlock]>.allocate(capacity: workers)
            for worker in 0..<workers {
                (arenas + worker).initialize(to: parent.makeChild())
                (blocks + worker).initialize(to: [])
            }
            onThreads(workers) { worker in
                var random = SplitMix64(seed: seed &* 100 &+ UInt64(worker))
                for step in 0..<2_000 {
                    let byteCount = random.below(random.chance(2) ? 20_000 : 200)
                    guard let start = try? arenas[worker].allocate(byteCount: byteCount, alignment: 8) else { return }
                    blocks[worker].append(MarkedBlock(start, byteCount, UInt8(truncatingIfNeeded: step &+ worker)))
                }
            }
            var sum = own.byteCount
            for worker in 0..<workers {
                let (allocated, count) = (arenas[worker].allocatedBytes, blocks[worker].count)
                #expect(count == 2_000)
                #expect(allocated == blocks[worker].reduce(0) { $0 + $1.byteCount })
                sum += allocated
                parent.adopt((arenas + worker).move())
            }
            let (allocated, reserved) = (parent.allocatedBytes, parent.reservedBytes)
            #expect(allocated == sum)
            #expect(reserved == budget.takenBytes)
            // What the parent allocates now must not reach into what the children did.
            for _ in 0..<500 { _ = MarkedBlock(try parent.allocate(byteCount: 300), 300, 0x11) }
            for worker in 0..<workers {
                #expect(blocks[worker].allSatisfy { $0.isWhole }, "seed \(seed), worker \(worker)")
                (blocks + worker).deinitialize(count: 1)
            }
            #expect(own.isWhole)
            arenas.deallocate()
            blocks.deallocate()
            withExtendedLifetime(parent) {}
        }
        #expect(budget.takenBytes == 0, "bytes were lost")
    }

    @Test func childrenThatExhaustTheBudgetLoseNothing() throws {
        let budget = ArenaBudget(byteLimit: 1 << 20)
        let workers = 3
        do {
            var parent = BumpArena(firstChunkBytes: 1_024, budget: budget)
            nonisolated(unsafe) let arenas = UnsafeMutablePointer<BumpArena>.allocate(capacity: workers)
            for worker in 0..<workers { (arenas + worker).initialize(to: parent.makeChild()) }
            onThreads(workers) { worker in
                while true {
                    do throws(StrataError) {
                        _ = try arenas[worker].allocate(byteCount: 100)
                    } catch {
                        guard error.code == .limitExceeded else { preconditionFailure("\(error)") }
                        return
                    }
                }
            }
            let taken = budget.takenBytes
            #expect(taken <= 1 << 20)
            #expect(taken > (1 << 20) - 192)
            for worker in 0..<workers { parent.adopt((arenas + worker).move()) }
            arenas.deallocate()
            let (reserved, allocated) = (parent.reservedBytes, parent.allocatedBytes)
            #expect(reserved == taken)
            // The children had bytes left that were too few for one more.
            #expect(allocated > taken * 8 / 10)
            parent.reset()
            let kept = parent.reservedBytes
            #expect(budget.takenBytes == kept)
            _ = try parent.allocate(byteCount: 400_000)
        }
        #expect(budget.takenBytes == 0)
    }

    @Test func aLimitHoldsForAnArenaAndItsChildren() throws {
        var arena = BumpArena(firstChunkBytes: 1_024, byteLimit: 10_000)
        var child = arena.makeChild()
        _ = try child.allocate(byteCount: 6_000)
        #expect(failure { try arena.allocate(byteCount: 6_000) }?.code == .limitExceeded)
        let limit = child.byteLimit
        #expect(limit == 10_000)
        arena.adopt(child)
        #expect(failure { try arena.allocate(byteCount: 6_000) }?.code == .limitExceeded)
        arena.reset(keepsLargestChunk: false)
        _ = try arena.allocate(byteCount: 6_000)
    }

    @Test func theSpareChunkMakesRoomInTheBudget() throws {
        var arena = BumpArena(firstChunkBytes: 4_096, byteLimit: 10_000)
        let checkpoint = arena.checkpoint()
        _ = try arena.allocate(byteCount: 4_000)
        arena.rewind(to: checkpoint)
        // With 4,096 bytes kept, there would be no room.
        _ = try arena.allocate(byteCount: 9_000)
        let spare = arena.spareBytes
        #expect(spare == 0)
    }

    @Test func anArenaOfAnotherBudgetIsNotAdopted() async {
        await #expect(processExitsWith: .failure) {
            var arena = BumpArena(byteLimit: 1 << 20)
            let other = BumpArena(byteLimit: 1 << 20)
            arena.adopt(other)
        }
    }
}
