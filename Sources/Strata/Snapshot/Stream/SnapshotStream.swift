/// Writes a graph of any size as a snapshot, in bounded memory.
///
/// ```swift
/// var stream = try SnapshotStream(to: "graph.strata")
/// try stream.entity(1, type: "person", name: "ada")
/// try stream.property("born", "1815")
/// try stream.relationship("knows", to: 2)
/// try stream.entity(2, type: "person", name: "charles")
/// let summary = try stream.finish()
/// ```
///
/// What is told after an entity is the entity's. A relationship may name an entity that is still to come. The file is the
/// same, byte for byte, as the one that ``SnapshotWriter`` writes of the same graph.
///
/// Memory stays below `memoryLimit`, apart from 8 bytes for each 64 KiB of the file and the longest string, whatever the
/// graph's size: what does not fit is put in order in scratch files beside the snapshot, of one to three times its length.
/// They have no names, so that nothing is left of them however the process ends. After a call has thrown, nothing can be
/// written any more: the file at `path` is what it was.
///
/// - Complexity: O(n log n) in the graph's size, with sequential reads and writes only.
public struct SnapshotStream: ~Copyable {
    /// How the entities come.
    public enum EntityOrder: Sendable, Hashable {
        /// By ascending ids.
        case ascending
        /// In any order: they are sorted first. An entity then has to fit in a quarter of the memory.
        case any
    }

    /// The memory that a stream takes unless another limit is given.
    public static let standardMemoryLimit = 64 << 20

    private var log: GraphLog
    private var reordering: EntityReordering?
    private let sections: StreamedSections
    private let space: ScratchSpace
    private let limits: SnapshotLimits
    private let coding: StringCoding?
    private let fileSystem: any FileSystem
    /// The deltas that the chain may have that this is appended to; nil when a whole snapshot is written.
    private let chainLimit: Int?
    private var failure: StrataError?

    /// Begins a snapshot.
    ///
    /// - Parameters:
    ///   - path: the file to write. It appears when all is written, in place of one that is there.
    ///   - embeddingDimensions: the numbers in each embedding; 0 when there are none.
    ///   - memoryLimit: bytes, 8 MiB or more.
    /// - Throws: `invalidArgument` when the memory is too little, `ioFailure` when the folder cannot be written.
    public init(
        to path: String, embeddingDimensions: Int = 0, order: EntityOrder = .ascending,
        memoryLimit: Int = Self.standardMemoryLimit, fileSystem: any FileSystem = RealFileSystem()
    ) throws(StrataError) {
        let memory = try StreamMemory(limit: memoryLimit, path: path)
        try self.init(
            to: path, embeddingDimensions: embeddingDimensions, order: order, memory, fileSystem: fileSystem,
            limits: .standard, coding: nil)
    }

    /// Begins a delta over the last state of the chain at a path: see ``SnapshotChain/append(_:to:limit:fileSystem:)``.
    ///
    /// - Parameters:
    ///   - path: the snapshot that the delta is laid over. Where there is none, a whole one is written.
    ///   - chainLimit: the most deltas that stay, 1 to ``DeltaFormat/chainMaximum``.
    public init(
        appendingTo path: String, chainLimit: Int = SnapshotChain.standardLimit, embeddingDimensions: Int = 0,
        order: EntityOrder = .ascending, memoryLimit: Int = Self.standardMemoryLimit,
        fileSystem: any FileSystem = RealFileSystem()
    ) throws(StrataError) {
        let memory = try StreamMemory(limit: memoryLimit, path: path)
        try self.init(
            to: path, embeddingDimensions: embeddingDimensions, order: order, memory, fileSystem: fileSystem,
            limits: .standard, coding: nil, chainLimit: chainLimit)
    }

