/// A file of a ``SimulatedFileSystem``: its bytes as programs see them, those on stable storage, and all that lies between.
///
/// Between two synchronizations a disk may take the writes in any order, leave some out, and do others in part. What
/// reaches it whole is a sector of 512 bytes; and what it gets is a sector as it was after one of the writes to it, for
/// that is when the system's cache was written out. So a crash leaves, for each sector on its own, one of the states that it
/// had since the last synchronization, and one of the lengths that the file had.
struct SimulatedFile {
    static let sectorByteCount = 512

    /// The bytes as they are read.
    private(set) var live: [UInt8] = []
    /// The bytes on stable storage.
    private(set) var durable: [UInt8] = []
    /// For each sector written since the last synchronization, what it was after each write, oldest first. Bytes behind
    /// the file's end are zero.
    private(set) var sectors: [Int: [[UInt8]]] = [:]
    /// The lengths since the last synchronization, oldest first.
    private(set) var lengths: [Int] = []
    /// The handle that has the file's lock.
    var lockHolder: Int32?
    /// Whether what a crash may leave is kept; otherwise all is on stable storage at once.
    let keepsHistory: Bool

    init(keepsHistory: Bool) { self.keepsHistory = keepsHistory }

    /// A file whose bytes are on stable storage.
    init(_ bytes: [UInt8], keepsHistory: Bool) {
        self.keepsHistory = keepsHistory
        live = bytes
        if keepsHistory { durable = bytes }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        let first = min(offset, live.count)
        if live.count < end { grow(to: end) }
        live.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[offset..<end]).copyMemory(from: bytes)
        }
        note(first..<end)
    }

    mutating func setLength(_ length: Int) {
        let old = live.count
        if length < old {
            // What is cut off reads as zeros should the file grow again.
            live.withUnsafeMutableBytes {
                _ = UnsafeMutableRawBufferPointer(rebasing: $0[length...])
                    .initializeMemory(as: UInt8.self, repeating: 0)
            }
            note(length..<old)
            live.removeLast(old - length)
            noteLength()
        } else if length > old {
            grow(to: length)
        }
    }

    mutating func synchronize() {
        guard keepsHistory else { return }
        if let length = lengths.last { Self.set(&durable, to: length) }
        for (index, versions) in sectors { Self.place(versions.last!, index, in: &durable) }
        sectors = [:]
        lengths = []
    }

    /// What a failed synchronization does: what was written counts as clean, and is lost. Lengths are in the file system's
    /// journal, which brings them to stable storage at its own time.
    mutating func loseDirtySectors() { sectors = [:] }

    /// The bytes that a crash leaves, by a choice for the length and for each sector of `sectors`, in ascending order.
    ///
    /// - Parameters:
    ///   - length: 0 for the length on stable storage, else the number, from 1, of one of `lengths`.
    ///   - versions: for each sector 0 for what is on stable storage, else the number, from 1, of a version.
    func crashed(length: Int, versions: some Sequence<Int>) -> [UInt8] {
        var bytes = durable
        Self.set(&bytes, to: length == 0 ? durable.count : lengths[length - 1])
        for (index, version) in zip(sectors.keys.sorted(), versions) where version > 0 {
            Self.place(sectors[index]![version - 1], index, in: &bytes)
        }
        return bytes
    }

    private mutating func grow(to length: Int) {
        live += [UInt8](repeating: 0, count: length - live.count)
        noteLength()
    }

    private mutating func noteLength() {
        guard keepsHistory, live.count != lengths.last ?? durable.count else { return }
        lengths.append(live.count)
    }

    /// Keeps what the sectors of a range of bytes are now, where that is something new.
    private mutating func note(_ range: Range<Int>) {
        guard keepsHistory else { return }
        let size = Self.sectorByteCount
        for index in range.lowerBound / size...(range.upperBound - 1) / size {
            let sector = Self.sector(index, of: live)
            if let last = sectors[index]?.last {
                if last != sector { sectors[index]!.append(sector) }
            } else if Self.sector(index, of: durable) != sector {
                sectors[index] = [sector]
            }
        }
    }

    private static func sector(_ index: Int, of bytes: [UInt8]) -> [UInt8] {
        let start = index * sectorByteCount
        guard start < bytes.count else { return [UInt8](repeating: 0, count: sectorByteCount) }
        let end = min(start + sectorByteCount, bytes.count)
        return [UInt8](bytes[start..<end]) + [UInt8](repeating: 0, count: start + sectorByteCount - end)
    }

    private static func set(_ bytes: inout [UInt8], to length: Int) {
        if bytes.count > length {
            bytes.removeLast(bytes.count - length)
        } else {
            bytes += [UInt8](repeating: 0, count: length - bytes.count)
        }
    }

    private static func place(_ sector: [UInt8], _ index: Int, in bytes: inout [UInt8]) {
        let start = index * sectorByteCount
        guard start < bytes.count else { return }
        let end = min(start + sectorByteCount, bytes.count)
        bytes.replaceSubrange(start..<end, with: sector[..<(end - start)])
    }
}
