import Glibc

/// A segment of a log as it lies in its folder.
struct LogSegmentFile {
    let path: String
    let byteCount: UInt64
    let header: LogSegmentHeader
    /// The checksum of the header, which goes into those of the segment's records.
    let salt: UInt64

    /// The segments in a folder, in the order of their numbers.
    ///
    /// - Throws: `corrupted` when a header is damaged, one is missing between others, or they are not of one database.
    static func list(
        _ folder: String, database: DatabaseIdentity?, _ fileSystem: any FileSystem
    ) throws(StrataError) -> [LogSegmentFile] {
        var segments: [LogSegmentFile] = []
        for name in try fileSystem.list(folder) {
            guard let number = LogFormat.segmentNumber(name) else { continue }
            let segment = try LogSegmentFile("\(folder)/\(name)", fileSystem)
            try segment.require(number, database, behind: segments.last)
            segments.append(segment)
        }
        return segments
    }

    private init(_ path: String, _ fileSystem: any FileSystem) throws(StrataError) {
        let file = try fileSystem.open(path, .read)
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        var failure: StrataError?
        var decoded: (header: LogSegmentHeader, salt: UInt64)?
        withUnsafeMutableBytes(of: &words) { bytes in
            do throws(StrataError) {
                guard try fileSystem.read(file, into: bytes, at: 0) == LogFormat.headerByteCount else {
                    throw StrataError(
                        .corrupted, "the log's segment ends within its header", path: path, offset: 0,
                        remedy: "restore the log from a backup")
                }
                decoded = try LogSegmentHeader.decode(UnsafeRawBufferPointer(bytes), path: path)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.path = path
        byteCount = try fileSystem.size(of: file)
        (header, salt) = decoded!
    }

    /// Refuses a segment that does not follow the one before.
    private func require(
        _ number: UInt32, _ database: DatabaseIdentity?, behind last: LogSegmentFile?
    ) throws(StrataError) {
        func damaged(_ message: String, _ remedy: String = "restore the log from a backup") -> StrataError {
            StrataError(.corrupted, message, path: path, offset: 0, remedy: remedy)
        }
        guard header.segment == number else {
            throw damaged("the log's segment is number \(header.segment), as its header says", "give it back its name")
        }
        if let expected = database ?? last?.header.database, header.database != expected {
            throw damaged(
                "the log's segment is of database \(header.database), and not of \(expected)",
                "put back the segment that was here")
        }
        guard let last else { return }
        guard number == last.header.segment &+ 1 else {
            throw damaged("the log's segment \(LogFormat.segmentName(number - 1)) in front of this one is missing")
        }
        guard header.epoch >= last.header.epoch, header.firstSequence >= last.header.firstSequence else {
            throw damaged(
                "the log's segment is older than the one in front of it", "put back the segment that was here")
        }
    }
}

/// The segment that records are written to.
struct ActiveSegment {
    let number: UInt32
    let salt: UInt64
    let file: SharedFile
    /// Its length, which is reserved.
    let byteCount: Int
    /// The sequence number of its first record.
    let firstSequence: UInt64
    /// Up to where the disk's blocks were written before it was begun, so that writing them changes no metadata.
    let writtenEnd: Int
}

/// A segment's file that is not needed any more and may be written anew.
struct SpareSegment {
    let path: String
    /// As in ``ActiveSegment``.
    let writtenEnd: Int
}

/// How segments are made.
struct LogSegmentMaker {
    let folder: String
    let fileSystem: any FileSystem

    /// What a failure to make a segment means.
    struct Failure: Error {
        let error: StrataError
        /// Whether the log's folder is as it was, so that it may be tried again.
        let isHarmless: Bool
    }

    func path(_ number: UInt32) -> String { "\(folder)/\(LogFormat.segmentName(number))" }

    /// Makes a segment, which is on stable storage with its name when this returns.
    ///
    /// It is made under another name and renamed when it is whole: a segment that can be seen has a header.
    func make(
        _ header: LogSegmentHeader, byteCount: Int, _ spare: SpareSegment?
    ) throws(Failure) -> ActiveSegment {
        let path = path(header.segment)
        let draft = spare?.path ?? path + LogFormat.newSuffix
        let salt: UInt64
        do throws(StrataError) {
            salt = try prepare(header, draft, byteCount)
        } catch {
            // What a draft is left over from takes its name again, or is removed when the log is opened.
            if spare == nil { try? fileSystem.remove(draft) }
            throw Failure(error: error, isHarmless: true)
        }
        do throws(StrataError) {
            try fileSystem.rename(draft, to: path)
            // Without this the name may be gone after a crash, and all records in the file with it.
            try fileSystem.synchronizeFolder(folder)
            let file = SharedFile(try fileSystem.open(path, .readWrite))
            return ActiveSegment(
                number: header.segment, salt: salt, file: file, byteCount: byteCount,
                firstSequence: header.firstSequence, writtenEnd: spare?.writtenEnd ?? LogFormat.headerByteCount)
        } catch {
            throw Failure(error: error, isHarmless: false)
        }
    }

    private func prepare(
        _ header: LogSegmentHeader, _ draft: String, _ byteCount: Int
    ) throws(StrataError) -> UInt64 {
        let file = try fileSystem.open(draft, .readWrite)
        try fileSystem.preallocate(file, byteCount: UInt64(byteCount))
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        let salt = withUnsafeMutableBytes(of: &words) { header.encode($0) }
        var failure: StrataError?
        withUnsafeBytes(of: &words) { bytes in
            do throws(StrataError) { try fileSystem.write(file, bytes, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
        try fileSystem.synchronize(file)
        return salt
    }
}
