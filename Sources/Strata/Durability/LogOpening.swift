import Glibc

/// What a log that is opened to be written must be.
public enum LogPresence: Sendable, Hashable {
    /// It must be there.
    case existing
    /// It is made when it is not there.
    case any
    /// It must not be there.
    case new
}

/// How a log is opened to be written: what a crash has left is read, made sure of, and left as it is; what follows goes
/// to a new segment.
struct LogOpening {
    let folder: String
    let database: DatabaseIdentity?
    let after: UInt64?
    let presence: LogPresence
    let configuration: LogConfiguration
    let fileSystem: any FileSystem

    func open(
        _ replay: (_ sequence: UInt64, _ payload: RawSpan) throws(StrataError) -> Void
    ) throws(StrataError) -> LogWriter {
        try configuration.validate()
        try makeFolder()
        let lockFile = try takeLock()
        let spares = try tidy()
        var reader = try LogReader(folder: folder, after: after, database: database, fileSystem: fileSystem)
        try requirePresence(reader)
        while try reader.next() { try replay(reader.sequence, reader.payload) }
        return try go(on: reader, lockFile, spares)
    }

    private func makeFolder() throws(StrataError) {
        switch try fileSystem.kind(of: folder) {
        case .folder: break
        case nil:
            guard presence != .existing else { throw missing }
            try fileSystem.makeFolder(folder)
        default: throw .refused("open the log", path: folder, errno: ENOTDIR)
        }
        // Also when the folder is there: whoever made it may not have come to this.
        try fileSystem.synchronizeFolder(AtomicFileWriter.folder(of: folder))
    }

    private func takeLock() throws(StrataError) -> SharedFile {
        let file = try fileSystem.open("\(folder)/\(LogFormat.lockName)", .readWrite)
        guard try fileSystem.lock(file) else {
            throw StrataError(
                .ioFailure, "the log is being written by another process", path: folder, errno: EWOULDBLOCK,
                remedy: "end that process, or open the database only to read")
        }
        return SharedFile(file)
    }

    /// Removes segments that were never finished, and finds those to be used again.
    private func tidy() throws(StrataError) -> [SpareSegment] {
        var spares: [SpareSegment] = []
        for name in try fileSystem.list(folder) where name.hasPrefix("log-") {
            let path = "\(folder)/\(name)"
            if name.hasSuffix(LogFormat.newSuffix) {
                try fileSystem.remove(path)
            } else if name.hasSuffix(LogFormat.spareSuffix) {
                if spares.count < configuration.spareSegmentCount,
                    try byteCount(of: path) == configuration.segmentByteCount
                {
                    // How much of it was written is not known any more.
                    spares.append(SpareSegment(path: path, writtenEnd: LogFormat.headerByteCount))
                } else {
                    try fileSystem.remove(path)
                }
            }
        }
        // A spare one must not be written to while its old name may come back.
        if !spares.isEmpty { try fileSystem.synchronizeFolder(folder) }
        return spares
    }

    private func byteCount(of path: String) throws(StrataError) -> Int {
        Int(clamping: try fileSystem.size(of: try fileSystem.open(path, .read)))
    }

    private var missing: StrataError {
        StrataError(.notFound, "there is no log", path: folder, remedy: "restore it from a backup")
    }

    private func requirePresence(_ reader: borrowing LogReader) throws(StrataError) {
        if reader.segments.isEmpty, presence == .existing { throw missing }
        if !reader.segments.isEmpty, presence == .new {
            throw StrataError(
                .alreadyExists, "there is a log already", path: folder, remedy: "choose another folder, or remove it")
        }
    }

    /// Begins the segment for what comes, behind what the reader has read to its end.
    private func go(
        on reader: borrowing LogReader, _ lockFile: SharedFile, _ spares: [SpareSegment]
    ) throws(StrataError) -> LogWriter {
        var spares = spares
        let segments = reader.segments
        var header = LogSegmentHeader(
            database: database ?? reader.database ?? .random(), epoch: (segments.last?.header.epoch ?? 0) + 1,
            segment: 1, firstSequence: reader.sequence &+ 1, previous: reader.chain)
        if let last = segments.last {
            try makeSure(of: reader)
            // A segment without records is replaced.
            let isEmpty = reader.end?.offset == UInt64(LogFormat.headerByteCount)
            header.segment = isEmpty ? last.header.segment : last.header.segment &+ 1
        }
        if let after, reader.sequence < after {
            // A snapshot has more than the log, whose end was lost with the machine.
            header.firstSequence = after &+ 1
            header.previous = 0
        }
        guard header.segment > 0, header.firstSequence > 0 else {
            throw StrataError(.limitExceeded, "the log has no more segments", path: folder)
        }
        let maker = LogSegmentMaker(folder: folder, fileSystem: fileSystem)
        let segment: ActiveSegment
        do throws(LogSegmentMaker.Failure) {
            segment = try maker.make(header, byteCount: configuration.segmentByteCount, spares.popLast())
        } catch {
            throw error.error
        }
        var closed: [(number: UInt32, last: UInt64, writtenEnd: Int)] = []
        for (index, file) in segments.enumerated() where file.header.segment != header.segment {
            let last = index + 1 < segments.count ? segments[index + 1].header.firstSequence - 1 : reader.sequence
            closed.append((file.header.segment, last, LogFormat.headerByteCount))
        }
        let writer = LogWriter(
            configuration: configuration, header: header, maker: maker, lockFile: lockFile, segment: segment,
            closed: closed, spares: spares)
        if let after { try writer.discard(through: after) }
        return writer
    }

    /// Writes once more, and synchronizes, what its last record does not know to be on stable storage.
    ///
    /// It was read, but from the system's memory perhaps: when a synchronization failed the system takes what it could not
    /// write for written, and shows it until the machine stops.
    private func makeSure(of reader: borrowing LogReader) throws(StrataError) {
        guard let end = reader.end, let path = end.path, end.offset > reader.synchronizedEnd else { return }
        let file = try fileSystem.open(path, .readWrite)
        let size = 256 << 10
        guard let memory = malloc(size) else {
            throw StrataError(
                .limitExceeded, "there is no memory to read the log", path: path, remedy: "free some memory")
        }
        defer { free(memory) }
        var offset = UInt64(reader.synchronizedEnd)
        while offset < end.offset {
            let piece = UnsafeMutableRawBufferPointer(start: memory, count: min(size, Int(end.offset - offset)))
            guard try fileSystem.read(file, into: piece, at: offset) == piece.count else {
                throw .refused("read the log again", path: path, errno: EIO)
            }
            try fileSystem.write(file, UnsafeRawBufferPointer(piece), at: offset)
            offset += UInt64(piece.count)
        }
        try fileSystem.synchronizeData(file)
    }
}
