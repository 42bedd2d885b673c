/// A snapshot file, mapped and read in place.
///
/// Opening checks the header, the section table and the root of the checksums, and takes the same time at every size.
/// Every other part of the file is checked once, in blocks of 64 KiB, when a call first touches it: a call that meets
/// damage throws ``StrataError`` of code `corrupted` with the byte offset, and never traps or returns damaged bytes.
///
/// Entities have positions `0..<entityCount`, in ascending order of their ids. Strings are numbers too, in the order
/// of their bytes. Calls allocate nothing; the views they return live as long as the snapshot. Any number of threads
/// may call at once. A position or string id that the caller gives and that is out of range is `invalidArgument`.
@frozen
public struct Snapshot: ~Copyable, Sendable {
    /// The validated places of the sections.
    public let storage: ZeroCopyGraphStorage
    @usableFromInline let file: MappedFile

    /// Ends the mapping with its own life.
    @usableFromInline
    final class MappedFile: Sendable {
        let mapping: FileMapping
        let fileSystem: any FileSystem

        init(_ mapping: FileMapping, _ fileSystem: any FileSystem) {
            self.mapping = mapping
            self.fileSystem = fileSystem
        }

        deinit { fileSystem.unmap(mapping) }
    }

    /// Opens and maps the snapshot at `path`.
    ///
    /// - Throws: `ioFailure` when the file cannot be read, `unsupportedFormat` when it is not a snapshot or of another
    ///   version, `corrupted` when it is cut short or damaged.
    public init(path: String, fileSystem: some FileSystem = RealFileSystem()) throws(StrataError) {
        let file = try fileSystem.open(path, .read)
        let mapped = MappedFile(try fileSystem.map(file), fileSystem)
        let layout = try SnapshotLayout(mapped.mapping.bytes, path: path)
        self.file = mapped
        storage = ZeroCopyGraphStorage(layout)
    }

    @inlinable
    var sections: UnsafePointer<SnapshotSections> { storage.sections }

    /// The header as it is in the file.
    @inlinable
    public var header: ZeroCopyHeader { sections.pointee.header }
    /// The path that it was opened with.
    public var path: String { storage.path }
    /// The count of entities.
    @inlinable
    public var entityCount: Int { storage.entityCount }
    /// The count of relationships, each counted once.
    @inlinable
    public var relationshipCount: Int { storage.relationshipCount }
    /// The count of distinct strings.
    @inlinable
    public var stringCount: Int { storage.stringCount }
    /// The count of pairs of key and value over all entities.
    @inlinable
    public var propertyCount: Int { storage.propertyCount }
    /// The count of entities with an embedding: the rows of the embeddings.
    @inlinable
    public var embeddingCount: Int { storage.embeddingCount }
    /// The numbers in an embedding; 0 when the snapshot was written without.
    @inlinable
    public var embeddingDimensions: Int { storage.embeddingDimensions }
    /// The count of entity types.
    @inlinable
    public var entityTypeCount: Int { storage.entityTypeCount }
    /// The count of relationship types.
    @inlinable
    public var relationshipTypeCount: Int { storage.relationshipTypeCount }
    /// The file's length.
    @inlinable
    public var byteCount: Int { storage.byteCount }
}
