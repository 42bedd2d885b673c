import Glibc

/// The strings of a graph that is written, when they may not all fit in memory.
///
/// An *epoch* is a stretch of the graph whose distinct strings do fit. Within it each has a local id. When it is full its
/// strings are put aside in the order of their bytes, and the next epoch begins with none; a string that comes again
/// gets another local id there. Merging the epochs gives each string its id in the file, and each epoch the ids of its
/// own: when the graph is gone through a second time, one epoch's ids are all that has to be at hand.
struct StringEpochs: ~Copyable {
    /// What a string is used for.
    typealias Usage = CollectedGraph.Usage

    /// An epoch that was put aside.
    fileprivate struct Epoch: BitwiseCopyable {
        /// Where its strings lie in the file.
        var start: Int
        var end: Int
        /// How many there are.
        var count: Int
    }

    private var interner: StringInterner
    private var usage: [Usage] = []
    private var byteCount = 0
    private var epochs: [Epoch] = []
    private var writer: ScratchWriter
    private let memory: StreamMemory
    private let space: ScratchSpace

    /// What the interner and the sorting add to a string's bytes, at most.
    private static let overheadByteCount = 56

    init(_ memory: StreamMemory, _ space: ScratchSpace) throws(StrataError) {
        let interner = try StringInterner()
        let writer = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        self.interner = interner
        self.writer = writer
        self.memory = memory
        self.space = space
    }

    /// Whether the epoch should end before another string comes.
    var isFull: Bool { byteCount >= memory.epochByteCount }

    /// The local id of a string.
    ///
    /// - Throws: `invalidArgument` when it is not UTF-8.
    mutating func intern(_ text: Span<UInt8>, _ use: Usage) throws(StrataError) -> UInt32 {
        let id: UInt32
        do throws(StrataError) {
            id = try interner.intern(utf8: text).id
        } catch {
            throw StrataError(
                error.code, "the graph to write is not consistent: \(error.message)", path: space.path,
                remedy: "nothing was written; check the source of the snapshot")
        }
        if id == usage.count {
            usage.append(use)
            byteCount += text.count + Self.overheadByteCount
        } else {
            usage[Int(id)].formUnion(use)
        }
        return id
    }

    /// Puts the strings aside and begins the next epoch.
    mutating func endEpoch() throws(StrataError) {
        let keys = WorkArray<StringKey>(unsetCount: usage.count)
        for id in 0..<usage.count {
            keys[id] = StringKey(interner.buffer(of: InternedString(id: UInt32(id))), depth: 0, id: UInt32(id))
        }
        StringKey.sort(keys) { interner.buffer(of: InternedString(id: $0)) }
        let start = writer.count
        for index in 0..<keys.count {
            let id = keys[index].id
            let bytes = UnsafeRawBufferPointer(interner.buffer(of: InternedString(id: id)))
            try writer.append(EpochRecord(length: UInt32(bytes.count), localID: id, usage: usage[Int(id)]))
            try writer.append(bytes)
        }
        epochs.append(Epoch(start: start, end: writer.count, count: usage.count))
        usage.removeAll(keepingCapacity: true)
        byteCount = 0
        interner = try StringInterner()
    }

