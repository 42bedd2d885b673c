import Strata
import Testing

/// What misuse ends in: a trap, with the list of live blocks at once, and without it when the block reaches its slab.
@Suite struct SizeClassPoolMisuseTests {
    @Test func aDoubleFreeTraps() async {
        await #expect(processExitsWith: .failure) {
            let pool = SizeClassPool(checksBlocks: true)
            var heap = pool.makeHeap()
            let block = try heap.allocate(byteCount: 40)
            heap.free(block, byteCount: 40)
            heap.free(block, byteCount: 40)
        }
    }

    @Test func aDoubleFreeOfTwoHeapsTraps() async {
        await #expect(processExitsWith: .failure) {
            let pool = SizeClassPool(checksBlocks: true)
            var one = pool.makeHeap()
            var other = pool.makeHeap()
            let block = try one.allocate(byteCount: 40)
            other.free(block, byteCount: 40)
            one.free(block, byteCount: 40)
        }
    }

    @Test func aBlockOfAnotherPoolTraps() async {
        await #expect(processExitsWith: .failure) {
            var one = SizeClassPool(checksBlocks: true).makeHeap()
            var other = SizeClassPool(checksBlocks: true).makeHeap()
            let block = try one.allocate(byteCount: 40)
            other.free(block, byteCount: 40)
        }
    }

    @Test func aPointerThatIsNoBlockTraps() async {
        await #expect(processExitsWith: .failure) {
            let pool = SizeClassPool(checksBlocks: true)
            var heap = pool.makeHeap()
            let block = try heap.allocate(byteCount: 40)
            heap.free(block + 8, byteCount: 40)
        }
    }

    @Test func anotherSizeTraps() async {
        await #expect(processExitsWith: .failure) {
            let pool = SizeClassPool(checksBlocks: true)
            var heap = pool.makeHeap()
            let block = try heap.allocate(byteCount: 40)
            heap.free(block, byteCount: 41)
        }
    }

    @Test func theSlabFindsADoubleFree() async {
        await #expect(processExitsWith: .failure) {
            let pool = SizeClassPool(checksBlocks: false)
            var heap = pool.makeHeap()
            let blocks = [try heap.allocate(byteCount: 40), try heap.allocate(byteCount: 40)]
            pool.free(blocks[0], byteCount: 40)
            pool.free(blocks[0], byteCount: 40)
            pool.flush()
        }
    }

    @Test func theSlabFindsABlockOfAnotherPool() async {
        await #expect(processExitsWith: .failure) {
            var one = SizeClassPool(checksBlocks: false).makeHeap()
            let other = SizeClassPool(checksBlocks: false)
            let block = try one.allocate(byteCount: 40)
            other.free(block, byteCount: 40)
            other.flush()
        }
    }

    @Test func theSlabFindsAnotherSize() async {
        await #expect(processExitsWith: .failure) {
            let pool = SizeClassPool(checksBlocks: false)
            var heap = pool.makeHeap()
            let block = try heap.allocate(byteCount: 40)
            pool.free(block, byteCount: 400)
            pool.flush()
        }
    }

    /// The same steps without misuse end well: the traps above are not for another reason.
    @Test func properUseDoesNotTrap() async {
        await #expect(processExitsWith: .success) {
            let pool = SizeClassPool(checksBlocks: true)
            var one = pool.makeHeap()
            var other = pool.makeHeap()
            let blocks = [try one.allocate(byteCount: 40), try one.allocate(byteCount: 40)]
            other.free(blocks[0], byteCount: 40)
            pool.free(blocks[1], byteCount: 40)
            pool.flush()
        }
    }
}
