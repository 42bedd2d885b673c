/// The sections of a snapshot, in the order in which they lie in the file.
public enum SectionKind: UInt32, CaseIterable, Sendable, Hashable {
    case entities = 1
    case outOffsets = 2
    case outRelationships = 3
    case inOffsets = 4
    case inRelationships = 5
    case entityTypes = 6
    case relationshipTypes = 7
    case stringOffsets = 8
    case stringBytes = 9
    case properties = 10
    case names = 11
    case nameIndex = 12
    case valuePairs = 13
    case valueOffsets = 14
    case valuePositions = 15
    case embeddings = 16
    case embeddingPositions = 17
    case wide = 18
    case checksums = 19

    /// The section's name in the format's documentation and in messages.
    public var name: String {
        switch self {
        case .entities: "entities"
        case .outOffsets: "out_offsets"
        case .outRelationships: "out_relationships"
        case .inOffsets: "in_offsets"
        case .inRelationships: "in_relationships"
        case .entityTypes: "entity_types"
        case .relationshipTypes: "relationship_types"
        case .stringOffsets: "string_offsets"
        case .stringBytes: "string_bytes"
        case .properties: "properties"
        case .names: "names"
        case .nameIndex: "name_index"
        case .valuePairs: "value_pairs"
        case .valueOffsets: "value_offsets"
        case .valuePositions: "value_positions"
        case .embeddings: "embeddings"
        case .embeddingPositions: "embedding_positions"
        case .wide: "wide"
        case .checksums: "checksums"
        }
    }

    /// The length of one element in bytes; nil for `embeddings`, whose rows have the file's own length.
    var elementByteCount: Int? {
        switch self {
        case .entities: MemoryLayout<ZeroCopyEntity>.stride
        case .outRelationships, .inRelationships: MemoryLayout<ZeroCopyRelationship>.stride
        case .properties, .valuePairs: MemoryLayout<InternedProperty>.stride
        case .outOffsets, .inOffsets, .stringOffsets, .valueOffsets, .checksums: MemoryLayout<UInt64>.stride
        case .entityTypes, .relationshipTypes, .names, .nameIndex, .valuePositions, .embeddingPositions:
            MemoryLayout<UInt32>.stride
        case .stringBytes: 1
        case .wide: MemoryLayout<WideEntry>.stride
        case .embeddings: nil
        }
    }
}

/// One entry of the section table: 48 bytes.
struct SectionEntry: Hashable, Sendable, BitwiseCopyable {
    /// The section's ``SectionKind``, as a number: a newer writer may add kinds.
    var kind: UInt32
    /// The version of the section's layout.
    var version: UInt32
    /// Where the section starts in the file.
    var offset: UInt64
    /// Its length in bytes, without the padding behind it.
    var length: UInt64
    /// The count of its elements.
    var elementCount: UInt64
    /// The length of one element in bytes.
    var elementSize: UInt32
    var flags: Flags
    /// Zero.
    var reserved: UInt64

    /// The bits of ``flags``.
    struct Flags: OptionSet, Hashable, Sendable, BitwiseCopyable {
        var rawValue: UInt32

        /// In `entities`: the id of every entity is its position, so that no search is needed.
        static let denseIDs = Flags(rawValue: 1 << 0)

        /// The bits that have a meaning in a section; the others are zero.
        static func known(in kind: SectionKind) -> Flags { kind == .entities ? .denseIDs : [] }
    }
}
