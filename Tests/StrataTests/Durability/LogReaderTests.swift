import Glibc
import Testing

@testable import Strata

@Suite("The log as it is read")
struct LogReaderTests {
    let files = SimulatedFileSystem()
    let database = DatabaseIdentity(high: 1, low: 2)
    static let lengths = [20, 0, 41, 8, 100]

    private func open(
        _ files: SimulatedFileSystem, segmentByteCount: Int = 4096, after: UInt64? = nil, spares: Int = 1,
        database: DatabaseIdentity? = DatabaseIdentity(high: 1, low: 2)
    ) throws -> WriteAheadLog {
        try WriteAheadLog(
            folder: "log", database: database, after: after,
            configuration: LogConfiguration(segmentByteCount: segmentByteCount, spareSegmentCount: spares),
            fileSystem: files
        ) { _, _ in }
    }

    private func append(_ log: WriteAheadLog, _ bytes: [UInt8]) throws -> UInt64 {
        try bytes.withUnsafeBytes { try log.append($0) }
    }

    /// Five records, each committed for itself.
    private func makeLog(_ files: SimulatedFileSystem, close: Bool = true) throws {
        let log = try open(files)
        for (index, count) in Self.lengths.enumerated() {
            try log.commit(try append(log, LogRun.payload(index + 1, count: count)))
        }
        if close { try log.close() }
    }

    /// The places of those records, and the end.
    private var offsets: [Int] {
        Self.lengths.reduce(into: [64]) { $0.append($0.last! + LogFormat.recordByteCount(payload: $1)) }
    }

    private func read(_ files: SimulatedFileSystem, after: UInt64? = nil) throws -> (records: [[UInt8]], end: LogEnd) {
        var records: [[UInt8]] = []
        var reader = try LogReader(folder: "log", after: after, fileSystem: files)
        while try reader.next() {
            #expect(Int(reader.sequence) == Int(after ?? 0) + records.count + 1)
            records.append(reader.payload.withUnsafeBytes(Array.init))
        }
        #expect(try !reader.next())
        return (records, reader.end!)
    }

