import Glibc

// The rows that were removed leave holes, which later rows fill. Where none come, the last rows are moved into them, so
// that the chunks at the end hold nothing and go back to the allocator: a store that shrank to a tenth holds a tenth.
extension EmbeddingColumn {
    /// Bytes of rows that were removed and not given to others yet.
    var holeBytes: Int { (owners.count - count) * dimensions * MemoryLayout<Float>.stride }

    /// Whether the holes are more than a chunk, and their share of all rows has reached `threshold`.
    func needsCompaction(_ threshold: Double) -> Bool {
        holeBytes > Self.chunkBytes && Double(owners.count - count) >= threshold * Double(owners.count)
    }

    /// Moves the last rows into the holes, and frees the chunks that hold nothing then.
    ///
    /// Answers of searches stay as they are, so the version stays, too.
    ///
    /// - Parameters:
    ///   - limit: the most rows to move.
    ///   - moved: is told of each row that has a new place, and the entity that it belongs to.
    /// - Returns: whether no hole is left.
    /// - Complexity: O(rows moved * dimensions), and a step for each hole at the end.
    mutating func compact(rows limit: Int, moved: (_ owner: UInt32, _ row: UInt32) -> Void) -> Bool {
        var left = limit
        while true {
            while owners.last == EntityData.none { owners.removeLast() }
            guard owners.count > count, left > 0, let hole = nextHole() else { break }
            let last = UInt32(owners.count - 1)
            let owner = owners.removeLast()
            // The last row is live, since the free ones at the end are gone; so the hole lies before it.
            pointer(hole).update(from: pointer(last), count: dimensions)
            owners[Int(hole)] = owner
            moved(owner, hole)
            left -= 1
        }
        let isDone = owners.count == count
        if isDone {
            free = []
            if owners.capacity > 2 * owners.count { owners = Array(owners) }
        }
        let needed = (owners.count + rowsPerChunk - 1) / rowsPerChunk
        while chunks.count > needed { Glibc.free(chunks.removeLast()) }
        filledRows = Swift.min(filledRows, chunks.count * rowsPerChunk)
        charge.settle(at: reservedBytes)
        return isDone
    }
}
