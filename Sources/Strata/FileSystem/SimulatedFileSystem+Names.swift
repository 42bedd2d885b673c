import Glibc

// Calls on names.

extension SimulatedFileSystem {
    public func synchronizeFolder(_ path: String) throws(StrataError) {
        let key = try Self.wholeKey(path)
        try SystemCall.retried("bring the folder to stable storage", path) {
            call(.synchronization(nil)) { disk, _ in
                guard disk.live[key] == .folder else { return -Int(ENOENT) }
                disk.synchronizeFolder(key)
                return 0
            }
        }
    }

    public func rename(_ path: String, to newPath: String) throws(StrataError) {
        let key = try Self.wholeKey(path)
        let newKey = try Self.wholeKey(newPath)
        try SystemCall.retried("give the finished file its name", newPath) {
            call(.change) { disk, _ in
                guard case .file? = disk.live[key], disk.live[AtomicFileWriter.folder(of: newKey)] == .folder else {
                    return -Int(ENOENT)
                }
                guard disk.live[newKey] != .folder else { return -Int(EISDIR) }
                if key != newKey { disk.change(removing: key, adding: (newKey, disk.live[key]!)) }
                return 0
            }
        }
    }

    public func remove(_ path: String) throws(StrataError) {
        let key = try Self.wholeKey(path)
        try SystemCall.retried("remove the file", path) {
            call(.change) { disk, _ in
                switch disk.live[key] {
                case .file: disk.change(removing: key, adding: nil)
                case .folder: return -Int(EISDIR)
                case nil: return -Int(ENOENT)
                }
                return 0
            }
        }
    }

    public func makeFolder(_ path: String) throws(StrataError) {
        let key = try Self.wholeKey(path)
        try SystemCall.retried("make the folder", path) {
            call(.change) { disk, _ in
                guard disk.live[key] == nil else { return -Int(EEXIST) }
                guard disk.live[AtomicFileWriter.folder(of: key)] == .folder else { return -Int(ENOENT) }
                disk.change(removing: nil, adding: (key, .folder))
                return 0
            }
        }
    }

    public func list(_ path: String) throws(StrataError) -> [String] {
        let key = try Self.wholeKey(path)
        var names: [String] = []
        try SystemCall.retried("list the folder", path) {
            call(.look) { disk, _ in
                guard disk.live[key] == .folder else { return -Int(ENOENT) }
                for path in disk.live.keys where path != key && AtomicFileWriter.folder(of: path) == key {
                    let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) }
                    names.append(String(path[(start ?? path.startIndex)...]))
                }
                return 0
            }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    public func kind(of path: String) throws(StrataError) -> FileKind? {
        let key = try Self.wholeKey(path)
        let found = try SystemCall.retried("look at the path", path) {
            call(.look) { disk, _ in disk.live[key].map { $0 == .folder ? 2 : 1 } ?? 0 }
        }
        return found == 0 ? nil : found == 2 ? .folder : .regular
    }
}