    /// Merges all epochs.
    ///
    /// - Parameter body: is called with each distinct string, in ascending order of their bytes, and its use.
    consuming func merge(
        _ body: (Span<UInt8>, Usage) throws(StrataError) -> Void
    ) throws(StrataError) -> StringEpochIDs {
        try endEpoch()
        let extent = try writer.finish()
        let piece = try memory.mergePiece(runs: epochs.count, path: space.path)
        var ids = try StringEpochIDs.Writer(epochs.map(\.count), pieceByteCount: piece, space)
        var heap = try StringHeap(extent.file, epochs, pieceByteCount: piece)
        var counts = StringEpochIDs.Entry(localID: 0, id: 0, entityType: 0, relationshipType: 0, propertyKey: 0)
        var text: [UInt8] = []
        var holders: [(epoch: Int, localID: UInt32)] = []
        while heap.count > 0 {
            swap(&text, &heap.first.text)
            var usage = heap.first.usage
            holders.removeAll(keepingCapacity: true)
            holders.append((heap.first.epoch, heap.first.localID))
            try heap.advance()
            while heap.count > 0, heap.first.text == text {
                usage.formUnion(heap.first.usage)
                holders.append((heap.first.epoch, heap.first.localID))
                try heap.advance()
            }
            guard counts.id < UInt32(SnapshotFormat.countMaximum - 1) else {
                throw StrataError(
                    .limitExceeded, "a snapshot cannot hold \(SnapshotFormat.countMaximum) strings", path: space.path,
                    remedy: "write the graph in several snapshots")
            }
            for holder in holders {
                counts.localID = holder.localID
                try ids.append(counts, toEpoch: holder.epoch)
            }
            try body(text.span, usage)
            counts.id += 1
            if usage.contains(.entityType) { counts.entityType += 1 }
            if usage.contains(.relationshipType) { counts.relationshipType += 1 }
            if usage.contains(.propertyKey) { counts.propertyKey += 1 }
        }
        return try ids.finish(counts: counts)
    }
}

/// What stands before a string that was put aside: 12 bytes, and then its own.
private struct EpochRecord: BitwiseCopyable {
    var length: UInt32
    var localID: UInt32
    var usage: StringEpochs.Usage
    private let padding: (UInt8, UInt8, UInt8) = (0, 0, 0)

    init(length: UInt32, localID: UInt32, usage: StringEpochs.Usage) {
        self.length = length
        self.localID = localID
        self.usage = usage
    }
}

/// The smallest strings of all epochs, the smallest of them first.
private struct StringHeap: ~Copyable {
    /// An epoch's next string.
    final class Cursor {
        let epoch: Int
        var text: [UInt8] = []
        var usage: StringEpochs.Usage = []
        var localID: UInt32 = 0
        private var reader: ScratchReader

        init(_ reader: consuming ScratchReader, epoch: Int) {
            self.reader = reader
            self.epoch = epoch
        }

        /// Goes on to the next string; whether there is one.
        func advance() throws(StrataError) -> Bool {
            guard !reader.isAtEnd else { return false }
            let record = try reader.read(EpochRecord.self)
            try reader.read(Int(record.length), into: &text)
            usage = record.usage
            localID = record.localID
            return true
        }

        /// By bytes; equal strings in the order of their epochs.
        static func < (left: Cursor, right: Cursor) -> Bool {
            let common = min(left.text.count, right.text.count)
            let order = left.text.withUnsafeBufferPointer { left in
                right.text.withUnsafeBufferPointer { right in
                    common == 0 ? 0 : memcmp(left.baseAddress!, right.baseAddress!, common)
                }
            }
            if order != 0 { return order < 0 }
            if left.text.count != right.text.count { return left.text.count < right.text.count }
            return left.epoch < right.epoch
        }
    }

    private var cursors: [Cursor] = []

