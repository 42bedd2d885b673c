/// Writes the sections of a snapshot one behind the other, from scratch files.
struct StreamedSections: ~Copyable {
    private var entries: [SectionEntry] = []
    private var stream: ChecksummedStream
    private let coveredStart: Int
    private let memory: StreamMemory
    private let path: String

    init(
        path: String, fileSystem: any FileSystem, _ memory: StreamMemory, bufferByteCount: Int,
        _ form: SnapshotOutput.Form
    ) throws(StrataError) {
        let coveredStart = SnapshotFormat.coveredStart(sectionCount: SectionKind.allCases.count)
        var stream = try ChecksummedStream(
            path: path, fileSystem: fileSystem, coveredStart: coveredStart, bufferByteCount: bufferByteCount, form)
        try stream.pad(to: coveredStart)
        self.stream = stream
        self.coveredStart = coveredStart
        self.memory = memory
        self.path = path
    }

    /// Writes a whole snapshot.
    consuming func write(
        _ log: consuming GraphLog, limits: SnapshotLimits, coding: StringCoding?, _ space: ScratchSpace
    ) throws(StrataError) -> SnapshotSummary {
        let dimensions = log.dimensions
        let log = try log.finish()
        let counts = log.counts
        let (steps, ids, embeddings) = (log.steps, log.ids, log.embeddings)
        var stringIDs: StringEpochIDs?
        let others = SnapshotFormat.roughByteCount(
            entities: counts.entities, relationships: counts.relationships, properties: counts.properties,
            embeddings: counts.embeddings, dimensions: dimensions)
        let strings = try StreamedDictionary(
            log.strings, coding: coding, besides: others, ids: &stringIDs, memory, space)
        let epochIDs = stringIDs.take()!
        let (typeCount, keyCount) = (Int(epochIDs.counts.relationshipType), Int(epochIDs.counts.propertyKey))
        let shape = GraphReplay.Shape(
            counts: counts, limits: limits,
            relationships: .relationships(entityCount: counts.entities, typeCount: typeCount),
            properties: .properties(stringCount: strings.count, keyCount: keyCount),
            offsetStride: NumberColumn.stride(largest: UInt64(counts.relationships)))

        let room = SortRoom(count: max(memory.runCount, memory.listCount))
        let replay = try GraphReplay(shape, epochIDs, room: room, memory, space)
        try begin(.entities)
        let columns = try replay.run(steps, to: &stream, memory)
        end(elementSize: MemoryLayout<ZeroCopyEntity>.stride, flags: counts.isDense ? .denseIDs : [])

        // Both are sorted before the thread starts, since there is one room to sort in.
        var indices = IndexMerge(
            names: try columns.nameIndex.finish(), values: try columns.values.finish(), shape, memory, space)
        let relationships = try RelationshipMerge(columns.incoming, ids: ids, shape, room: room, memory, space)
        let outRelationships = try columns.outRelationships.finish()

        try section(.outOffsets, columns.outOffsets.finish(), elementSize: shape.offsetStride)
        try section(
            .outRelationships, relationships.outRelationships ?? outRelationships, packing: shape.relationships)
        try section(.inOffsets, relationships.inOffsets, elementSize: shape.offsetStride)
        try section(.inRelationships, relationships.inRelationships, packing: shape.relationships)
        let word = MemoryLayout<UInt32>.stride
        try section(.entityTypes, strings.entityTypes, elementSize: word)
        try section(.relationshipTypes, strings.relationshipTypes, elementSize: word)
        try section(.propertyKeys, strings.propertyKeys, elementSize: word)
        try numbers(
            .stringOffsets, strings.offsets, largest: UInt64(strings.bytes.byteCount),
            parameter: strings.coding == .raw ? 0 : UInt64(strings.count))
        try section(.stringBytes, strings.bytes, elementSize: 1, flags: SectionEntry.Flags(strings.coding))
        try begin(.symbolTable)
        try strings.symbols.withUnsafeBufferPointer { (symbols) throws(StrataError) in
            try stream.append(UnsafeRawBufferPointer(symbols))
        }
        end(elementSize: 1)
        try section(.properties, columns.properties.finish(), packing: shape.properties)
        try section(.names, counts.names > 0 ? columns.names.finish() : nil, elementSize: word)

        let index = try indices.finish()
        try section(.nameIndex, index.names, elementSize: word)
        try section(.valuePairs, index.pairs, packing: shape.properties)
        try numbers(.valueOffsets, index.offsets, largest: UInt64(index.positionCount))
        try section(
            .valuePositions, index.positions,
            elementSize: NumberColumn.stride(largest: UInt64(max(counts.entities - 1, 0))))
        try section(.embeddings, embeddings, elementSize: dimensions * MemoryLayout<Float>.stride)
        let hasPositions = counts.embeddings < counts.entities
        try section(.embeddingPositions, hasPositions ? columns.embeddingPositions.finish() : nil, elementSize: word)
        try section(.wide, columns.wide.finish(), elementSize: MemoryLayout<WideEntry>.stride)
        return try commit(
            SnapshotCounts(
                entities: counts.entities, relationships: counts.relationships, strings: strings.count,
                properties: counts.properties, embeddings: counts.embeddings))
    }

