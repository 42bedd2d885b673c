/// The sections of a snapshot, in the order in which they lie in a file of the last version.
public enum SectionKind: UInt32, CaseIterable, Sendable, Hashable {
    case entities = 1
    case outOffsets = 2
    case outRelationships = 3
    case inOffsets = 4
    case inRelationships = 5
    case entityTypes = 6
    case relationshipTypes = 7
    case propertyKeys = 20
    case stringOffsets = 8
    case stringBytes = 9
    case symbolTable = 21
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
        case .propertyKeys: "property_keys"
        case .stringOffsets: "string_offsets"
        case .stringBytes: "string_bytes"
        case .symbolTable: "symbol_table"
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

    /// Whether an element of the section may have this length in bytes, in a file of this version. Where it follows from
    /// the counts of other sections, ``SnapshotLayout`` compares it with them.
    func allows(elementSize size: Int, formatVersion: UInt32) -> Bool {
        if let elementByteCount { return size == elementByteCount }
        if self == .embeddings { return size % MemoryLayout<Float>.stride == 0 }
        guard formatVersion == 1 else { return 1...8 ~= size }
        return size == (self == .valuePositions ? MemoryLayout<UInt32>.stride : MemoryLayout<UInt64>.stride)
    }

    /// Whether the section's entry in the table says something in ``SectionEntry/parameter``.
    var hasParameter: Bool {
        switch self {
        case .outRelationships, .inRelationships, .properties, .valuePairs, .stringOffsets: true
        default: false
        }
    }

    /// The largest number of a kind; from 1 on each stands for one.
    static var last: UInt32 { 21 }

    /// Whether a file of this version has the section: each has all that its version knows.
    func exists(inFormatVersion version: UInt32) -> Bool {
        version > 1 || (self != .propertyKeys && self != .symbolTable)
    }

    /// The length of one element in bytes; nil where it is the file's own.
    var elementByteCount: Int? {
        switch self {
        case .entities: MemoryLayout<ZeroCopyEntity>.stride
        case .checksums: MemoryLayout<UInt64>.stride
        case .entityTypes, .relationshipTypes, .propertyKeys, .names, .nameIndex, .embeddingPositions:
            MemoryLayout<UInt32>.stride
        case .stringBytes, .symbolTable: 1
        case .wide: MemoryLayout<WideEntry>.stride
        case .outOffsets, .inOffsets, .stringOffsets, .valueOffsets, .outRelationships, .inRelationships, .properties,
            .valuePairs, .valuePositions, .embeddings:
            nil
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
    /// In sections of pairs the bits of a pair's lower index; in `string_offsets` of coded
    /// strings their count; otherwise zero.
    var parameter: UInt64

    /// The bits of ``flags``.
    struct Flags: OptionSet, Hashable, Sendable, BitwiseCopyable {
        var rawValue: UInt32

        /// In `entities`: the id of every entity is its position, so that no search is needed.
        static let denseIDs = Flags(rawValue: 1 << 0)

        /// In `string_bytes`: the strings are in blocks, ``StringBlock``, and the offsets are those of the blocks.
        static let frontCoded = Flags(rawValue: 1 << 1)
        /// In `string_bytes`, with ``frontCoded``: the blocks are coded with the symbols of `symbol_table`.
        static let symbolCoded = Flags(rawValue: 1 << 2)

        /// The bits that have a meaning in a section; the others are zero.
        static func known(in kind: SectionKind, formatVersion: UInt32) -> Flags {
            switch kind {
            case .entities: .denseIDs
            case .stringBytes where formatVersion > 1: [.frontCoded, .symbolCoded]
            default: []
            }
        }

        /// The mark of a coding in `string_bytes`.
        init(_ coding: StringCoding) {
            self =
                switch coding {
                case .raw: []
                case .front: .frontCoded
                case .frontWithSymbols: [.frontCoded, .symbolCoded]
                }
        }

        init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The coding that `string_bytes` is marked with; nil when the marks contradict each other.
        var stringCoding: StringCoding? { StringCoding.allCases.first { Flags($0) == self } }
    }
}