    init(_ file: ScratchFile, _ epochs: [StringEpochs.Epoch], pieceByteCount: Int) throws(StrataError) {
        for (index, epoch) in epochs.enumerated() {
            let cursor = Cursor(
                ScratchReader(file, epoch.start..<epoch.end, bufferByteCount: pieceByteCount), epoch: index)
            if try cursor.advance() { cursors.append(cursor) }
        }
        for index in stride(from: cursors.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    var count: Int { cursors.count }
    var first: Cursor { cursors[0] }

    /// Takes the smallest string away.
    mutating func advance() throws(StrataError) {
        if try !cursors[0].advance() {
            cursors.swapAt(0, cursors.count - 1)
            cursors.removeLast()
        }
        if cursors.count > 1 { siftDown(0) }
    }

    private mutating func siftDown(_ start: Int) {
        let cursor = cursors[start]
        var hole = start
        while true {
            var child = 2 * hole + 1
            if child >= cursors.count { break }
            if child + 1 < cursors.count, cursors[child + 1] < cursors[child] { child += 1 }
            guard cursors[child] < cursor else { break }
            cursors[hole] = cursors[child]
            hole = child
        }
        cursors[hole] = cursor
    }
}

/// For each epoch the ids, in the file, of its strings.
struct StringEpochIDs: ~Copyable {
    /// What an epoch's string is in the file. The indices mean something where the string has the use.
    struct Entry: BitwiseCopyable {
        var localID: UInt32
        var id: UInt32
        /// The index in the list of entity types, and so on.
        var entityType: UInt32
        var relationshipType: UInt32
        var propertyKey: UInt32
    }

    private let file: ScratchFile
    private let sizes: [Int]
    /// How many strings there are, and how many of each use.
    let counts: Entry
    /// The entries of the epoch at hand by local id.
    private var entries: WorkArray<Entry>
    private var nextEpoch = 0
    private var position = 0

    fileprivate init(_ file: ScratchFile, sizes: [Int], counts: Entry) {
        self.file = file
        self.sizes = sizes
        self.counts = counts
        entries = WorkArray(unsetCount: 0)
    }

    @inline(__always)
    subscript(localID: UInt32) -> Entry { entries[Int(localID)] }

    /// Puts the next epoch's ids at hand.
    mutating func beginEpoch() throws(StrataError) {
        let count = sizes[nextEpoch]
        let byteCount = count * MemoryLayout<Entry>.stride
        entries = WorkArray(unsetCount: 0)
        entries = WorkArray(unsetCount: count)
        var reader = ScratchReader(file, position..<position + byteCount, bufferByteCount: 64 << 10)
        for _ in 0..<count {
            let entry = try reader.read(Entry.self)
            entries[Int(entry.localID)] = entry
        }
        position += byteCount
        nextEpoch += 1
    }

    /// Takes the entries as the merge finds them: one epoch's here, another one's there.
    struct Writer: ~Copyable {
        private let file: ScratchFile
        private let sizes: [Int]
        private let pieceCount: Int
        /// A piece for each epoch.
        private let pieces: WorkArray<Entry>
        /// The entries in each piece, and where each goes in the file.
        private let used: WorkArray<Int>
        private let positions: WorkArray<Int>

        init(_ sizes: [Int], pieceByteCount: Int, _ space: ScratchSpace) throws(StrataError) {
            file = try space.makeFile()
            self.sizes = sizes
            pieceCount = max(pieceByteCount / MemoryLayout<Entry>.stride, 1)
            pieces = WorkArray(unsetCount: pieceCount * sizes.count)
            used = WorkArray(repeating: 0, count: sizes.count)
            positions = WorkArray(unsetCount: sizes.count)
            var position = 0
            for (epoch, size) in sizes.enumerated() {
                positions[epoch] = position
                position += size * MemoryLayout<Entry>.stride
            }
        }

        mutating func append(_ entry: Entry, toEpoch epoch: Int) throws(StrataError) {
            if used[epoch] == pieceCount { try flush(epoch) }
            pieces[epoch * pieceCount + used[epoch]] = entry
            used[epoch] += 1
        }

        private func flush(_ epoch: Int) throws(StrataError) {
            let start = epoch * pieceCount
            let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(pieces.slice(start..<start + used[epoch])))
            try file.write(bytes, at: positions[epoch])
            positions[epoch] += bytes.count
            used[epoch] = 0
        }

        consuming func finish(counts: Entry) throws(StrataError) -> StringEpochIDs {
            for epoch in 0..<sizes.count { try flush(epoch) }
            return StringEpochIDs(file, sizes: sizes, counts: counts)
        }
    }
}