    init(
        to path: String, embeddingDimensions: Int, order: EntityOrder, _ memory: StreamMemory,
        fileSystem: any FileSystem, limits: SnapshotLimits, coding: StringCoding?, chainLimit: Int? = nil
    ) throws(StrataError) {
        SnapshotFormat.assertRelations()
        guard 0...Int(UInt32.max) / MemoryLayout<Float>.stride ~= embeddingDimensions else {
            throw StrataError(
                .limitExceeded, "a snapshot cannot hold embeddings of \(embeddingDimensions) numbers", path: path,
                remedy: "write shorter embeddings")
        }
        var form = SnapshotOutput.Form.whole
        if let chainLimit { form = try SnapshotChain.begin(path, limit: chainLimit, fileSystem) }
        let space = ScratchSpace(path: path, fileSystem: fileSystem)
        // The buffer is whole blocks of the snapshot, of which four are as good as sixteen.
        let sections = try StreamedSections(
            path: path, fileSystem: fileSystem, memory, bufferByteCount: 4 * SnapshotFormat.blockByteCount,
            form)
        let log = try GraphLog(dimensions: embeddingDimensions, memory, space)
        let reordering: EntityReordering? = order == .any ? try EntityReordering(memory, space) : nil
        self.space = space
        self.sections = sections
        self.log = log
        self.reordering = reordering
        self.fileSystem = fileSystem
        self.chainLimit = chainLimit
        self.limits = limits
        self.coding = coding
    }

    /// Begins an entity.
    ///
    /// - Throws: `invalidArgument` when the id does not follow the one before it, or a text is not UTF-8; `ioFailure`.
    public mutating func entity(_ id: UInt32, type: Span<UInt8>, name: Span<UInt8>?) throws(StrataError) {
        try requireNoFailure()
        do throws(StrataError) {
            if reordering == nil {
                try log.entity(id, type: type, name: name)
            } else {
                try reordering!.entity(id, type: type, name: name)
            }
        } catch { throw kept(error) }
    }

    /// Gives the entity a property. Values of one key keep their order.
    public mutating func property(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StrataError) {
        try requireNoFailure()
        do throws(StrataError) {
            if reordering == nil {
                try log.property(key, value)
            } else {
                try reordering!.property(key, value)
            }
        } catch { throw kept(error) }
    }

    /// Gives the entity an outgoing relationship to the entity with an id.
    public mutating func relationship(_ type: Span<UInt8>, to target: UInt32) throws(StrataError) {
        try requireNoFailure()
        do throws(StrataError) {
            if reordering == nil {
                try log.relationship(type, to: target)
            } else {
                try reordering!.relationship(type, to: target)
            }
        } catch { throw kept(error) }
    }

    /// Gives the entity its embedding.
    public mutating func embedding(_ numbers: Span<Float>) throws(StrataError) {
        try requireNoFailure()
        do throws(StrataError) {
            try numbers.withUnsafeBufferPointer { (numbers) throws(StrataError) in
                if reordering == nil {
                    try log.embedding(numbers)
                } else {
                    try reordering!.embedding(numbers)
                }
            }
        } catch { throw kept(error) }
    }

    /// Writes the snapshot and makes it permanent under its name.
    ///
    /// - Throws: `invalidArgument` when the graph contradicts itself, `limitExceeded` when it is too large for the memory
    ///   or the format, `ioFailure`. The file at the path then is what it was before, except when bringing its folder
    ///   to stable storage alone failed.
    public consuming func finish() throws(StrataError) -> SnapshotSummary {
        try requireNoFailure()
        if let reordering = reordering.take() { try reordering.replay(into: &log) }
        let (space, chainLimit, fileSystem) = (space, chainLimit, fileSystem)
        let summary = try sections.write(log, limits: limits, coding: coding, space)
        if let chainLimit { _ = try SnapshotChain.end(space.path, summary, limit: chainLimit, fileSystem) }
        return summary
    }

    private func requireNoFailure() throws(StrataError) { if let failure { throw failure } }

    private mutating func kept(_ error: StrataError) -> StrataError {
        failure = error
        return error
    }
}

extension SnapshotStream {
    /// Begins an entity.
    public mutating func entity(_ id: UInt32, type: String, name: String? = nil) throws(StrataError) {
        if let name {
            try entity(id, type: type.utf8Span.span, name: name.utf8Span.span)
        } else {
            try entity(id, type: type.utf8Span.span, name: nil)
        }
    }

    /// Gives the entity a property. Values of one key keep their order.
    public mutating func property(_ key: String, _ value: String) throws(StrataError) {
        try property(key.utf8Span.span, value.utf8Span.span)
    }

    /// Gives the entity an outgoing relationship to the entity with an id.
    public mutating func relationship(_ type: String, to target: UInt32) throws(StrataError) {
        try relationship(type.utf8Span.span, to: target)
    }
}
