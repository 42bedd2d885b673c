/// What a snapshot's header and section table say: enough to find one's way in the file.
public struct SnapshotInspection: Sendable, Hashable {
    /// A section of the file.
    public struct Section: Sendable, Hashable, Encodable {
        /// The section's name in the format's documentation.
        public let name: String
        /// Where it starts in the file.
        public let offset: UInt64
        /// Its length in bytes, without padding.
        public let length: UInt64
        /// The 64 KiB blocks of the file that it has bytes in.
        public let blocks: UInt64
        /// The count of its elements.
        public let elements: UInt64
        /// The length of one element in bytes.
        public let elementSize: UInt32

        private enum CodingKeys: String, CodingKey {
            case name, offset, length, blocks, elements
            case elementSize = "element_size"
        }
    }

    /// The header as it is in the file.
    public let header: ZeroCopyHeader
    /// The sections in file order.
    public let sections: [Section]

    /// Reads and checks the header and the section table of the snapshot at `path`, and nothing else of it.
    ///
    /// - Throws: as ``Snapshot/init(path:fileSystem:)``.
    public init(path: String, fileSystem: some FileSystem = RealFileSystem()) throws(StrataError) {
        let file = try fileSystem.open(path, .read)
        let mapping = try fileSystem.map(file)
        defer { fileSystem.unmap(mapping) }
        self.init(try SnapshotLayout(mapping.bytes, path: path))
    }

    init(_ layout: SnapshotLayout) {
        header = layout.header
        sections = layout.entries.map { entry in
            let end = entry.offset + entry.length
            let blocks =
                entry.length == 0
                ? 0
                : ((end - 1) >> UInt64(SnapshotFormat.blockShift)) - (entry.offset >> UInt64(SnapshotFormat.blockShift))
                    + 1
            return Section(
                name: SectionKind(rawValue: entry.kind)?.name ?? "kind_\(entry.kind)", offset: entry.offset,
                length: entry.length, blocks: blocks, elements: entry.elementCount, elementSize: entry.elementSize)
        }
    }
}

extension SnapshotInspection: Encodable {
    private enum CodingKeys: String, CodingKey {
        case magic, version, checksum, sections
        case entityCount = "entity_count"
        case relationshipCount = "relationship_count"
        case stringCount = "string_count"
        case totalSize = "total_size"
        case entitySectionOffset = "entity_section_offset"
        case relationshipSectionOffset = "relationship_section_offset"
        case stringSectionOffset = "string_section_offset"
    }

    /// The header's fields by their names in the format's documentation, and `sections`. The checksum is text of 16
    /// hexadecimal digits, since many readers of JSON round large numbers.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        let magic = withUnsafeBytes(of: header.magic) { String(decoding: $0, as: UTF8.self) }
        let digits = String(header.checksum, radix: 16)
        try values.encode(magic, forKey: .magic)
        try values.encode(header.version, forKey: .version)
        try values.encode(header.entityCount, forKey: .entityCount)
        try values.encode(header.relationshipCount, forKey: .relationshipCount)
        try values.encode(header.stringCount, forKey: .stringCount)
        try values.encode(header.totalSize, forKey: .totalSize)
        try values.encode(header.entitySectionOffset, forKey: .entitySectionOffset)
        try values.encode(header.relationshipSectionOffset, forKey: .relationshipSectionOffset)
        try values.encode(header.stringSectionOffset, forKey: .stringSectionOffset)
        try values.encode(String(repeating: "0", count: 16 - digits.count) + digits, forKey: .checksum)
        try values.encode(sections, forKey: .sections)
    }
}
