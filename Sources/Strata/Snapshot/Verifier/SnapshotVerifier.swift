/// Checks every byte of a snapshot and every rule of its structure.
public enum SnapshotVerifier {
    /// Checks the snapshot at `path`. Linear in the file's length.
    ///
    /// The checksums come first, in file order, then the rules that hold between the values: offsets ascend, lists are
    /// sorted, indices are in range, the reverse relationships are the forward ones, strings are UTF-8, padding is
    /// zero. What passes was written by a correct writer and has not changed since.
    ///
    /// - Returns: the header and the sections of the sound file.
    /// - Throws: `corrupted` with the byte offset of the first damage found; `unsupportedFormat` when the file is not a
    ///   snapshot of this version; `ioFailure` when it cannot be read.
    @discardableResult
    public static func verify(
        _ path: String, fileSystem: some FileSystem = RealFileSystem()
    ) throws(StrataError) -> SnapshotInspection {
        try verify(path, fileSystem: fileSystem, limits: .standard)
    }

    static func verify(
        _ path: String, fileSystem: some FileSystem, limits: SnapshotLimits
    ) throws(StrataError) -> SnapshotInspection {
        let file = try fileSystem.open(path, .read)
        let mapping = try fileSystem.map(file)
        defer { fileSystem.unmap(mapping) }
        let layout = try SnapshotLayout(mapping.bytes, path: path)
        let storage = ZeroCopyGraphStorage(layout)
        try storage.blocks.check(0, through: layout.tree.blockCount - 1)
        try checkPadding(layout)
        let structure = SnapshotStructure(storage, limits)
        try structure.check()
        return SnapshotInspection(layout)
    }

    /// The bytes between the section table and the sections are zero.
    private static func checkPadding(_ layout: SnapshotLayout) throws(StrataError) {
        var end = SnapshotLayout.entryOffset(layout.entries.count)
        for entry in layout.entries {
            for offset in end..<Int(entry.offset)
            where layout.base.load(fromByteOffset: offset, as: UInt8.self) != 0 {
                throw .damagedSnapshot("the padding is not zero", path: layout.path, offset: offset)
            }
            end = Int(entry.offset + entry.length)
        }
    }
}
