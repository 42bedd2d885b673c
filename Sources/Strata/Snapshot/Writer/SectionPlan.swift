/// Where everything of a snapshot goes, known before its first byte is written.
struct SectionPlan {
    /// The section table, in file order.
    let entries: [SectionEntry]
    /// The offset of the first section.
    let coveredStart: Int
    let tree: ChecksumTree
    /// How relationships and properties are put into numbers.
    let relationships: PairPacking
    let properties: PairPacking

    /// - Throws: `limitExceeded` when the file would be longer than the machine can address.
    init(
        _ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary,
        _ contents: borrowing SnapshotContents, path: String
    ) throws(StrataError) {
        coveredStart = SnapshotFormat.coveredStart(sectionCount: SectionKind.allCases.count)
        var entries: [SectionEntry] = []
        var tree = ChecksumTree(covered: coveredStart..<coveredStart)
        var end = coveredStart
        relationships = .relationships(entityCount: graph.count, typeCount: strings.relationshipTypes.count)
        properties = .properties(stringCount: strings.count, keyCount: strings.propertyKeys.count)
        for kind in SectionKind.allCases {
            let packing: PairPacking? =
                switch kind {
                case .outRelationships, .inRelationships: relationships
                case .properties, .valuePairs: properties
                default: nil
                }
            var elementSize = Self.elementByteCount(of: kind, graph, strings, contents)
            var parameter = Self.parameter(of: kind, strings, contents)
            if let packing { (elementSize, parameter) = (packing.stride, packing.lowBits) }
            guard let offset = SnapshotFormat.aligned(end) else { throw SnapshotHead.tooLong(path) }
            if kind == .checksums { tree = ChecksumTree(covered: coveredStart..<offset) }
            let count = Self.elementCount(of: kind, graph, strings, contents, tree)
            let (length, overflow) = count.multipliedReportingOverflow(by: elementSize)
            let (next, overflowed) = offset.addingReportingOverflow(length)
            guard !overflow, !overflowed else { throw SnapshotHead.tooLong(path) }
            entries.append(
                SectionEntry(
                    kind: kind.rawValue, version: SnapshotFormat.sectionVersion, offset: UInt64(offset),
                    length: UInt64(length), elementCount: UInt64(count), elementSize: UInt32(elementSize),
                    flags: Self.flags(of: kind, graph, contents),
                    parameter: parameter))
            end = next
        }
        self.entries = entries
        self.tree = tree
    }

    /// What stands before the first section.
    func head(_ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary) -> SnapshotHead {
        SnapshotHead(
            entries, coveredStart: coveredStart,
            SnapshotCounts(
                entities: graph.count, relationships: graph.relationships.count, strings: strings.count,
                properties: graph.properties.count, embeddings: graph.embeddingCount))
    }

    private static func elementCount(
        of kind: SectionKind, _ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary,
        _ contents: borrowing SnapshotContents, _ tree: ChecksumTree
    ) -> Int {
        switch kind {
        case .entities: graph.count
        case .outOffsets, .inOffsets: graph.count + 1
        case .outRelationships, .inRelationships: graph.relationships.count
        case .entityTypes: strings.entityTypes.count
        case .relationshipTypes: strings.relationshipTypes.count
        case .propertyKeys: strings.propertyKeys.count
        case .stringOffsets:
            contents.strings.coding == .raw ? strings.count + 1 : contents.strings.offsets.count
        case .stringBytes: stringByteCount(strings, contents)
        case .symbolTable: contents.strings.symbols.count
        case .properties: graph.properties.count
        case .names: contents.names.names.count
        case .nameIndex: contents.names.index.count
        case .valuePairs: contents.properties.distinctPairs.count
        case .valueOffsets: contents.properties.positionOffsets.count
        case .valuePositions: contents.properties.positions.count
        case .embeddings: graph.embeddingCount
        case .embeddingPositions: graph.embeddingCount < graph.count ? graph.embeddingCount : 0
        case .wide: contents.entities.wide.count
        case .checksums: tree.hashCount
        }
    }

    private static func flags(
        of kind: SectionKind, _ graph: borrowing CollectedGraph, _ contents: borrowing SnapshotContents
    ) -> SectionEntry.Flags {
        switch kind {
        case .entities: graph.isDense ? .denseIDs : []
        case .stringBytes: SectionEntry.Flags(contents.strings.coding)
        default: []
        }
    }

    private static func parameter(
        of kind: SectionKind, _ strings: borrowing StringDictionary, _ contents: borrowing SnapshotContents
    ) -> UInt64 {
        kind == .stringOffsets && contents.strings.coding != .raw ? UInt64(strings.count) : 0
    }

    private static func elementByteCount(
        of kind: SectionKind, _ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary,
        _ contents: borrowing SnapshotContents
    ) -> Int {
        switch kind {
        case .outOffsets, .inOffsets: NumberColumn.stride(largest: UInt64(graph.relationships.count))
        case .stringOffsets: NumberColumn.stride(largest: UInt64(stringByteCount(strings, contents)))
        case .valueOffsets: NumberColumn.stride(largest: UInt64(contents.properties.positions.count))
        case .valuePositions: NumberColumn.stride(largest: UInt64(max(graph.count - 1, 0)))
        case .embeddings: graph.embeddingDimensions * MemoryLayout<Float>.stride
        default: kind.elementByteCount ?? 0
        }
    }

    private static func stringByteCount(
        _ strings: borrowing StringDictionary, _ contents: borrowing SnapshotContents
    ) -> Int {
        contents.strings.coding == .raw ? strings.byteCount : contents.strings.bytes.count
    }
}
