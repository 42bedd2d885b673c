/// The counts of a mapped snapshot's sections and the first element of each: checked to be inside the file, aligned, and
/// of the right length.
///
/// It lies behind a pointer, in ``ZeroCopyGraphStorage``: a structure of this size that is a part of another one gets
/// copied as a whole where a call needs one field of it, which was measured to cost more than the call.
@frozen
@usableFromInline
struct SnapshotSections {
    @usableFromInline let entityCount: Int
    @usableFromInline let relationshipCount: Int
    @usableFromInline let stringCount: Int
    @usableFromInline let propertyCount: Int
    @usableFromInline let distinctPropertyCount: Int
    @usableFromInline let entityTypeCount: Int
    @usableFromInline let relationshipTypeCount: Int
    @usableFromInline let namedCount: Int
    @usableFromInline let embeddingCount: Int
    @usableFromInline let embeddingDimensions: Int
    @usableFromInline let hasDenseIDs: Bool
    @usableFromInline let byteCount: Int

    @usableFromInline let entities: UnsafePointer<ZeroCopyEntity>
    @usableFromInline let outOffsets: UnsafePointer<UInt64>
    @usableFromInline let outRelationships: UnsafePointer<ZeroCopyRelationship>
    @usableFromInline let inOffsets: UnsafePointer<UInt64>
    @usableFromInline let inRelationships: UnsafePointer<ZeroCopyRelationship>
    @usableFromInline let entityTypes: UnsafePointer<UInt32>
    @usableFromInline let relationshipTypes: UnsafePointer<UInt32>
    @usableFromInline let stringOffsets: UnsafePointer<UInt64>
    @usableFromInline let stringBytes: UnsafePointer<UInt8>
    @usableFromInline let stringByteCount: Int
    @usableFromInline let properties: UnsafePointer<InternedProperty>
    @usableFromInline let names: UnsafePointer<UInt32>
    @usableFromInline let nameIndex: UnsafePointer<UInt32>
    @usableFromInline let valuePairs: UnsafePointer<InternedProperty>
    @usableFromInline let valueOffsets: UnsafePointer<UInt64>
    @usableFromInline let valuePositions: UnsafePointer<UInt32>
    @usableFromInline let valuePositionCount: Int
    @usableFromInline let embeddings: UnsafePointer<Float>
    @usableFromInline let embeddingPositions: UnsafePointer<UInt32>
    @usableFromInline let wide: UnsafePointer<WideEntry>
    @usableFromInline let wideCount: Int
    @usableFromInline let header: ZeroCopyHeader

    init(_ layout: SnapshotLayout) {
        func start<Element>(_ kind: SectionKind, _ type: Element.Type) -> UnsafePointer<Element> {
            (layout.base + Int(layout.section(kind).offset)).assumingMemoryBound(to: type)
        }
        func count(_ kind: SectionKind) -> Int { Int(layout.section(kind).elementCount) }

        entityCount = count(.entities)
        relationshipCount = count(.outRelationships)
        stringCount = count(.stringOffsets) - 1
        propertyCount = count(.properties)
        distinctPropertyCount = count(.valuePairs)
        entityTypeCount = count(.entityTypes)
        relationshipTypeCount = count(.relationshipTypes)
        namedCount = count(.nameIndex)
        embeddingCount = count(.embeddings)
        embeddingDimensions = Int(layout.section(.embeddings).elementSize) / MemoryLayout<Float>.stride
        hasDenseIDs = layout.section(.entities).flags.contains(.denseIDs)
        byteCount = layout.byteCount
        entities = start(.entities, ZeroCopyEntity.self)
        outOffsets = start(.outOffsets, UInt64.self)
        outRelationships = start(.outRelationships, ZeroCopyRelationship.self)
        inOffsets = start(.inOffsets, UInt64.self)
        inRelationships = start(.inRelationships, ZeroCopyRelationship.self)
        entityTypes = start(.entityTypes, UInt32.self)
        relationshipTypes = start(.relationshipTypes, UInt32.self)
        stringOffsets = start(.stringOffsets, UInt64.self)
        stringBytes = start(.stringBytes, UInt8.self)
        stringByteCount = count(.stringBytes)
        properties = start(.properties, InternedProperty.self)
        names = start(.names, UInt32.self)
        nameIndex = start(.nameIndex, UInt32.self)
        valuePairs = start(.valuePairs, InternedProperty.self)
        valueOffsets = start(.valueOffsets, UInt64.self)
        valuePositions = start(.valuePositions, UInt32.self)
        valuePositionCount = count(.valuePositions)
        embeddings = start(.embeddings, Float.self)
        embeddingPositions = start(.embeddingPositions, UInt32.self)
        wide = start(.wide, WideEntry.self)
        wideCount = count(.wide)
        header = layout.header
    }
}
