import Testing

@testable import Strata

@Suite struct EpochFootprintTests {
    /// In a process of its own: what the manager says it holds is what the allocator has handed out.
    @Test func placesAndBagsAreCounted() async {
        await #expect(processExitsWith: .success) {
            // Whatever is made once in a process is made before.
            do { try check(readers: 1, objects: 200) }
            try check(readers: 1, objects: 200)
            try check(readers: 300, objects: 200)
            try check(readers: 2, objects: 40_000)
        }
    }

    @Test func emptyBagsGoWhenTheyAreAskedTo() throws {
        let epochs = EpochManager()
        let empty = epochs.footprintBytes
        for _ in 0..<6_400 { epochs.retire(8, byteCount: 1) { _ in } }
        #expect(epochs.footprintBytes >= empty + 100 * (GarbageBag.capacity * 32))
        epochs.collect()
        let kept = epochs.footprintBytes
        #expect(kept > empty)
        #expect(epochs.releaseSpareBags() == kept - empty)
        #expect(epochs.footprintBytes == empty)
        #expect(epochs.releaseSpareBags() == 0)
        // They come again when they are needed.
        epochs.retire(8, byteCount: 1) { _ in }
        #expect(epochs.footprintBytes > empty)
        epochs.collect()
        #expect(epochs.retiredBytes == 0)
    }
}

private func check(readers: Int, objects: Int) throws {
    guard let before = HeapTruth.now() else { return }
    let epochs = EpochManager()
    try hold(epochs, readers) {
        for _ in 0..<objects { epochs.retire(8, byteCount: 0) { _ in } }
        let truth = HeapTruth.now()!.heldBytes - before.heldBytes
        let counted = epochs.footprintBytes
        // The participants are on the stack, and one pins so that nothing is collected.
        #expect(
            abs(counted - truth) <= max(truth / 50, 1_024),
            "\(readers) readers, \(objects) objects: \(counted), \(truth)"
        )
    }
}

/// Registers so many readers, the first of which pins, and calls `body` with all of them there.
private func hold(_ epochs: EpochManager, _ readers: Int, _ body: () throws -> Void) throws {
    var participant = try epochs.register()
    if readers > 1 {
        try hold(epochs, readers - 1, body)
    } else {
        participant.pin()
        try body()
        participant.unpin()
    }
}
