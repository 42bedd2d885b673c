/// What is on the disk of a ``SimulatedFileSystem``: files by number, and the names that lead to them.
///
/// Names are apart from bytes, as they are on a disk: a file that was synchronized is gone after a crash when its folder
/// was not, and a name may lead to a file without its bytes. Of the changes to names since their folders were
/// synchronized, a crash leaves any subset. Paths are compared as they are written; a path without a slash is in folder
/// `.`.
struct SimulatedDisk {
    /// What stands at a path.
    enum Entry: Hashable {
        case file(Int)
        case folder
    }

    /// A change to the names that is done whole or not at all.
    struct Change {
        /// What is taken away, then what is put there.
        var removed: String?
        var added: (path: String, entry: Entry)?
        /// The folders that have to be synchronized before the change is sure.
        var folders: Set<String>

        func apply(to names: inout [String: Entry]) {
            if let removed { names[removed] = nil }
            if let added { names[added.path] = added.entry }
        }
    }

    struct Handle {
        let file: Int
        var position = 0
        let isWritable: Bool
    }

    let keepsHistory: Bool
    /// The most bytes that all files have together.
    var capacity = Int.max
    var faults = SimulatedFaults()
    var files: [Int: SimulatedFile] = [:]
    var live: [String: Entry] = [".": .folder, "/": .folder]
    var durable: [String: Entry] = [".": .folder, "/": .folder]
    var changes: [Change] = []
    var handles: [Int32: Handle] = [:]
    private var nextFile = 1
    private var nextHandle: Int32 = 1

    init(keepsHistory: Bool) { self.keepsHistory = keepsHistory }

    /// The bytes that files can still grow by.
    var room: Int { capacity == .max ? .max : max(0, capacity - files.values.reduce(0) { $0 + $1.live.count }) }

    mutating func makeFile(_ bytes: [UInt8] = []) -> Int {
        defer { nextFile += 1 }
        files[nextFile] = SimulatedFile(bytes, keepsHistory: keepsHistory)
        return nextFile
    }

    mutating func open(_ file: Int, writable: Bool) -> Int32 {
        defer { nextHandle += 1 }
        handles[nextHandle] = Handle(file: file, isWritable: writable)
        return nextHandle
    }

    mutating func close(_ descriptor: Int32) {
        guard let handle = handles.removeValue(forKey: descriptor) else { return }
        if files[handle.file]?.lockHolder == descriptor { files[handle.file]!.lockHolder = nil }
        forget(handle.file)
    }

    /// Changes the names, at once for programs and with the next synchronization for good.
    mutating func change(removing removed: String?, adding added: (path: String, entry: Entry)?) {
        var folders: Set<String> = []
        if let removed { folders.insert(AtomicFileWriter.folder(of: removed)) }
        if let added { folders.insert(AtomicFileWriter.folder(of: added.path)) }
        let replaced = [removed, added?.path].compactMap { $0.flatMap { live[$0] } }
        let change = Change(removed: removed, added: added, folders: folders)
        change.apply(to: &live)
        if keepsHistory { changes.append(change) }
        for case .file(let number) in replaced { forget(number) }
    }

    mutating func synchronizeFolder(_ path: String) {
        guard keepsHistory else { return }
        var left: [Change] = []
        for var change in changes {
            change.folders.remove(path)
            if change.folders.isEmpty { change.apply(to: &durable) } else { left.append(change) }
        }
        changes = left
        for number in files.keys { forget(number) }
    }

    /// Lets go of a file that no handle and no name leads to, now or after a crash.
    private mutating func forget(_ number: Int) {
        guard !handles.values.contains(where: { $0.file == number }), !live.values.contains(.file(number)),
            !durable.values.contains(.file(number)), !changes.contains(where: { $0.added?.entry == .file(number) })
        else { return }
        files[number] = nil
    }
}
