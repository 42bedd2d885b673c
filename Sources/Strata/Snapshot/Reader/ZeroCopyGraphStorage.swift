/// Where each section of a mapped snapshot lies: checked to be inside the file, aligned, and of the right length.
///
/// What is *in* a section is not checked here. Every access first touches the blocks it reads, which checks their
/// bytes once, and then checks each value that it uses as an index. The ``Snapshot`` that holds the storage keeps the
/// mapping alive.
@frozen
public struct ZeroCopyGraphStorage: ~Copyable, @unchecked Sendable {
    // Unchecked: the pointers lead to bytes that are only read.

    public let entityCount: Int
    /// Each relationship counted once.
    public let relationshipCount: Int
    public let stringCount: Int
    /// The pairs of key and value over all entities.
    public let propertyCount: Int
    /// The distinct pairs of key and value.
    public let distinctPropertyCount: Int
    public let entityTypeCount: Int
    public let relationshipTypeCount: Int
    /// The entities with a name.
    public let namedCount: Int
    /// The entities with an embedding, each with its row.
    public let embeddingCount: Int
    /// The numbers in an embedding.
    public let embeddingDimensions: Int
    /// Whether the id of every entity is its position.
    public let hasDenseIDs: Bool
    /// The file's length.
    public let byteCount: Int

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
    @usableFromInline let blocks: BlockVerification

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
        blocks = BlockVerification(
            base: layout.base, tree: layout.tree, checksumsStart: Int(layout.section(.checksums).offset),
            path: layout.path)
    }

    // MARK: - Checked reads

    /// One element of a section, its block checked. `index` is inside the section.
    @inlinable
    func read<Element: BitwiseCopyable>(
        _ section: UnsafePointer<Element>, _ index: Int
    ) throws(StrataError) -> Element {
        try blocks.touch(UnsafeRawPointer(section + index), MemoryLayout<Element>.size)
        return section[index]
    }

    /// Makes sure that elements of a section may be trusted. The range is inside the section.
    @inlinable
    func touch<Element: BitwiseCopyable>(
        _ section: UnsafePointer<Element>, _ range: Range<Int>
    ) throws(StrataError) {
        if range.isEmpty { return }
        try blocks.touch(
            UnsafeRawPointer(section + range.lowerBound), range.count * MemoryLayout<Element>.stride)
    }

    /// Elements `offsets[index]..<offsets[index + 1]`, checked to be in order and at most `count`.
    @inlinable
    func range(
        _ offsets: UnsafePointer<UInt64>, _ index: Int, of count: Int
    ) throws(StrataError) -> Range<Int> {
        try blocks.touch(UnsafeRawPointer(offsets + index), 2 * MemoryLayout<UInt64>.stride)
        let (start, end) = (offsets[index], offsets[index + 1])
        guard start <= end, end <= UInt64(count) else {
            throw damage(
                at: UnsafeRawPointer(offsets + index), "offsets \(start) and \(end) lead out of \(count) elements")
        }
        return Int(start)..<Int(end)
    }

    /// Makes sure that a caller's position is one of an entity.
    @inlinable
    func requirePosition(_ position: Int) throws(StrataError) {
        guard UInt(bitPattern: position) < UInt(bitPattern: entityCount) else {
            throw outOfRange("position", position, entityCount)
        }
    }

    @usableFromInline
    @inline(never)
    func outOfRange(_ what: String, _ value: Int, _ count: Int) -> StrataError {
        StrataError(
            .invalidArgument, "there is no \(what) \(value): the snapshot has \(count)", path: blocks.path,
            remedy: count > 0 ? "use a number from 0 to \(count - 1)" : nil)
    }

    /// A value in the file that contradicts the rest of it.
    @usableFromInline
    @inline(never)
    func damage(at place: UnsafeRawPointer, _ what: @autoclosure () -> String) -> StrataError {
        .damagedSnapshot(what(), path: blocks.path, offset: place - blocks.base)
    }

    /// The value of a field that did not fit the entity's record. O(log n) in the count of such values.
    @usableFromInline
    @inline(never)
    func wideValue(_ position: Int, _ field: UInt32, atMost maximum: Int) throws(StrataError) -> Int {
        let wanted = WideEntry.order(UInt32(position), field)
        var (low, high) = (0, wideCount)
        while low < high {
            let middle = low + (high - low) / 2
            let entry = try read(wide, middle)
            let order = WideEntry.order(entry.position, entry.field)
            if order == wanted {
                guard entry.value <= UInt64(maximum) else {
                    throw damage(at: wide + middle, "the wide value \(entry.value) is over \(maximum)")
                }
                return Int(entry.value)
            }
            if order < wanted { low = middle + 1 } else { high = middle }
        }
        throw damage(
            at: entities + position, "field \(field) of the entity at position \(position) is not in the wide table")
    }
}
