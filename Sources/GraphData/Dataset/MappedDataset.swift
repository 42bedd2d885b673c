/// A data set file, mapped for reading by as many threads and processes as like.
///
/// Opening checks the header, every offset, every id and every relationship's target, so that no later call can leave
/// the file, however hostile it is. Every accessor takes constant time and allocates nothing; what it returns stays valid
/// as long as this object lives, and rows and ids outside their range are programming errors that trap.
///
/// `@unchecked` because pointers are not `Sendable` by themselves: the bytes are never written while this object lives.
public final class MappedDataset: @unchecked Sendable {
    /// The number of entities: rows are `0 ..< entityCount`.
    public let entityCount: Int
    /// The number of relationships of all entities.
    public let relationshipCount: Int
    /// The number of properties of all entities.
    public let propertyCount: Int
    /// The number of distinct strings: string ids are `0 ..< stringCount`.
    public let stringCount: Int
    /// The number of entities that have an embedding.
    public let embeddingCount: Int
    /// The number of components of each embedding; 0 when no entity has one.
    public let embeddingDimensions: Int
    /// The number of accesses of a trace; 0 for a graph.
    public let accessCount: Int
    /// The file's length in bytes.
    public let byteCount: Int
    /// The hash of the content, from the file's header: equal for equal graphs.
    public let digest: UInt64

    @usableFromInline let embeddings: UnsafePointer<Float>
    @usableFromInline let rows: UnsafePointer<EntityRow>
    @usableFromInline let properties: UnsafePointer<PropertyPair>
    @usableFromInline let relationships: UnsafePointer<RelationshipPair>
    @usableFromInline let stringStarts: UnsafePointer<UInt64>
    @usableFromInline let stringBytes: UnsafePointer<UInt8>
    @usableFromInline let accesses: UnsafePointer<UInt32>
    private let mapping: FileMapping
    private let header: DatasetHeader

    /// Maps and checks the data set `path`: time linear in its entities, lists and strings, not in its embeddings.
    public init(path: String) throws(GraphDataError) {
        let mapping = try FileMapping(path: path)
        let header = try DatasetHeader(decoding: mapping.bytes, path: path)
        let base = mapping.bytes.baseAddress.unsafelyUnwrapped
        func section<Element>(_ section: DatasetLayout.Section, of type: Element.Type) -> UnsafePointer<Element> {
            (base + header.extents[section.rawValue].offset).assumingMemoryBound(to: type)
        }
        self.mapping = mapping
        self.header = header
        entityCount = header.entities
        relationshipCount = header.relationships
        propertyCount = header.properties
        stringCount = header.strings
        embeddingCount = header.embeddings
        embeddingDimensions = header.dimensions
        accessCount = header.accesses
        byteCount = header.fileBytes
        digest = header.digest
        embeddings = section(.embeddings, of: Float.self)
        rows = section(.entities, of: EntityRow.self)
        properties = section(.properties, of: PropertyPair.self)
        relationships = section(.relationships, of: RelationshipPair.self)
        stringStarts = section(.stringStarts, of: UInt64.self)
        stringBytes = section(.stringBytes, of: UInt8.self)
        accesses = section(.accesses, of: UInt32.self)
        try checkRows()
        try checkLists()
        try checkStrings()
        try checkAccesses()
    }

    /// The string id of the type of the entity at `row`.
    @inlinable
    public func type(of row: Int) -> UInt32 { entity(row).pointee.type }

    /// The string id of the name of the entity at `row`, where it has one.
    @inlinable
    public func name(of row: Int) -> UInt32? {
        let name = entity(row).pointee.name
        return name == UInt32.max ? nil : name
    }

    /// The properties of the entity at `row`.
    @inlinable
    public func properties(of row: Int) -> UnsafeBufferPointer<PropertyPair> {
        let entity = entity(row)
        let start = Int(truncatingIfNeeded: entity[0].firstProperty)
        let end = Int(truncatingIfNeeded: entity[1].firstProperty)
        return UnsafeBufferPointer(start: properties + start, count: end &- start)
    }

    /// The outgoing relationships of the entity at `row`.
    @inlinable
    public func relationships(of row: Int) -> UnsafeBufferPointer<RelationshipPair> {
        let entity = entity(row)
        let start = Int(truncatingIfNeeded: entity[0].firstRelationship)
        let end = Int(truncatingIfNeeded: entity[1].firstRelationship)
        return UnsafeBufferPointer(start: relationships + start, count: end &- start)
    }

