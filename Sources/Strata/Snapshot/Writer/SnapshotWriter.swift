/// Writes a graph as a snapshot: one file, complete under its name or not there at all.
///
/// The same graph gives the same bytes, whatever ids its strings have in the source.
public enum SnapshotWriter {
    /// Writes `source` to `path`, in place of a file that is there.
    ///
    /// Takes time linear in the graph's size, apart from sorting the distinct strings, and memory for everything but
    /// the embeddings, and the bytes of strings that are not coded, which are streamed.
    ///
    /// - Parameter bufferByteCount: the bytes that are gathered before they are handed to the file system in one call;
    ///   taken up to whole blocks.
    /// - Throws: `invalidArgument` when the source contradicts itself, `limitExceeded` when it is too large for a
    ///   snapshot, `ioFailure` when the file cannot be written. The file at `path` then is what it was before.
    @discardableResult
    public static func write(
        _ source: borrowing some SnapshotSource & ~Copyable, to path: String,
        fileSystem: some FileSystem = RealFileSystem(),
        bufferByteCount: Int = MemoryConfiguration().zeroCopyBufferSize
    ) throws(StrataError) -> SnapshotSummary {
        try write(source, to: path, fileSystem: fileSystem, limits: .standard, bufferByteCount: bufferByteCount)
    }

    static func write(
        _ source: borrowing some SnapshotSource & ~Copyable, to path: String, fileSystem: some FileSystem,
        limits: SnapshotLimits, coding: StringCoding? = nil,
        bufferByteCount: Int = MemoryConfiguration().zeroCopyBufferSize, form: SnapshotOutput.Form = .whole
    ) throws(StrataError) -> SnapshotSummary {
        SnapshotFormat.assertRelations()
        let graph = try CollectedGraph(source, path: path)
        let strings = try StringDictionary(source, graph.usage, path: path)
        let outgoing = AdjacencyLists(
            outgoing: graph, newIDs: strings.newIDs, typeIndices: strings.indices(in: strings.relationshipTypes))
        let incoming = AdjacencyLists(reversing: outgoing)
        let others = SnapshotFormat.roughByteCount(
            entities: graph.count, relationships: graph.relationships.count, properties: graph.properties.count,
            embeddings: graph.embeddingCount, dimensions: graph.embeddingDimensions)
        let contents = SnapshotContents(
            entities: EntityTable(graph, strings, limits), outgoing: outgoing, incoming: incoming,
            properties: PropertyTables(graph, strings), names: NameTables(graph, strings),
            strings: try CodedStrings(source, strings, coding: coding, besides: others, path: path))
        let plan = try SectionPlan(graph, strings, contents, path: path)

        var stream = try ChecksummedStream(
            path: path, fileSystem: fileSystem, coveredStart: plan.coveredStart, bufferByteCount: bufferByteCount,
            form)
        try stream.pad(to: plan.coveredStart)
        for entry in plan.entries {
            try stream.pad(to: Int(entry.offset))
            try append(entry, to: &stream, source, graph, strings, contents, plan)
            guard stream.offset == Int(entry.offset + entry.length) else {
                throw CollectedGraph.contradiction("it changed while it was written", path)
            }
        }
        let head = plan.head(graph, strings)
        let rootPage = plan.tree.section(leaves: stream.leaves).suffix(plan.tree.rootCount)
        let front = head.bytes(rootPage: rootPage)
        try stream.commit(head: front.bytes)
        extendLifetime(front)
        return head.summary
    }

