import Glibc
import Testing

@testable import Strata

@Suite struct HeapBlockTests {
    @Test func aBlockTakesAtLeastWhatWasAskedFor() throws {
        for request in [1, 7, 8, 24, 25, 100, 4_096, 1 << 20] {
            let block = try #require(malloc(request))
            defer { free(block) }
            #expect(HeapBlock.usableByteCount(of: block) >= request)
            #expect(HeapBlock.usableByteCount(of: block) < request + request / 4 + 8_192)
        }
        #expect([0, 8].contains(HeapBlock.headerByteCount))
    }

    /// In a process of its own: nothing else allocates there.
    @Test func blocksAddUpToWhatTheAllocatorSays() async {
        await #expect(processExitsWith: .success) {
            var random = SplitMix64(seed: 1)
            var blocks: [UnsafeMutableRawPointer] = []
            blocks.reserveCapacity(40_000)
            guard let before = HeapTruth.now() else { return }
            var held = 0
            for _ in 0..<40_000 {
                if random.chance(30), !blocks.isEmpty {
                    blocks.swapAt(random.below(blocks.count), blocks.count - 1)
                    let block = blocks.removeLast()
                    held -= HeapBlock.usableByteCount(of: block) + HeapBlock.headerByteCount
                    free(block)
                }
                let block = malloc(1 + random.below(1 << (3 + random.below(8))))!
                held += HeapBlock.usableByteCount(of: block) + HeapBlock.headerByteCount
                blocks.append(block)
            }
            let truth = HeapTruth.now()!.heldBytes - before.heldBytes
            // Small blocks that wait in the thread's cache count as handed out.
            #expect(abs(held - truth) <= truth / 100, "\(held) counted, \(truth) handed out")
        }
    }

    /// What aligning large blocks costs is counted to the byte, whether they come from the heap or from the system.
    @Test func alignedBlocksAddUpToWhatTheAllocatorSays() async {
        await #expect(processExitsWith: .success) {
            var random = SplitMix64(seed: 2)
            var blocks: [(block: UnsafeMutableRawPointer, held: Int)] = []
            blocks.reserveCapacity(200)
            guard HeapTruth.now() != nil else { return }
            for round in 0..<200 {
                if round % 3 == 2 { free(blocks.remove(at: random.below(blocks.count)).block) }
                let alignment = [64, 4_096, 2 << 20][random.below(3)]
                let byteCount = random.below(1 << (12 + random.below(12))) + 1
                let before = HeapTruth.inUse()
                var block: UnsafeMutableRawPointer?
                #expect(posix_memalign(&block, alignment, byteCount) == 0)
                let held = byteCount + HeapBlock.addedByteCount(to: block!, requested: byteCount)
                let truth = HeapTruth.inUse() - before
                // The splinters before and behind it, of the block that it was cut from, count as handed out while the
                // thread's cache has them: it takes what is no larger than 1,040 bytes with its tag.
                #expect(abs(held - truth) <= 2 * 1_040, "\(byteCount) aligned to \(alignment): \(held), not \(truth)")
                blocks.append((block!, held))
            }
            for (block, _) in blocks { free(block) }
        }
    }
}
