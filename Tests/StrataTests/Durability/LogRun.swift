@testable import Strata

/// A thing that is done to a log.
enum LogStep: CaseIterable {
    /// A record of a part of a sector, committed.
    case small
    /// A record of more than a sector, committed.
    case large
    /// A record that waits.
    case waiting
    case startSegment
    /// Lets go of what was acknowledged.
    case discard
    case reopen

    /// All histories of so many steps.
    static func histories(_ count: Int) -> [[LogStep]] {
        count == 0 ? [[]] : histories(count - 1).flatMap { history in allCases.map { history + [$0] } }
    }
}

/// A log beside what it has to have: the model of all tests of crashes and faults.
///
/// Steps may fail; the model then knows what that means. It is the list of the records that were appended, and how many of
/// them, from the first one, were acknowledged.
final class LogRun {
    static let folder = "log"

    let files: any FileSystem
    var configuration = LogConfiguration(segmentByteCount: 1024, spareSegmentCount: 1)
    private(set) var appended: [[UInt8]] = []
    private(set) var acknowledged = 0
    /// What a snapshot has, which the log is then told to let go of.
    private(set) var snapshot = 0
    /// What is wrong, if anything was.
    private(set) var fault: String?
    private(set) var log: WriteAheadLog?
    private(set) var failures = 0

    init(_ files: any FileSystem) { self.files = files }

    /// The bytes of the n-th record: different ones for each.
    static func payload(_ number: Int, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number &* 37 &+ $0 &* 11 &+ 1) }
    }

    func run(_ steps: [LogStep]) {
        open()
        for step in steps { perform(step) }
    }

    func perform(_ step: LogStep) {
        if log == nil, step != .reopen { open() }
        switch step {
        case .small: append(20, commits: true)
        case .large: append(600, commits: true)
        case .waiting: append(40, commits: false)
        case .startSegment: attempt { try log?.startSegment() }
        case .discard:
            snapshot = acknowledged
            attempt { try log?.discard(through: UInt64(snapshot)) }
        case .reopen:
            attempt { try log?.close() }
            open()
        }
    }

    func append(_ count: Int, commits: Bool) {
        guard let log else { return }
        attempt {
            let bytes = Self.payload(appended.count + 1, count: count)
            let sequence = try bytes.withUnsafeBytes { try log.append($0) }
            appended.append(bytes)
            if Int(sequence) != appended.count { fault = "record \(appended.count) got the number \(sequence)" }
            if commits {
                try log.commit(sequence)
                acknowledged = appended.count
            }
        }
    }

    /// Opens the log and compares what it has with the model, which then is what the log has.
    func open() {
        log = nil
        attempt {
            var found: [[UInt8]] = []
            let after = snapshot
            log = try WriteAheadLog(
                folder: Self.folder, after: UInt64(after), configuration: configuration, fileSystem: files
            ) { sequence, payload in
                if Int(sequence) != after + found.count + 1 { fault = "record \(sequence) is not the next one" }
                found.append(payload.withUnsafeBytes(Array.init))
            }
            compare(found)
        }
    }

    private func compare(_ found: [[UInt8]]) {
        let count = snapshot + found.count
        if count < acknowledged { fault = fault ?? "\(acknowledged) records were acknowledged, \(count) are there" }
        if count > appended.count {
            fault = fault ?? "\(appended.count) records were appended, \(count) are there"
        } else if !found.elementsEqual(appended[snapshot..<count]) {
            fault = fault ?? "the records are not those that were appended"
        }
        appended.removeLast(max(0, appended.count - count))
        acknowledged = min(acknowledged, appended.count)
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { failures += 1 }
    }

    /// What was acknowledged without having been brought to stable storage may be lost with the machine.
    func forgetAcknowledgements() { acknowledged = min(acknowledged, snapshot) }

    /// Ends without closing, as a process does that is killed.
    func kill() { log = nil }

    /// Another run over what a crash has left.
    func continued(on left: any FileSystem) -> LogRun {
        let run = LogRun(left)
        run.configuration = configuration
        run.appended = appended
        run.acknowledged = acknowledged
        run.snapshot = snapshot
        return run
    }

    /// What is wrong with the log in a state that a crash has left; nil when nothing is. The log is also written to and
    /// opened once more.
    func problem(after left: any FileSystem) -> String? {
        let next = continued(on: left)
        next.open()
        if next.log == nil { return "it cannot be opened: \(next.openingFailure ?? "")" }
        next.append(30, commits: true)
        next.kill()
        next.open()
        if let fault = next.fault { return fault }
        return next.failures == 0 && next.log != nil ? nil : "it cannot be used: \(next.openingFailure ?? "")"
    }

    private var openingFailure: String? {
        failure {
            var reader = try LogReader(folder: Self.folder, after: UInt64(snapshot), fileSystem: files)
            while try reader.next() {}
        }?.description
    }
}

/// A file system that says that it has synchronized, and has not: what a removed call would do.
final class OmittingFileSystem: FileSystem {
    enum Omitted: CaseIterable { case file, data, folder }

    private let base: SimulatedFileSystem
    private let omitted: Omitted

    init(_ base: SimulatedFileSystem, _ omitted: Omitted) {
        self.base = base
        self.omitted = omitted
    }

    func synchronize(_ file: borrowing OpenFile) throws(StrataError) {
        if omitted != .file { try base.synchronize(file) }
    }
    func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) {
        if omitted != .data { try base.synchronizeData(file) }
    }
    func synchronizeFolder(_ path: String) throws(StrataError) {
        if omitted != .folder { try base.synchronizeFolder(path) }
    }

    func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile { try base.open(path, access) }
    func close(_ descriptor: Int32) { base.close(descriptor) }
    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int { try base.read(file, into: buffer) }
    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int { try base.read(file, into: buffer, at: offset) }
    func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        try base.write(file, bytes)
    }
    func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) { try base.write(file, bytes, at: offset) }
    func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        try base.preallocate(file, byteCount: byteCount)
    }
    func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        try base.truncate(file, to: byteCount)
    }
    func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool { try base.lock(file) }
    func makeFolder(_ path: String) throws(StrataError) { try base.makeFolder(path) }
    func rename(_ path: String, to newPath: String) throws(StrataError) { try base.rename(path, to: newPath) }
    func remove(_ path: String) throws(StrataError) { try base.remove(path) }
    func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 { try base.size(of: file) }
    func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping { try base.map(file) }
    func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        try base.map(pieces, byteCount: byteCount)
    }
    func unmap(_ mapping: FileMapping) { base.unmap(mapping) }
    func list(_ path: String) throws(StrataError) -> [String] { try base.list(path) }
    func kind(of path: String) throws(StrataError) -> FileKind? { try base.kind(of: path) }
}
