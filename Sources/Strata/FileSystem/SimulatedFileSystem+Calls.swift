import Glibc

// How calls are done.

extension SimulatedFileSystem {
    enum Call: Equatable {
        /// Changes nothing that a crash could leave.
        case look
        case write
        case change
        /// Of an open file, or of a folder.
        case synchronization(Int32?)
    }

    func locked<Result>(_ body: (inout SimulatedDisk) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&disk)
    }

    /// Makes a call, or what the faults make of it.
    ///
    /// - Parameter body: does it, in part when it is told so. Returns a number that is not negative, or an error number
    ///   with a minus in front.
    func call(_ kind: Call, _ body: (inout SimulatedDisk, _ isShort: Bool) -> Int) -> Int {
        locked { disk in
            let hadPower = disk.faults.hasPower
            switch disk.faults.next() {
            case nil: return body(&disk, false)
            case .shortCall: return body(&disk, true)
            case .interruption: return -Int(EINTR)
            case .failure(let number):
                if case .synchronization(let descriptor?) = kind, let file = disk.handles[descriptor]?.file {
                    disk.files[file]!.loseDirtySectors()
                }
                return -Int(number)
            case .powerLoss:
                // What the call changes is then open, as all is that was not synchronized. Without a history it is half
                // of a write, and nothing else.
                if hadPower, kind == .write || (kind == .change && disk.keepsHistory) {
                    _ = body(&disk, !disk.keepsHistory)
                }
                return -Int(EIO)
            }
        }
    }

    static func read(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ done: Int, at offset: Int, _ isShort: Bool,
        _ disk: SimulatedDisk
    ) -> Int {
        guard let number = disk.handles[descriptor]?.file else { return -Int(EBADF) }
        let bytes = disk.files[number]!.live
        let rest = max(0, min(buffer.count - done, bytes.count - offset))
        let count = isShort ? (rest + 1) / 2 : rest
        guard count > 0 else { return 0 }
        bytes.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]))
        }
        return count
    }

    static func write(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ done: Int, at offset: Int, _ isShort: Bool,
        _ disk: inout SimulatedDisk
    ) -> Int {
        guard let handle = disk.handles[descriptor], handle.isWritable else { return -Int(EBADF) }
        let rest = bytes.count - done
        var count = isShort ? (rest + 1) / 2 : rest
        if disk.capacity != .max {
            let length = disk.files[handle.file]!.live.count
            count = min(count, max(0, length - offset) + disk.room)
            guard count > 0 || rest == 0 else { return -Int(ENOSPC) }
        }
        disk.files[handle.file]!.write(UnsafeRawBufferPointer(rebasing: bytes[done..<(done + count)]), at: offset)
        return count
    }

    /// Puts a file with its name on stable storage, or takes it away.
    static func put(_ bytes: [UInt8]?, _ key: String, _ disk: inout SimulatedDisk) {
        guard let bytes else {
            disk.change(removing: key, adding: nil)
            disk.synchronizeFolder(AtomicFileWriter.folder(of: key))
            return
        }
        if case .file(let number)? = disk.live[key] {
            disk.files[number] = SimulatedFile(bytes, keepsHistory: disk.keepsHistory)
        } else {
            disk.change(removing: nil, adding: (key, .file(disk.makeFile(bytes))))
        }
        disk.synchronizeFolder(AtomicFileWriter.folder(of: key))
    }

    /// The path as the disk knows it: `./x` is `x`, and `x/` is `x`.
    static func key(_ path: String) -> String {
        var key = Substring(path)
        while key.utf8.starts(with: "./".utf8), key.utf8.count > 2 { key = key.dropFirst(2) }
        while key.utf8.last == UInt8(ascii: "/"), key.utf8.count > 1 { key = key.dropLast() }
        return String(key)
    }

    static func wholeKey(_ path: String) throws(StrataError) -> String {
        try SystemCall.requireWholePath(path)
        return key(path)
    }
}
