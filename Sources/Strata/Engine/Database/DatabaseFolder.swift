/// The files of a database.
struct DatabaseFolder: Sendable {
    let path: String
    let fileSystem: any FileSystem

    static let rootName = "root"
    static let lockName = "lock"
    static let logName = "log"

    var root: String { "\(path)/\(Self.rootName)" }
    var lock: String { "\(path)/\(Self.lockName)" }
    var log: String { "\(path)/\(Self.logName)" }

    /// The file of the base with a number, which is not 0.
    func base(_ number: UInt64) -> String { "\(path)/base-\(number).strata" }

    /// Whether a database is there, or what is left of the making of one.
    var hasRoot: Bool {
        get throws(StrataError) { try fileSystem.kind(of: root) != nil }
    }

    /// The number of a base by its file's name; nil for other files.
    private static func baseNumber(_ name: String) -> UInt64? {
        guard name.hasPrefix("base-"), name.hasSuffix(".strata") else { return nil }
        return UInt64(name.dropFirst(5).dropLast(7))
    }

    /// Removes bases that are not current. Whoever calls it has the database's lock.
    ///
    /// - Parameter unfinished: whether to remove as well what writers that were killed left of files that they had not finished:
    ///   not while a backup may be writing one here.
    func removeLeftovers(base: UInt64, unfinished: Bool) throws(StrataError) {
        for name in try fileSystem.list(path) {
            let isOldBase = Self.baseNumber(name).map { $0 != base } ?? false
            let isUnfinished = unfinished && name.hasPrefix(".") && name.hasSuffix(".strata.tmp")
            if isOldBase || isUnfinished { try fileSystem.remove("\(path)/\(name)") }
        }
    }

    /// The largest number that some base has.
    var largestBase: UInt64 {
        get throws(StrataError) { try fileSystem.list(path).compactMap { Self.baseNumber($0) }.max() ?? 0 }
    }

    /// Takes the lock of the one writer.
    ///
    /// - Throws: `ioFailure` when another has it.
    func takeLock() throws(StrataError) -> SharedFile {
        let file = try fileSystem.open(lock, .readWrite)
        guard try fileSystem.lock(file) else {
            throw StrataError(
                .ioFailure, "another process has the database open to write to it", path: path, errno: 11,
                remedy: "end that process, or open the database only to read")
        }
        return SharedFile(file)
    }
}
