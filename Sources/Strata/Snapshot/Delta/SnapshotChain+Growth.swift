/// What was added to a chain.
public struct DeltaSummary: Sendable, Hashable {
    /// The state that was written.
    public let snapshot: SnapshotSummary
    /// The blocks of the state that were written, since they are not those of the state before it.
    public let storedBlockCount: Int
    /// All blocks of the state, 64 KiB each.
    public let blockCount: Int
    /// The deltas over the base afterwards.
    public let linkCount: Int
}

extension SnapshotChain {
    /// The deltas that a chain has at most, unless another limit is given.
    public static let standardLimit = 8

    /// Writes `source` as a delta over the last state of the chain at `path`: only the blocks that are not what they were.
    ///
    /// Where there is no snapshot yet it is written whole. When the chain gets longer than `limit`, it is folded
    /// into its base. One writer at a time; readers may open the chain meanwhile. Cut short at any point, it leaves the old
    /// state or the new one.
    ///
    /// - Parameter limit: the most deltas that stay, 1 to ``DeltaFormat/chainMaximum``: reading costs little more with
    ///   each, and disk space as much as they store.
    /// - Throws: as ``SnapshotWriter/write(_:to:fileSystem:bufferByteCount:)`` and ``init(path:fileSystem:)``.
    /// - Complexity: as writing the whole, and the base is read and compared; what is saved is writing.
    @discardableResult
    public static func append(
        _ source: borrowing some SnapshotSource & ~Copyable, to path: String, limit: Int = Self.standardLimit,
        fileSystem: some FileSystem = RealFileSystem()
    ) throws(StrataError) -> DeltaSummary {
        try append(source, to: path, limit: limit, fileSystem: fileSystem, limits: .standard, coding: nil)
    }

    static func append(
        _ source: borrowing some SnapshotSource & ~Copyable, to path: String, limit: Int,
        fileSystem: some FileSystem, limits: SnapshotLimits, coding: StringCoding?
    ) throws(StrataError) -> DeltaSummary {
        let form = try begin(path, limit: limit, fileSystem)
        let summary = try SnapshotWriter.write(
            source, to: path, fileSystem: fileSystem, limits: limits, coding: coding, form: form)
        return try end(path, summary, limit: limit, fileSystem)
    }

    /// Makes the last state of the chain at `path` its base, and removes the deltas.
    ///
    /// Every block is checked on its way. The base is the same, byte for byte, as if the state had been written whole.
    ///
    /// - Returns: the deltas that there were.
    /// - Throws: `corrupted` when a block is damaged, and as ``init(path:fileSystem:)``; the chain is what it was then.
    @discardableResult
    public static func fold(
        _ path: String, fileSystem: some FileSystem = RealFileSystem()
    ) throws(StrataError) -> Int {
        try fold(try SnapshotChain(path, fileSystem), fileSystem)
    }

    // MARK: - Steps

    /// How the next state is to be written.
    static func begin(
        _ path: String, limit: Int, _ fileSystem: any FileSystem
    ) throws(StrataError) -> SnapshotOutput.Form {
        guard 1...DeltaFormat.chainMaximum ~= limit else {
            throw StrataError(
                .invalidArgument, "a chain of at most \(limit) deltas is not possible", path: path,
                remedy: "use a number from 1 to \(DeltaFormat.chainMaximum)")
        }
        guard try fileSystem.kind(of: path) != nil else {
            if let number = try numbers(of: path, fileSystem).first {
                throw StrataError(
                    .notFound, "the snapshot that \(Self.path(ofDelta: number, over: path)) belongs over is missing",
                    path: path, remedy: "bring it back, or remove the delta")
            }
            return .whole
        }
        let chain = try SnapshotChain(path, fileSystem)
        return .delta(
            over: try ParentState(chain, fileSystem), path: Self.path(ofDelta: chain.nextNumber, over: path))
    }

    /// Folds a chain that got too long, and clears away what a fold left that was cut short.
    static func end(
        _ path: String, _ summary: SnapshotSummary, limit: Int, _ fileSystem: any FileSystem
    ) throws(StrataError) -> DeltaSummary {
        let chain = try SnapshotChain(path, fileSystem)
        let blockCount = DeltaFormat.blockCount(chain.byteCount)
        var linkCount = chain.links.count
        if linkCount > limit {
            try fold(chain, fileSystem)
            linkCount = 0
        } else if !chain.folded.isEmpty {
            try remove(chain.folded, of: path, fileSystem)
        }
        return DeltaSummary(
            snapshot: summary, storedBlockCount: chain.links.last?.blockCount ?? blockCount, blockCount: blockCount,
            linkCount: linkCount)
    }

    @discardableResult
    private static func fold(_ chain: SnapshotChain, _ fileSystem: any FileSystem) throws(StrataError) -> Int {
        if !chain.links.isEmpty {
            let state = try ParentState(chain, fileSystem)
            try state.write(to: chain.path, fileSystem)
        }
        // From here on every delta leads to what the base is, or to a state before it.
        try remove(chain.folded + chain.links, of: chain.path, fileSystem)
        return chain.links.count
    }

    /// Removes deltas that were folded into the base. The last one goes when the others are gone for certain: it is what
    /// tells that they were folded.
    private static func remove(
        _ links: [Link], of path: String, _ fileSystem: any FileSystem
    ) throws(StrataError) {
        guard let last = links.last else { return }
        for link in links.dropLast() { try fileSystem.remove(link.path) }
        let folder = AtomicFileWriter.folder(of: path)
        if links.count > 1 { try fileSystem.synchronizeFolder(folder) }
        try fileSystem.remove(last.path)
        try fileSystem.synchronizeFolder(folder)
    }
}

extension ParentState {
    /// Writes the whole state to a file, each block checked before it goes.
    fileprivate func write(to path: String, _ fileSystem: any FileSystem) throws(StrataError) {
        let layout = try SnapshotLayout(bytes, path: path)
        let storage = ZeroCopyGraphStorage(layout)
        var file = try AtomicFileWriter(path: path, fileSystem: fileSystem)
        var start = 0
        while start < bytes.count {
            let end = min(start + (16 << SnapshotFormat.blockShift), bytes.count)
            let last = min((end - 1) >> SnapshotFormat.blockShift, layout.tree.blockCount - 1)
            try storage.places.pointee.blocks.check(start >> SnapshotFormat.blockShift, through: last)
            try file.write(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end
        }
        try file.commit()
    }
}