    @Test func recordsAreReadInOrder() throws {
        for closes in [true, false] {
            let files = SimulatedFileSystem()
            try makeLog(files, close: closes)
            let (records, end) = try read(files)
            #expect(records == Self.lengths.enumerated().map { LogRun.payload($0 + 1, count: $1) })
            #expect(
                end
                    == LogEnd(
                        lastSequence: 5, path: "log/log-0000000001", offset: UInt64(offsets[5]), isTorn: false))
            #expect(files["log/log-0000000001"]!.count == (closes ? offsets[5] : 4096))
            #expect(try read(files, after: 3).records == Array(records[3...]))
            #expect(try read(files, after: 9).records.isEmpty)
        }
    }

    /// Each byte of the file, changed: a damaged header is told; a damaged record too, with its place, when others follow
    /// it; and of the last one nobody can say that it was ever whole.
    @Test func everyChangedByteIsFound() throws {
        try makeLog(files)
        let path = "log/log-0000000001"
        let whole = files[path]!
        let records = try read(files).records
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x10
            files[path] = bytes
            let damaged = offsets.lastIndex { $0 <= index } ?? -1
            if damaged == 4 {
                let (found, end) = try read(files)
                #expect(found == Array(records[..<4]), "byte \(index)")
                #expect(end.offset == UInt64(offsets[4]), "byte \(index)")
            } else {
                let error = failure { try read(files) }
                #expect(error?.code == .corrupted, "byte \(index)")
                #expect(error?.path == path, "byte \(index)")
                #expect(error?.offset == UInt64(damaged < 0 ? 0 : offsets[damaged]), "byte \(index)")
            }
        }
    }

    /// Cut off anywhere it has the records that are whole.
    @Test func everyLengthIsAPrefix() throws {
        try makeLog(files)
        let path = "log/log-0000000001"
        let whole = files[path]!
        let records = try read(files).records
        for length in whole.indices {
            files[path] = Array(whole[..<length])
            if length < 64 {
                #expect(failure { try read(files) }?.code == .corrupted)
                continue
            }
            let count = offsets.lastIndex { $0 <= length }!
            let (found, end) = try read(files)
            #expect(found == Array(records[..<count]), "length \(length)")
            #expect(end.offset == UInt64(offsets[count]))
            #expect(end.isTorn == (length >= offsets[count] + 32), "length \(length)")
        }
    }

    /// Records that were on their way together may arrive in any order: what is missing is then the end, although others
    /// stand behind it. Had it been there when they were written, it would be damage.
    @Test func whatWasOnItsWayIsNoDamage() throws {
        for isSure in [false, true] {
            let files = SimulatedFileSystem()
            let log = try open(files)
            var offset = 64
            for (number, count) in Self.lengths.enumerated() {
                if number == 2 {
                    offset += LogFormat.recordByteCount(payload: 20) + LogFormat.recordByteCount(payload: 0)
                }
                let sequence = try append(log, LogRun.payload(number + 1, count: count))
                if isSure { try log.commit(sequence) }
            }
            try log.synchronize()
            let path = "log/log-0000000001"
            files[path]![offset + 33] ^= 1
            if isSure {
                #expect(failure { try read(files) }?.offset == UInt64(offset))
            } else {
                let (found, end) = try read(files)
                #expect(found.count == 2)
                #expect(end.isTorn)
            }
        }
    }

    @Test func segmentsFollowEachOther() throws {
        let log = try open(files, segmentByteCount: 1024)
        for number in 1...20 { try log.commit(try append(log, LogRun.payload(number, count: 200))) }
        // Longer than a segment is.
        try log.commit(try append(log, LogRun.payload(21, count: 5000)))
        try log.commit(try append(log, LogRun.payload(22, count: 10)))
        let count = log.segmentCount
        #expect(count == 7)
        try log.close()
        let records = try read(files).records
        #expect(records.count == 22)
        #expect(records[20] == LogRun.payload(21, count: 5000))
        #expect(records[21] == LogRun.payload(22, count: 10))
        let contents = files.contents
        for number in 2..<UInt32(count) {
            files["log/\(LogFormat.segmentName(number))"] = nil
            let error = failure { try read(files) }
            #expect(error?.code == .corrupted)
            #expect(
                error?.message == "the log's segment \(LogFormat.segmentName(number)) in front of this one is missing")
            files.contents = contents
        }
        // The first ones may be gone when they are not needed.
        files["log/log-0000000001"] = nil
        #expect(
            failure { try read(files, after: 0) }?.message == "the log begins with record 5, and record 1 is needed")
        #expect(try read(files, after: 4).records == Array(records[4...]))
        // A record that is damaged at the end of a segment has others behind it.
        files.contents = contents
        files["log/log-0000000002"]![64 + 3 * 232 + 40] ^= 1
        let error = failure { try read(files) }
        #expect(error?.description.hasPrefix("log/log-0000000002:760: the log's record 8 is damaged") == true)
    }

    @Test func segmentsOfOthersAreRefused() throws {
        try makeLog(files)
        try open(files).close()
        let path = "log/log-0000000002"
        let other = SimulatedFileSystem()
        do {
            let log = try open(other, segmentByteCount: 1024, database: DatabaseIdentity(high: 7, low: 7))
            for number in 1...8 { try log.commit(try append(log, LogRun.payload(number, count: 200))) }
            try log.close()
        }
        let foreign = other[path]!
        let own = files[path]!
        files[path] = foreign
        #expect(failure { try read(files) }?.message.contains("is of database 0000000000000007") == true)
        files[path] = nil
        files["log/log-0000000001"] = other["log/log-0000000001"]
        let error = failure { try open(files) }
        #expect(error?.message.contains("and not of 00000000000000010000000000000002") == true)
        // Under another number it is not what it was either.
        files["log/log-0000000001"] = own
        #expect(failure { try read(files) }?.message.contains("is number 2") == true)
    }

    /// The records of another segment do not count in this one, though their numbers and their order are right.
    @Test func recordsDoNotMoveBetweenSegments() throws {
        try makeLog(files)
        let other = SimulatedFileSystem()
        do { try open(other, database: DatabaseIdentity(high: 7, low: 7)).close() }
        let path = "log/log-0000000001"
        other[path]! += files[path]![64...]
        #expect(try read(other).records.isEmpty)
        #expect(try read(files).records.count == 5)
    }

    /// A record follows the one that it was written behind, and no other of the same number: here a file is mixed from two
    /// that began alike, as a copy back from a backup may mix them.
    @Test func recordsOfAnotherHistoryDoNotFollow() throws {
        let other = SimulatedFileSystem()
        for (files, first) in [(files, 1), (other, 2)] as [(SimulatedFileSystem, UInt8)] {
            let log = try open(files)
            for value in [first, 3] { try log.commit(try append(log, [UInt8](repeating: value, count: 32))) }
            try log.close()
        }
        let path = "log/log-0000000001"
        #expect(files[path]![..<64] == other[path]![..<64])
        files[path]!.replaceSubrange(128..., with: other[path]![128...])
        let (records, end) = try read(files)
        #expect(records == [[UInt8](repeating: 1, count: 32)])
        #expect(end.offset == 128)
    }

    @Test func aVersionThatIsNotKnownIsRefused() throws {
        try makeLog(files)
        var bytes = files["log/log-0000000001"]!
        bytes[8] = 9
        let checksum = bytes.withUnsafeBytes { LogFormat.checksum(UnsafeRawBufferPointer(rebasing: $0[..<56])) }
        for index in 0..<8 { bytes[56 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index)) }
        files["log/log-0000000001"] = bytes
        #expect(failure { try read(files) }?.code == .unsupportedFormat)
        files["log/log-0000000001"] = [UInt8]("not a log".utf8)
        #expect(failure { try read(files) }?.code == .corrupted)
    }

    /// A segment that is used again has old records behind the new ones, and they stay what they are: nothing.
    @Test func aSegmentUsedAgainRevivesNothing() throws {
        let log = try open(files, segmentByteCount: 1024)
        // Records of one length each stand where others stood.
        for number in 1...45 {
            try log.commit(try append(log, LogRun.payload(number, count: 56)))
            if number % 10 == 0 { try log.discard(through: UInt64(number)) }
            if number == 20 { #expect(files.names.contains { $0.hasSuffix(".spare") }) }
        }
        #expect(log.segmentCount < 4)
        let names = files.names.filter { LogFormat.segmentNumber(String($0.dropFirst(4))) != nil }
        #expect(files[names.last!]!.count == 1024)
        let (records, end) = try read(files, after: 35)
        #expect(records == (36...45).map { LogRun.payload($0, count: 56) })
        #expect(!end.isTorn)
        // There are bytes of older records behind the end.
        #expect(files[names.last!]![Int(end.offset)...].contains { $0 != 0 })
    }

    /// Each opening begins a segment and an epoch; one that was not used is replaced.
    @Test func openingsAreCounted() throws {
        for epoch in 1...3 as ClosedRange<UInt64> {
            let log = try open(files)
            #expect(log.epoch == epoch)
            #expect(log.segmentCount == 1)
            #expect(log.database == database)
            try log.close()
        }
        for epoch in 4...6 as ClosedRange<UInt64> {
            let log = try open(files)
            #expect(log.epoch == epoch)
            #expect(log.segmentCount == Int(epoch) - 3)
            #expect(log.lastSequence == epoch - 4)
            try log.commit(try append(log, [1]))
            try log.startSegment()
            try log.startSegment()
            try log.close()
        }
        let log = try open(files)
        #expect(log.segmentCount == 4)
        try log.startSegment()
        try log.discard(through: 3)
        #expect(log.segmentCount == 1)
        #expect(log.durableSequence == 3)
    }

    /// A snapshot may have more than the log, whose end was not sure yet when the machine stopped.
    @Test func aSnapshotMayBeAhead() throws {
        try makeLog(files)
        do {
            let log = try open(files, after: 9)
            #expect(log.lastSequence == 9)
            #expect(log.segmentCount == 1)
            #expect(try append(log, [1, 2]) == 10)
            try log.close()
        }
        #expect(try read(files, after: 9).records == [[1, 2]])
    }

    /// The same on the operating system's files, with space that is written ahead.
    @Test func onRealFiles() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("log")
        let configuration = LogConfiguration(segmentByteCount: 64 << 10)
        do {
            let log = try WriteAheadLog(folder: path, configuration: configuration) { _, _ in }
            for number in 1...300 {
                let sequence = try append(log, LogRun.payload(number, count: 600))
                if number % 50 == 0 { try log.commit(sequence) }
            }
            #expect(log.segmentCount == 3)
            let error = failure { try WriteAheadLog(folder: path) { _, _ in } }
            #expect(error?.errno == EWOULDBLOCK)
            try log.discard(through: 150)
        }
        #expect(
            try RealFileSystem().list(path) == [
                "log-0000000001.spare", "log-0000000002", "log-0000000003", "log.lock",
            ])
        var count = 150
        let log = try WriteAheadLog(folder: path, after: 150, configuration: configuration) { sequence, payload in
            count += 1
            #expect(payload.withUnsafeBytes(Array.init) == LogRun.payload(Int(sequence), count: 600))
        }
        #expect(count == 300)
        #expect(log.lastSequence == 300)
        try log.close()
    }

    @Test func namesOfSegments() {
        #expect(LogFormat.segmentName(1) == "log-0000000001")
        #expect(LogFormat.segmentName(.max) == "log-4294967295")
        #expect(LogFormat.segmentNumber("log-4294967295") == .max)
        for name in ["log-4294967296", "log-1", "log-0000000001.new", "log-+000000001", "log.lock", "xog-0000000001"] {
            #expect(LogFormat.segmentNumber(name) == nil)
        }
    }
}