    /// The embedding of the entity at `row`; empty where it has none.
    @inlinable
    public func embedding(of row: Int) -> UnsafeBufferPointer<Float> {
        let place = entity(row).pointee.embedding
        guard place != UInt32.max else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: embeddings + Int(place) &* embeddingDimensions, count: embeddingDimensions)
    }

    /// The row that access number `place` of the trace asks for.
    @inlinable
    public func access(_ place: Int) -> UInt32 {
        precondition(place >= 0 && place < accessCount, "the trace has no access of this number")
        return accesses[place]
    }

    /// The UTF-8 of a string.
    @inlinable
    public func string(_ id: UInt32) -> UnsafeBufferPointer<UInt8> {
        precondition(Int(id) < stringCount, "no string of the data set has this id")
        let start = Int(truncatingIfNeeded: stringStarts[Int(id)])
        let end = Int(truncatingIfNeeded: stringStarts[Int(id) + 1])
        return UnsafeBufferPointer(start: stringBytes + start, count: end &- start)
    }

    /// A string as text: for people and tests, since it allocates.
    public func text(_ id: UInt32) -> String { String(decoding: string(id), as: UTF8.self) }

    /// Reads every byte and compares it with the hashes in the header, embeddings included.
    ///
    /// - Throws: when a section does not match its hash: the file was damaged after it was written.
    public func verifyContent() throws(GraphDataError) {
        for section in DatasetLayout.Section.allCases {
            let extent = header.extents[section.rawValue]
            let bytes = UnsafeRawBufferPointer(rebasing: mapping.bytes[extent.offset..<extent.offset + extent.length])
            guard ContentDigest.hash(bytes) == extent.hash else {
                throw damage("its section `\(section)` does not match its hash")
            }
        }
    }

    @inlinable
    func entity(_ row: Int) -> UnsafePointer<EntityRow> {
        precondition(row >= 0 && row < entityCount, "no entity of the data set has this row")
        return rows + row
    }
}

extension MappedDataset {
    private func damage(_ what: String) -> GraphDataError {
        GraphDataError("is damaged: \(what); build the data set again", path: mapping.path)
    }

    private func checkRows() throws(GraphDataError) {
        let none = DatasetLayout.none
        var previous = EntityRow(firstRelationship: 0, firstProperty: 0, type: none, name: none, embedding: none)
        for row in 0...entityCount {
            let entity = rows[row]
            guard entity.firstRelationship >= previous.firstRelationship, entity.firstProperty >= previous.firstProperty
            else { throw damage("the lists of entity \(row) begin before those of the one before it") }
            guard row == entityCount || Int(entity.type) < stringCount else {
                throw damage("the type of entity \(row) is no string")
            }
            guard entity.name == none || Int(entity.name) < stringCount else {
                throw damage("the name of entity \(row) is no string")
            }
            guard entity.embedding == none || Int(entity.embedding) < embeddingCount else {
                throw damage("the embedding of entity \(row) lies outside the file")
            }
            previous = entity
        }
        guard rows[0].firstRelationship == 0, rows[0].firstProperty == 0,
            previous.firstRelationship == UInt64(relationshipCount), previous.firstProperty == UInt64(propertyCount)
        else { throw damage("the lists of its entities do not fill their sections") }
    }

    private func checkLists() throws(GraphDataError) {
        for index in 0..<propertyCount {
            let pair = properties[index]
            guard Int(pair.key) < stringCount, Int(pair.value) < stringCount else {
                throw damage("property \(index) names no string")
            }
        }
        for index in 0..<relationshipCount {
            let pair = relationships[index]
            guard Int(pair.type) < stringCount, Int(pair.target) < entityCount else {
                throw damage("relationship \(index) names no string or leads to no entity")
            }
        }
    }

    private func checkAccesses() throws(GraphDataError) {
        for place in 0..<accessCount where Int(accesses[place]) >= entityCount {
            throw damage("access \(place) of its trace asks for no entity")
        }
    }

    private func checkStrings() throws(GraphDataError) {
        var previous: UInt64 = 0
        for id in 0...stringCount {
            guard stringStarts[id] >= previous else { throw damage("string \(id) begins before the one before it") }
            previous = stringStarts[id]
        }
        let length = header.extents[DatasetLayout.Section.stringBytes.rawValue].length
        guard stringStarts[0] == 0, previous == UInt64(length) else {
            throw damage("its strings do not fill their section")
        }
    }
}
