/// How much there is of everything in a snapshot.
struct SnapshotCounts {
    let entities: Int
    let relationships: Int
    let strings: Int
    let properties: Int
    let embeddings: Int
}

/// What stands before a snapshot's first section.
struct SnapshotHead {
    /// The section table, in file order.
    private let entries: [SectionEntry]
    /// The offset of the first section.
    private let coveredStart: Int
    private let counts: SnapshotCounts

    init(_ entries: [SectionEntry], coveredStart: Int, _ counts: SnapshotCounts) {
        self.entries = entries
        self.coveredStart = coveredStart
        self.counts = counts
    }

    /// The file's length.
    private var byteCount: UInt64 { entries[entries.count - 1].offset + entries[entries.count - 1].length }

    /// Header, section table and padding.
    func bytes(rootPage: ArraySlice<UInt64>) -> WorkArray<UInt8> {
        var header = ZeroCopyHeader(
            magic: SnapshotFormat.magic, version: SnapshotFormat.version,
            entityCount: SnapshotFormat.saturated(counts.entities),
            relationshipCount: SnapshotFormat.saturated(counts.relationships),
            stringCount: SnapshotFormat.saturated(counts.strings), totalSize: byteCount,
            entitySectionOffset: offset(of: .entities), relationshipSectionOffset: offset(of: .outRelationships),
            stringSectionOffset: offset(of: .stringOffsets), checksum: 0)
        let head = WorkArray<UInt8>(repeating: 0, count: coveredStart)
        let bytes = UnsafeMutableRawPointer(head.base)
        bytes.storeBytes(of: header, as: ZeroCopyHeader.self)
        let table = bytes + SnapshotFormat.headerByteCount
        table.storeBytes(of: UInt32(entries.count), as: UInt32.self)
        table.storeBytes(of: UInt32(SnapshotFormat.sectionEntryByteCount), toByteOffset: 4, as: UInt32.self)
        for (index, entry) in entries.enumerated() {
            table.storeBytes(
                of: entry,
                toByteOffset: SnapshotFormat.sectionTableHeadByteCount + index * SnapshotFormat.sectionEntryByteCount,
                as: SectionEntry.self)
        }
        header.checksum = rootPage.withUnsafeBytes { ChecksumTree.rootHash(head: head.bytes, rootPage: $0) }
        bytes.storeBytes(of: header, as: ZeroCopyHeader.self)
        return head
    }

    var summary: SnapshotSummary {
        SnapshotSummary(
            byteCount: byteCount, entityCount: counts.entities, relationshipCount: counts.relationships,
            stringCount: counts.strings, propertyCount: counts.properties, embeddingCount: counts.embeddings,
            sections: entries.map { entry in
                SnapshotSummary.Section(
                    kind: SectionKind(rawValue: entry.kind)!, offset: entry.offset, byteCount: entry.length,
                    elementCount: Int(entry.elementCount))
            })
    }

    private func offset(of kind: SectionKind) -> UInt64 {
        entries.first { $0.kind == kind.rawValue }!.offset
    }

    static func tooLong(_ path: String) -> StrataError {
        StrataError(
            .limitExceeded, "the snapshot would be longer than 2^63 bytes", path: path,
            remedy: "write the graph in several snapshots")
    }
}
