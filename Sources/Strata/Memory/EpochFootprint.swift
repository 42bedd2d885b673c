extension EpochManager {
    /// Bytes that the manager holds from the process's allocator: the places of readers, and the bags in which retired
    /// objects wait, filled and empty ones. The objects are not among them.
    ///
    /// - Complexity: O(1), from any thread.
    var footprintBytes: Int { core.footprintBytes }

    /// Gives the memory of bags that hold nothing back.
    ///
    /// - Returns: the bytes given back.
    @discardableResult
    func releaseSpareBags() -> Int { core.releaseSpareBags() }
}

extension EpochCore {
    /// What stands beside places and bags: the core, its queue, the epoch's line and the manager.
    private static var fixedByteCount: Int { 640 }

    fileprivate var footprintBytes: Int { Self.fixedByteCount + places.reservedBytes + bagBytes }
}

extension ParticipantTable {
    /// Bytes of the segments made so far and of their directory.
    var reservedBytes: Int {
        // Segments are made in order.
        var segments = 0
        while segments < Self.segmentCount, hasSegment(segments) { segments += 1 }
        return Self.segmentCount * MemoryLayout<UInt>.stride + segments * Self.segmentByteCount
    }
}