    /// Appends one section's bytes.
    private static func append(
        _ entry: SectionEntry, to stream: inout ChecksummedStream, _ source: borrowing some SnapshotSource & ~Copyable,
        _ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary,
        _ contents: borrowing SnapshotContents, _ plan: SectionPlan
    ) throws(StrataError) {
        let stride = Int(entry.elementSize)
        switch SectionKind(rawValue: entry.kind)! {
        case .entities: try stream.append(contents.entities.records.bytes)
        case .outOffsets: try stream.append(contents.outgoing.offsets, stride: stride)
        case .outRelationships: try append(contents.outgoing, to: &stream, plan.relationships)
        case .inOffsets: try stream.append(contents.incoming.offsets, stride: stride)
        case .inRelationships: try append(contents.incoming, to: &stream, plan.relationships)
        case .entityTypes: try stream.append(strings.entityTypes.bytes)
        case .relationshipTypes: try stream.append(strings.relationshipTypes.bytes)
        case .propertyKeys: try stream.append(strings.propertyKeys.bytes)
        case .stringOffsets:
            if contents.strings.coding == .raw {
                try stream.append(strings.offsets, stride: stride)
            } else {
                try stream.append(contents.strings.offsets, stride: stride)
            }
        case .stringBytes where contents.strings.coding != .raw:
            try append(contents.strings.bytes, to: &stream)
        case .symbolTable: try append(contents.strings.symbols, to: &stream)
        case .stringBytes:
            for string in 0..<strings.count {
                try stream.append(UnsafeRawBufferPointer(source.utf8(of: strings.oldIDs[string])))
            }
        case .properties: try append(contents.properties.pairs, to: &stream, strings, plan.properties)
        case .names: try stream.append(contents.names.names.bytes)
        case .nameIndex: try stream.append(contents.names.index.bytes)
        case .valuePairs: try append(contents.properties.distinctPairs, to: &stream, strings, plan.properties)
        case .valueOffsets: try stream.append(contents.properties.positionOffsets, stride: stride)
        case .valuePositions: try stream.append(contents.properties.positions, stride: stride)
        case .embeddings:
            for position in 0..<graph.count where graph.flags[position].contains(.hasEmbedding) {
                // A row that has gone makes the section too short, which the caller checks.
                guard let row = source.embedding(at: position) else { break }
                try stream.append(
                    UnsafeRawBufferPointer(UnsafeBufferPointer(start: row, count: graph.embeddingDimensions)))
            }
        case .embeddingPositions:
            guard graph.embeddingCount < graph.count else { break }
            for position in 0..<graph.count where graph.flags[position].contains(.hasEmbedding) {
                try stream.append(UInt32(position))
            }
        case .wide:
            for entry in contents.entities.wide { try stream.append(entry) }
        case .checksums:
            try stream.seal()
            for hash in plan.tree.section(leaves: stream.leaves) { try stream.append(hash) }
        }
    }

    private static func append(_ bytes: [UInt8], to stream: inout ChecksummedStream) throws(StrataError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(StrataError) in
            try stream.append(UnsafeRawBufferPointer(bytes))
        }
    }

    private static func append(
        _ lists: borrowing AdjacencyLists, to stream: inout ChecksummedStream, _ packing: PairPacking
    ) throws(StrataError) {
        // Every number of the lists has its type in the upper half.
        let records = UnsafePointer(lists.records.base)
        try stream.append(count: lists.records.count, stride: packing.stride) {
            packing.number(high: UInt32(records[$0] >> 32), low: UInt32(truncatingIfNeeded: records[$0]))
        }
    }

    private static func append(
        _ pairs: borrowing WorkArray<InternedProperty>, to stream: inout ChecksummedStream,
        _ strings: borrowing StringDictionary, _ packing: PairPacking
    ) throws(StrataError) {
        let keyIndices = strings.indices(in: strings.propertyKeys)
        let (base, keys) = (UnsafePointer(pairs.base), UnsafePointer(keyIndices.base))
        try stream.append(count: pairs.count, stride: packing.stride) {
            packing.number(high: keys[Int(base[$0].key.id)], low: base[$0].value.id)
        }
        // The pointer leads into the indices: they live until here.
        extendLifetime(keyIndices)
    }
}

/// What a snapshot's sections are written from, beside the graph and the strings.
struct SnapshotContents: ~Copyable {
    let entities: EntityTable
    let outgoing: AdjacencyLists
    let incoming: AdjacencyLists
    let properties: PropertyTables
    let names: NameTables
    let strings: CodedStrings
}
