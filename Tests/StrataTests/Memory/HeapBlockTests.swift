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
}
