/// How the memory that a ``SnapshotStream`` may use is divided among what it holds at one time.
///
/// At the start the strings of an epoch are held, then those of the replayed epoch's ids and the runs of three sorters
/// with room to sort one of them, and in the end the buffers of two merges. Beside them are some twenty buffers of
/// scratch files, the buffer of the snapshot, and 8 bytes for each 64 KiB of it: its checksums.
struct StreamMemory: Sendable {
    /// The strings of one epoch, with what the interner adds to each.
    var epochByteCount: Int
    /// The records of a sorter's run.
    var runCount: Int
    /// The buffers of one merge.
    var mergeByteCount: Int
    /// The smallest piece that a merge reads of a run: with less, reading would be all that it does.
    var pieceByteCount: Int
    /// The buffer of a scratch file.
    var bufferByteCount: Int
    /// The elements of one entity's list that are sorted in memory.
    var listCount: Int
    /// The entities that are put in order together.
    var reorderByteCount: Int

    /// The least limit that is accepted.
    static let minimum = 8 << 20
    private static let recordByteCount = MemoryLayout<UInt128>.stride

    /// - Throws: `invalidArgument` when the limit is below ``minimum``.
    init(limit: Int, path: String) throws(StrataError) {
        guard limit >= Self.minimum else {
            throw StrataError(
                .invalidArgument, "a snapshot cannot be written with \(limit) bytes of memory", path: path,
                remedy: "allow \(Self.minimum) bytes or more")
        }
        self.init(
            epochByteCount: limit / 6, runCount: limit / 8 / Self.recordByteCount, mergeByteCount: limit / 8,
            pieceByteCount: 4 << 10, bufferByteCount: min(256 << 10, limit / 512),
            listCount: limit / 64 / Self.recordByteCount,
            reorderByteCount: limit / 4)
    }

    /// For tests, which make many runs out of little.
    init(
        epochByteCount: Int, runCount: Int, mergeByteCount: Int, pieceByteCount: Int, bufferByteCount: Int,
        listCount: Int, reorderByteCount: Int
    ) {
        self.epochByteCount = epochByteCount
        self.runCount = runCount
        self.mergeByteCount = mergeByteCount
        self.pieceByteCount = pieceByteCount
        self.bufferByteCount = bufferByteCount
        self.listCount = listCount
        self.reorderByteCount = reorderByteCount
    }

    /// The bytes that a merge of so many runs reads of each at a time, whole records.
    ///
    /// - Throws: `limitExceeded` when there are more runs than the memory has pieces for.
    func mergePiece(runs: Int, path: String) throws(StrataError) -> Int {
        let piece = min(mergeByteCount / max(runs, 1), 256 << 10) / Self.recordByteCount * Self.recordByteCount
        guard runs <= 1 || piece >= pieceByteCount else {
            throw StrataError(
                .limitExceeded, "the graph is too large for the memory that its writer may use: \(runs) sorted runs",
                path: path, remedy: "nothing was written; allow the writer more memory")
        }
        return max(piece, Self.recordByteCount)
    }
}
