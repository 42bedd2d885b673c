import Glibc
import Synchronization

#if !_endian(little)
    #error("data set files are little-endian and are written as memory holds them")
#endif

/// Writes a graph into one data set file, which `MappedDataset` reads.
///
/// Embeddings and all lists go to disk as they come; only the distinct strings are held in memory. The file appears
/// under its name when `finish` has synchronized it, whole or not at all; a writer that is dropped leaves nothing.
public struct DatasetWriter: ~Copyable, GraphSink {
    private static let serial = Atomic<Int>(0)

    private let path: String
    private let temporary: String
    private var isPublished = false
    private var main: OutputFile
    private var entities: OutputFile
    private var properties: OutputFile
    private var relationships: OutputFile
    private var accesses: OutputFile
    private var strings = StringTable()
    private var header = DatasetHeader()
    private var farthestTarget = (target: UInt32(0), row: 0)
    private var farthestAccess = UInt32(0)

    /// Begins the data set `path`, whose directory must exist; temporary files lie beside it.
    ///
    /// - Parameter embeddingDimensions: the number of components of each embedding, 0 when no entity has one.
    public init(path: String, embeddingDimensions: Int) throws(GraphDataError) {
        guard (0...65_536).contains(embeddingDimensions) else {
            throw GraphDataError("embeddings have 0 to 65,536 dimensions, not \(embeddingDimensions)", path: path)
        }
        let number = Self.serial.wrappingAdd(1, ordering: .relaxed).newValue
        let temporary = "\(path).\(getpid())-\(number).partial"
        let small = 1 << 18
        let entities = try OutputFile(creating: temporary + ".entities", unlinked: true, bufferBytes: small)
        let properties = try OutputFile(creating: temporary + ".properties", unlinked: true, bufferBytes: small)
        let relationships = try OutputFile(creating: temporary + ".relationships", unlinked: true, bufferBytes: small)
        let accesses = try OutputFile(creating: temporary + ".accesses", unlinked: true, bufferBytes: small)
        // The only one with a name comes last: whatever fails above leaves nothing behind. The header's bytes stay in
        // its buffer for now.
        var main = try OutputFile(creating: temporary, unlinked: false)
        try main.append(elements: [UInt8](repeating: 0, count: DatasetLayout.headerBytes))
        main.restartDigest()
        self.path = path
        self.temporary = temporary
        self.entities = entities
        self.properties = properties
        self.relationships = relationships
        self.accesses = accesses
        self.main = main
        header.dimensions = embeddingDimensions
    }

    deinit {
        if !isPublished { unlink(temporary) }
    }

    public mutating func intern(_ utf8: UnsafeBufferPointer<UInt8>) -> UInt32 { strings.intern(utf8) }

    /// Takes the next entity. Constant time for a given record; throws when the record's ids or embedding are wrong,
    /// or the disk refuses.
    public mutating func add(_ record: GraphRecord) throws(GraphDataError) {
        let row = header.entities
        guard row < Int(DatasetLayout.none) - 1 else {
            throw GraphDataError("a data set holds fewer than 2^32 - 1 entities", path: path)
        }
        try check(record, row: row)
        let hasEmbedding = !record.embedding.isEmpty
        try entities.append(
            value: EntityRow(
                firstRelationship: UInt64(header.relationships), firstProperty: UInt64(header.properties),
                type: record.type, name: record.name ?? DatasetLayout.none,
                embedding: hasEmbedding ? UInt32(header.embeddings) : DatasetLayout.none))
        try properties.append(elements: record.properties)
        try relationships.append(elements: record.relationships)
        if hasEmbedding { try main.append(elements: record.embedding) }
        header.entities += 1
        header.properties += record.properties.count
        header.relationships += record.relationships.count
        header.embeddings += hasEmbedding ? 1 : 0
    }

    /// Takes the next access of a trace: a row, which may come later.
    public mutating func access(_ row: UInt32) throws(GraphDataError) {
        try accesses.append(value: row)
        header.accesses += 1
        farthestAccess = max(farthestAccess, row)
    }

    /// Completes the file: sections, header, synchronization, name. Returns the content digest.
    @discardableResult
    public consuming func finish() throws(GraphDataError) -> UInt64 {
        guard header.relationships == 0 || farthestTarget.target < header.entities else {
            throw GraphDataError(
                "a relationship of entity \(farthestTarget.row) leads to entity \(farthestTarget.target), "
                    + "but the graph ends with \(header.entities) entities", path: path)
        }
        guard header.accesses == 0 || farthestAccess < header.entities else {
            throw GraphDataError(
                "the trace asks for entity \(farthestAccess), but there are only \(header.entities) entities",
                path: path)
        }
        try entities.append(
            value: EntityRow(
                firstRelationship: UInt64(header.relationships), firstProperty: UInt64(header.properties),
                type: DatasetLayout.none, name: DatasetLayout.none, embedding: DatasetLayout.none))
        header.strings = strings.count
        try close(.embeddings, at: DatasetLayout.headerBytes)

        var start = try beginSection()
        try main.append(contentsOf: &entities)
        try close(.entities, at: start)

        start = try beginSection()
        try main.append(contentsOf: &properties)
        try close(.properties, at: start)

        start = try beginSection()
        try main.append(contentsOf: &relationships)
        try close(.relationships, at: start)

        start = try beginSection()
        try main.append(elements: strings.starts)
        try close(.stringStarts, at: start)

        start = try beginSection()
        try main.append(elements: strings.bytes)
        try close(.stringBytes, at: start)

        start = try beginSection()
        try main.append(contentsOf: &accesses)
        try close(.accesses, at: start)

        header.fileBytes = main.byteCount
        try main.flush()
        try writeHeader()
        try main.synchronize()
        try publish(temporary, as: path)
        isPublished = true
        return header.digest
    }

    private func writeHeader() throws(GraphDataError) {
        let bytes = header.encoded()
        let outcome: Result<Void, GraphDataError> = bytes.withUnsafeBytes { bytes in
            do throws(GraphDataError) {
                try main.write(bytes, at: 0)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    private mutating func beginSection() throws(GraphDataError) -> Int {
        try main.align(to: DatasetLayout.alignment)
        main.restartDigest()
        return main.byteCount
    }

    private mutating func close(_ section: DatasetLayout.Section, at start: Int) throws(GraphDataError) {
        header.extents[section.rawValue] = DatasetHeader.Extent(
            offset: start, length: main.byteCount - start, hash: main.digest.value)
    }

    private mutating func check(_ record: GraphRecord, row: Int) throws(GraphDataError) {
        guard record.embedding.isEmpty || record.embedding.count == header.dimensions else {
            throw GraphDataError(
                "entity \(row) has an embedding of \(record.embedding.count) components, not \(header.dimensions)",
                path: path)
        }
        let known = UInt32(strings.count)
        guard record.type < known, (record.name ?? 0) < known else {
            throw GraphDataError("entity \(row) has a type or name that was never interned", path: path)
        }
        for pair in record.properties where pair.key >= known || pair.value >= known {
            throw GraphDataError("entity \(row) has a property that was never interned", path: path)
        }
        for pair in record.relationships {
            guard pair.type < known else {
                throw GraphDataError("entity \(row) has a relationship type that was never interned", path: path)
            }
            if pair.target > farthestTarget.target { farthestTarget = (pair.target, row) }
        }
    }
}