    /// Writes the checksums and the head, and makes the file permanent.
    private consuming func commit(_ counts: SnapshotCounts) throws(StrataError) -> SnapshotSummary {
        try begin(.checksums)
        try stream.seal()
        let tree = ChecksumTree(covered: coveredStart..<stream.offset)
        let hashes = tree.section(leaves: stream.leaves)
        for hash in hashes { try stream.append(hash) }
        end(elementSize: MemoryLayout<UInt64>.stride)
        let head = SnapshotHead(entries, coveredStart: coveredStart, counts)
        let bytes = head.bytes(rootPage: hashes.suffix(tree.rootCount))
        try stream.commit(head: bytes.bytes)
        extendLifetime(bytes)
        return head.summary
    }

    // MARK: - One section

    private mutating func begin(_ kind: SectionKind) throws(StrataError) {
        guard let offset = SnapshotFormat.aligned(stream.offset) else { throw SnapshotHead.tooLong(path) }
        try stream.pad(to: offset)
        entries.append(
            SectionEntry(
                kind: kind.rawValue, version: SnapshotFormat.sectionVersion, offset: UInt64(offset), length: 0,
                elementCount: 0, elementSize: 0, flags: [], parameter: 0))
    }

    private mutating func end(elementSize: Int, flags: SectionEntry.Flags = [], parameter: UInt64 = 0) {
        let last = entries.count - 1
        let length = UInt64(stream.offset) - entries[last].offset
        entries[last].length = length
        entries[last].elementCount = elementSize > 0 ? length / UInt64(elementSize) : 0
        entries[last].elementSize = UInt32(elementSize)
        entries[last].flags = flags
        entries[last].parameter = parameter
    }

    /// A section that is in a scratch file as it is written; nil for an empty one.
    private mutating func section(
        _ kind: SectionKind, _ content: ScratchExtent?, elementSize: Int, flags: SectionEntry.Flags = [],
        parameter: UInt64 = 0
    ) throws(StrataError) {
        try begin(kind)
        if let content {
            var reader = ScratchReader(content, bufferByteCount: memory.bufferByteCount)
            while !reader.isAtEnd { try stream.append(try reader.next()) }
        }
        end(elementSize: elementSize, flags: flags, parameter: parameter)
    }

    private mutating func section(
        _ kind: SectionKind, _ content: ScratchExtent, packing: PairPacking
    ) throws(StrataError) {
        try section(kind, content, elementSize: packing.stride, parameter: packing.lowBits)
    }

    /// A section of numbers that have 8 bytes in the scratch file, and as few as can be in the snapshot.
    private mutating func numbers(
        _ kind: SectionKind, _ content: ScratchExtent, largest: UInt64, parameter: UInt64 = 0
    ) throws(StrataError) {
        try begin(kind)
        let stride = NumberColumn.stride(largest: largest)
        var reader = ScratchReader(content, bufferByteCount: memory.bufferByteCount)
        let pieceCount = 512
        let piece = WorkArray<UInt64>(unsetCount: pieceCount)
        while !reader.isAtEnd {
            var count = 0
            while count < pieceCount, !reader.isAtEnd {
                piece[count] = try reader.read(UInt64.self)
                count += 1
            }
            let base = UnsafePointer(piece.base)
            try stream.append(count: count, stride: stride) { base[$0] }
        }
        end(elementSize: stride, parameter: parameter)
        // The pointer leads into the piece: it lives until here.
        extendLifetime(piece)
    }
}
