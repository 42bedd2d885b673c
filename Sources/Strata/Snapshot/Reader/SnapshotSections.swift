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
    @usableFromInline let propertyKeyCount: Int
    @usableFromInline let namedCount: Int
    @usableFromInline let embeddingCount: Int
    @usableFromInline let embeddingDimensions: Int
    @usableFromInline let hasDenseIDs: Bool
    @usableFromInline let byteCount: Int

    @usableFromInline let entities: UnsafePointer<ZeroCopyEntity>
    @usableFromInline let outOffsets: NumberColumn
    @usableFromInline let outRelationships: RelationshipColumn
    @usableFromInline let inOffsets: NumberColumn
    @usableFromInline let inRelationships: RelationshipColumn
    @usableFromInline let entityTypes: UnsafePointer<UInt32>
    @usableFromInline let relationshipTypes: UnsafePointer<UInt32>
    /// Of no keys where a file of the first version has none.
    @usableFromInline let propertyKeys: UnsafePointer<UInt32>
    @usableFromInline let stringOffsets: NumberColumn
    @usableFromInline let stringBytes: UnsafePointer<UInt8>
    @usableFromInline let stringByteCount: Int
    /// Whether the offsets are those of blocks of strings, not of strings.
    @usableFromInline let hasCodedStrings: Bool
    @usableFromInline let stringBlockCount: Int
    /// Of no bytes where the strings are not coded with symbols.
    @usableFromInline let symbolTable: UnsafePointer<UInt8>
    @usableFromInline let symbolTableByteCount: Int
    @usableFromInline let properties: PropertyColumn
    @usableFromInline let names: UnsafePointer<UInt32>
    @usableFromInline let nameIndex: UnsafePointer<UInt32>
    @usableFromInline let valuePairs: PropertyColumn
    @usableFromInline let valueOffsets: NumberColumn
    @usableFromInline let valuePositions: NumberColumn
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
        func numbers(_ kind: SectionKind) -> NumberColumn {
            let entry = layout.section(kind)
            return NumberColumn(base: layout.base + Int(entry.offset), stride: Int(entry.elementSize))
        }
        let isFirstVersion = layout.header.version == 1
        func relationships(_ kind: SectionKind) -> RelationshipColumn {
            RelationshipColumn(
                numbers(kind), targetBits: isFirstVersion ? 32 : layout.section(kind).parameter)
        }
        func pairs(_ kind: SectionKind) -> PropertyColumn {
            if isFirstVersion { return PropertyColumn(plain: numbers(kind)) }
            return PropertyColumn(
                numbers(kind), keys: start(.propertyKeys, UInt32.self),
                keyCount: Int(layout.section(.propertyKeys).elementCount),
                valueBits: layout.section(kind).parameter)
        }
        func count(_ kind: SectionKind) -> Int { Int(layout.section(kind).elementCount) }

        entityCount = count(.entities)
        relationshipCount = count(.outRelationships)
        stringCount = layout.stringCount
        propertyCount = count(.properties)
        distinctPropertyCount = count(.valuePairs)
        entityTypeCount = count(.entityTypes)
        relationshipTypeCount = count(.relationshipTypes)
        propertyKeyCount = isFirstVersion ? 0 : count(.propertyKeys)
        namedCount = count(.nameIndex)
        embeddingCount = count(.embeddings)
        embeddingDimensions = Int(layout.section(.embeddings).elementSize) / MemoryLayout<Float>.stride
        hasDenseIDs = layout.section(.entities).flags.contains(.denseIDs)
        byteCount = layout.byteCount
        entities = start(.entities, ZeroCopyEntity.self)
        outOffsets = numbers(.outOffsets)
        outRelationships = relationships(.outRelationships)
        inOffsets = numbers(.inOffsets)
        inRelationships = relationships(.inRelationships)
        entityTypes = start(.entityTypes, UInt32.self)
        relationshipTypes = start(.relationshipTypes, UInt32.self)
        propertyKeys = start(isFirstVersion ? .relationshipTypes : .propertyKeys, UInt32.self)
        stringOffsets = numbers(.stringOffsets)
        stringBytes = start(.stringBytes, UInt8.self)
        stringByteCount = count(.stringBytes)
        hasCodedStrings = layout.stringCoding != .raw
        stringBlockCount = hasCodedStrings ? count(.stringOffsets) - 1 : 0
        let hasSymbols = layout.stringCoding == .frontWithSymbols
        symbolTable = start(hasSymbols ? .symbolTable : .stringBytes, UInt8.self)
        symbolTableByteCount = hasSymbols ? count(.symbolTable) : 0
        properties = pairs(.properties)
        names = start(.names, UInt32.self)
        nameIndex = start(.nameIndex, UInt32.self)
        valuePairs = pairs(.valuePairs)
        valueOffsets = numbers(.valueOffsets)
        valuePositions = numbers(.valuePositions)
        valuePositionCount = count(.valuePositions)
        embeddings = start(.embeddings, Float.self)
        embeddingPositions = start(.embeddingPositions, UInt32.self)
        wide = start(.wide, WideEntry.self)
        wideCount = count(.wide)
        header = layout.header
    }
}
