extension BumpArena {
    /// An empty arena for another thread, or for work that ends earlier: with chunks of its own, from the same budget.
    ///
    /// It is independent of this arena, and may outlive it. Two threads that fill two children never meet but in the
    /// budget, once a chunk.
    public mutating func makeChild() -> BumpArena {
        let own = chunks
        return BumpArena(
            BumpArenaChunks(
                firstChunkBytes: own.pointee.firstChunkBytes, largestChunkBytes: own.pointee.largestChunkBytes,
                byteLimit: own.pointee.byteLimit, budget: own.pointee.budget, usesHugePages: own.pointee.usesHugePages))
    }

    /// Takes over everything that a child holds: what was allocated there stays valid, at its address, for as long as
    /// if it had been allocated here now.
    ///
    /// Of the two current chunks the one with more room is filled further.
    ///
    /// - Precondition: both draw from the same budget, or from none; ``makeChild()`` sees to that.
    /// - Complexity: O(1).
    public mutating func adopt(_ child: consuming BumpArena) {
        let room = child.availableBytes
        let requested = allocatedBytes + child.allocatedBytes
        let other = child.intoParts()
        let chunks = chunks
        chunks.pointee.splice(&other.chunks.pointee)
        if room > availableBytes {
            cursor = other.cursor
            limit = other.limit
        }
        origin = cursor &- UInt(bitPattern: requested)
        other.chunks.deinitialize(count: 1)
        other.chunks.deallocate()
    }

    private consuming func intoParts() -> (
        cursor: UInt, limit: UInt, chunks: UnsafeMutablePointer<BumpArenaChunks>
    ) {
        let parts = (cursor, limit, chunks)
        discard self
        return parts
    }
}
