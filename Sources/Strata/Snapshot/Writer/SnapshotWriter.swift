/// Writes a graph as a snapshot: one file, complete under its name or not there at all.
///
/// The same graph gives the same bytes, whatever ids its strings have in the source.
public enum SnapshotWriter {
    /// Writes `source` to `path`, in place of a file that is there.
    ///
    /// Takes time linear in the graph's size, apart from sorting the distinct strings, and memory for everything but
    /// the strings' bytes and the embeddings, which are streamed.
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
        limits: SnapshotLimits, bufferByteCount: Int = MemoryConfiguration().zeroCopyBufferSize
    ) throws(StrataError) -> SnapshotSummary {
        SnapshotFormat.assertRelations()
        let graph = try CollectedGraph(source, path: path)
        let strings = try StringDictionary(source, graph.usage, path: path)
        let outgoing = AdjacencyLists(
            outgoing: graph, newIDs: strings.newIDs, typeIndices: strings.indices(in: strings.relationshipTypes))
        let incoming = AdjacencyLists(reversing: outgoing)
        let contents = SnapshotContents(
            entities: EntityTable(graph, strings, limits), outgoing: outgoing, incoming: incoming,
            properties: PropertyTables(graph, strings), names: NameTables(graph, strings))
        let plan = try SectionPlan(graph, strings, contents, path: path)

        var stream = try ChecksummedStream(
            path: path, fileSystem: fileSystem, coveredStart: plan.coveredStart, bufferByteCount: bufferByteCount)
        try stream.pad(to: plan.coveredStart)
        for entry in plan.entries {
            try stream.pad(to: Int(entry.offset))
            try append(SectionKind(rawValue: entry.kind)!, to: &stream, source, graph, strings, contents, plan.tree)
            guard stream.offset == Int(entry.offset + entry.length) else {
                throw CollectedGraph.contradiction("it changed while it was written", path)
            }
        }
        let head = plan.head(
            graph, strings, rootPage: plan.tree.section(leaves: stream.leaves).suffix(plan.tree.rootCount))
        try stream.commit(head: head.bytes)
        return plan.summary(graph, strings)
    }

    /// Appends one section's bytes.
    private static func append(
        _ kind: SectionKind, to stream: inout ChecksummedStream, _ source: borrowing some SnapshotSource & ~Copyable,
        _ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary,
        _ contents: borrowing SnapshotContents, _ tree: ChecksumTree
    ) throws(StrataError) {
        switch kind {
        case .entities: try stream.append(contents.entities.records.bytes)
        case .outOffsets: try stream.append(contents.outgoing.offsets.bytes)
        case .outRelationships: try stream.append(contents.outgoing.records.bytes)
        case .inOffsets: try stream.append(contents.incoming.offsets.bytes)
        case .inRelationships: try stream.append(contents.incoming.records.bytes)
        case .entityTypes: try stream.append(strings.entityTypes.bytes)
        case .relationshipTypes: try stream.append(strings.relationshipTypes.bytes)
        case .stringOffsets: try stream.append(strings.offsets.bytes)
        case .stringBytes:
            for string in 0..<strings.count {
                try stream.append(UnsafeRawBufferPointer(source.utf8(of: strings.oldIDs[string])))
            }
        case .properties: try stream.append(contents.properties.pairs.bytes)
        case .names: try stream.append(contents.names.names.bytes)
        case .nameIndex: try stream.append(contents.names.index.bytes)
        case .valuePairs: try stream.append(contents.properties.distinctPairs.bytes)
        case .valueOffsets: try stream.append(contents.properties.positionOffsets.bytes)
        case .valuePositions: try stream.append(contents.properties.positions.bytes)
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
            for hash in tree.section(leaves: stream.leaves) { try stream.append(hash) }
        }
    }
}

/// What a snapshot's sections are written from, beside the graph and the strings.
struct SnapshotContents: ~Copyable {
    let entities: EntityTable
    let outgoing: AdjacencyLists
    let incoming: AdjacencyLists
    let properties: PropertyTables
    let names: NameTables
}
