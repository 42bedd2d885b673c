import Glibc

/// How a database is opened: its root, its base, and what the log has beyond.
struct DatabaseOpening {
    let folder: DatabaseFolder
    let configuration: DatabaseConfiguration
    private let types: ConcurrentStringInterner
    private let epochs = EpochManager()

    init(
        path: String, configuration: DatabaseConfiguration, fileSystem: any FileSystem
    ) throws(StrataError) {
        try configuration.validate(path: path)
        folder = DatabaseFolder(path: path, fileSystem: fileSystem)
        self.configuration = configuration
        // Types are few, and one thread at a time adds to them.
        types = try ConcurrentStringInterner(capacity: 64, shards: 1)
    }

    // MARK: - To write

    func open(_ presence: LogPresence) throws(StrataError) -> DatabaseCore {
        try makeFolder(presence)
        if try !folder.hasRoot {
            guard presence != .existing else { throw missing }
            try requireNothingElse()
        }
        let lockFile = try folder.takeLock()
        // Another process may have made it meanwhile.
        let isThere = try folder.hasRoot
        if isThere, presence == .new {
            throw StrataError(
                .alreadyExists, "there is a database already", path: folder.path, remedy: "choose another folder")
        }
        var root = isThere ? try DatabaseRoot(path: folder.root, fileSystem: folder.fileSystem) : nil
        if let root { try folder.removeLeftovers(base: root.base, unfinished: true) }
        var writer = try makeWriter(root)
        let log = try WriteAheadLog(
            folder: folder.log, database: root?.identity, after: root?.sequence ?? 0,
            // Before there is a root, a crash may have left a log that has nothing in it.
            presence: isThere ? .existing : .any, configuration: configuration.log, fileSystem: folder.fileSystem
        ) { (sequence, payload) throws(StrataError) in
            guard isThere else {
                throw StrataError(
                    .corrupted, "the database has a log and no root", path: folder.path,
                    remedy: "restore it from a backup")
            }
            try payload.withUnsafeBytes { (bytes) throws(StrataError) in
                try Self.replay(bytes, sequence, &writer, path: folder.log)
            }
        }
        if root == nil {
            root = DatabaseRoot(identity: log.database)
            try root!.write(to: folder.root, fileSystem: folder.fileSystem)
        }
        return DatabaseCore(
            folder: folder, configuration: configuration, types: types, epochs: epochs, log: log, writer: writer,
            checkpoints: DatabaseCore.Checkpoints(
                root: root!, lastBase: max(root!.base, try folder.largestBase), lockFile: lockFile))
    }

    private func makeFolder(_ presence: LogPresence) throws(StrataError) {
        let fileSystem = folder.fileSystem
        switch try fileSystem.kind(of: folder.path) {
        case .folder: break
        case nil:
            guard presence != .existing else { throw missing }
            try fileSystem.makeFolder(folder.path)
        default:
            throw StrataError(
                .unsupportedFormat, "this is a file, and a database is a folder", path: folder.path,
                remedy: "name the folder of a database")
        }
        // Also when the folder is there: whoever made it may not have come to this.
        if presence != .existing {
            try fileSystem.synchronizeFolder(AtomicFileWriter.folder(of: folder.path))
        }
    }

    /// Refuses to make a database among other files.
    private func requireNothingElse() throws(StrataError) {
        let known = [DatabaseFolder.lockName, DatabaseFolder.logName, DatabaseFolder.rootName]
        for name in try folder.fileSystem.list(folder.path) where !known.contains(name) {
            if name.hasPrefix("."), name.hasSuffix(".strata.tmp") { continue }
            throw StrataError(
                .alreadyExists, "the folder has other files, such as \(name), and no database", path: folder.path,
                remedy: "name an empty folder, or one that is not there yet")
        }
    }

    private var missing: StrataError {
        StrataError(.notFound, "there is no database", path: folder.path, remedy: "check the path")
    }

    // MARK: - To read

    /// The database as it is on stable storage, or a little newer. Another process may be writing to it.
    func openToRead() throws(StrataError) -> DatabaseCore {
        var attempt = 0
        while true {
            let before = try root()
            do throws(StrataError) { return try openToRead(before) } catch {
                // A checkpoint of the writer may have taken away what the root was leading to. And a log that grows while it
                // is read may look damaged: its end was read before a record came that was written behind it.
                attempt += 1
                if error.code == .corrupted, attempt < 4 { continue }
                guard attempt < 10, try root() != before else { throw error }
            }
        }
    }

    private func root() throws(StrataError) -> DatabaseRoot {
        guard try folder.fileSystem.kind(of: folder.path) == .folder, try folder.hasRoot else { throw missing }
        return try DatabaseRoot(path: folder.root, fileSystem: folder.fileSystem)
    }

    private func openToRead(_ root: DatabaseRoot) throws(StrataError) -> DatabaseCore {
        var writer = try makeWriter(root)
        var reader = try LogReader(
            folder: folder.log, after: root.sequence, database: root.identity, fileSystem: folder.fileSystem)
        while try reader.next() {
            let sequence = reader.sequence
            try reader.payload.withUnsafeBytes { (bytes) throws(StrataError) in
                try Self.replay(bytes, sequence, &writer, path: folder.log)
            }
        }
        return DatabaseCore(
            folder: folder, configuration: configuration, types: types, epochs: epochs, log: nil, writer: writer,
            checkpoints: DatabaseCore.Checkpoints(root: root, lastBase: root.base, lockFile: nil))
    }

    // MARK: - Parts

    /// A writer that has what the base has.
    private func makeWriter(_ root: DatabaseRoot?) throws(StrataError) -> DatabaseWriter {
        var base: DatabaseBase?
        if let root, root.base > 0 {
            base = try DatabaseBase(path: folder.base(root.base), types: types, fileSystem: folder.fileSystem)
        }
        let view = DatabaseView(active: try DatabaseDelta(epochs: epochs), frozen: nil, base: base)
        return try DatabaseWriter(
            view: view, types: types, sequence: root?.sequence ?? 0, dimensions: Int(root?.dimensions ?? 0))
    }

    /// Applies a record of the log.
    private static func replay(
        _ bytes: UnsafeRawBufferPointer, _ sequence: UInt64, _ writer: inout DatabaseWriter, path: String
    ) throws(StrataError) {
        func damaged(_ why: String) -> StrataError {
            StrataError(
                .corrupted, "record \(sequence) of the log is no transaction of this database: \(why)", path: path,
                remedy: "restore the database from a backup")
        }
        guard sequence == writer.sequence + 1 else { throw damaged("record \(writer.sequence + 1) should come first") }
        var rest = bytes
        while !rest.isEmpty {
            guard let operation = DatabaseOperation.next(&rest) else { throw damaged("it is not whole") }
            do throws(StrataError) { try writer.apply(operation) } catch {
                // Without memory nothing is said about the record.
                throw error.code == .limitExceeded ? error : damaged(error.message)
            }
        }
        writer.endTransaction()
    }
}
