extension BumpArena {
    /// A place in an arena to return to with ``rewind(to:)``.
    @frozen
    public struct Checkpoint: ~Copyable {
        @usableFromInline let cursor: UInt
        @usableFromInline let limit: UInt
        @usableFromInline let requested: Int
        /// The newest chunk then, and its serial number: an address may come again, with another number.
        @usableFromInline let newest: UnsafeMutablePointer<BumpArenaChunks.Footer>?
        @usableFromInline let serial: UInt
        @usableFromInline let arena: UnsafeMutablePointer<BumpArenaChunks>

        @inlinable
        init(
            cursor: UInt, limit: UInt, requested: Int, newest: UnsafeMutablePointer<BumpArenaChunks.Footer>?,
            serial: UInt, arena: UnsafeMutablePointer<BumpArenaChunks>
        ) {
            self.cursor = cursor
            self.limit = limit
            self.requested = requested
            self.newest = newest
            self.serial = serial
            self.arena = arena
        }
    }

    /// The place that the next allocation starts from.
    ///
    /// - Complexity: O(1).
    @inlinable
    public borrowing func checkpoint() -> Checkpoint {
        let newest = chunks.pointee.newest
        return Checkpoint(
            cursor: cursor, limit: limit, requested: allocatedBytes, newest: newest,
            serial: newest?.pointee.serial ?? 0,
            arena: chunks)
    }

    /// Gives back everything allocated, and everything adopted, since the checkpoint was taken. Its memory must no
    /// longer be used.
    ///
    /// The largest chunk that is left over is kept as a spare one, so that a loop which passes the end of a chunk each
    /// time faults no pages; ``trim()`` gives it back.
    ///
    /// - Precondition: the checkpoint is this arena's, and neither a reset nor a rewind to an earlier one came since.
    /// - Complexity: O(chunks released).
    @inlinable
    public mutating func rewind(to checkpoint: consuming Checkpoint) {
        let chunks = chunks
        precondition(checkpoint.arena == chunks, "the checkpoint belongs to another arena")
        if chunks.pointee.newest != checkpoint.newest { chunks.pointee.drop(until: checkpoint.newest) }
        precondition(
            chunks.pointee.newest?.pointee.serial ?? 0 == checkpoint.serial
                && (limit != checkpoint.limit || checkpoint.cursor <= cursor),
            "the checkpoint belongs to a past that is gone")
        cursor = checkpoint.cursor
        limit = checkpoint.limit
        origin = cursor &- UInt(bitPattern: checkpoint.requested)
    }

    /// Gives back everything, and keeps the largest chunk, so that refilling the arena faults no pages.
    ///
    /// - Parameter keepsLargestChunk: false gives that back as well.
    /// - Complexity: O(chunks).
    public mutating func reset(keepsLargestChunk: Bool = true) {
        let chunks = chunks
        let place = chunks.pointee.reset(keepsLargestChunk: keepsLargestChunk)
        cursor = place.cursor
        limit = place.limit
        origin = cursor
    }

    /// Gives the spare chunk back to the allocator, where there is one.
    public mutating func trim() {
        let chunks = chunks
        chunks.pointee.dropSpare()
    }
}
