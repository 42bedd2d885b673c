/// The bytes of a data set file, stated once. All numbers are little-endian.
///
/// A header of 256 bytes, then seven sections in the order of `Section`, each at a multiple of 64; the gaps are zero.
///
/// | offset | field |
/// | --- | --- |
/// | 0 | magic, 8 bytes |
/// | 8 | version, UInt32 |
/// | 12 | embedding dimensions, UInt32 |
/// | 16 | file length in bytes, UInt64 |
/// | 24 | entities, UInt64 |
/// | 32 | relationships, UInt64 |
/// | 40 | properties, UInt64 |
/// | 48 | strings, UInt64 |
/// | 56 | embeddings, UInt64 |
/// | 64 | content digest, UInt64: the hash of bytes 24 ..< 64, of the dimensions and of the sections' lengths and hashes; accesses where there are any |
/// | 72 | header checksum, UInt64: the hash of the 256 bytes with this field zero |
/// | 80 | for each section: offset, length in bytes and hash, three UInt64 |
/// | 248 | accesses, UInt64 |
enum DatasetLayout {
    static let magic: UInt64 = 0x5441_4448_5052_4753  // "SGRPHDAT"
    static let version: UInt32 = 2
    static let headerBytes = 256
    static let alignment = 64

    /// The sections, in the order of the file.
    enum Section: Int, CaseIterable {
        /// Embeddings, row after row, `dimensions` Float32 each.
        case embeddings
        /// An `EntityRow` an entity, and one more at the end that closes the last one's lists.
        case entities
        /// `PropertyPair`s, by entity.
        case properties
        /// `RelationshipPair`s, by entity.
        case relationships
        /// Where each string begins in `stringBytes`, UInt64, and at the end the length of all.
        case stringStarts
        /// The strings' UTF-8, without separators.
        case stringBytes
        /// The rows that a trace asks for, UInt32, in its order; empty for a graph.
        case accesses
    }

    enum Field {
        static let magic = 0
        static let version = 8
        static let dimensions = 12
        static let fileBytes = 16
        static let entities = 24
        static let relationships = 32
        static let properties = 40
        static let strings = 48
        static let embeddings = 56
        static let digest = 64
        static let checksum = 72
        static let accesses = 248
        static func section(_ section: Section) -> Int { 80 + 24 * section.rawValue }
    }

    /// No string, or no embedding.
    static let none = UInt32.max
}

/// An entity in the file: 32 bytes. Its lists end where those of the next row begin.
@frozen
@usableFromInline
struct EntityRow: BitwiseCopyable, Sendable {
    /// The number of the first relationship.
    @usableFromInline var firstRelationship: UInt64
    /// The number of the first property.
    @usableFromInline var firstProperty: UInt64
    /// A string id.
    @usableFromInline var type: UInt32
    /// A string id, or `DatasetLayout.none`.
    @usableFromInline var name: UInt32
    /// A row of the embedding section, or `DatasetLayout.none`.
    @usableFromInline var embedding: UInt32
    /// Zero.
    @usableFromInline var padding: UInt32 = 0

    init(firstRelationship: UInt64, firstProperty: UInt64, type: UInt32, name: UInt32, embedding: UInt32) {
        self.firstRelationship = firstRelationship
        self.firstProperty = firstProperty
        self.type = type
        self.name = name
        self.embedding = embedding
    }
}

/// The header as values, and its passage to and from bytes.
struct DatasetHeader: Equatable {
    struct Extent: Equatable {
        var offset = 0
        var length = 0
        var hash: UInt64 = 0
    }

    var dimensions = 0
    var fileBytes = 0
    var entities = 0
    var relationships = 0
    var properties = 0
    var strings = 0
    var embeddings = 0
    var accesses = 0
    var extents = Array(repeating: Extent(), count: DatasetLayout.Section.allCases.count)

    /// The length that a section must have by the counts, or `nil` where only the content tells.
    /// Overflow, possible only in a hostile header, gives -1.
    func expectedLength(_ section: DatasetLayout.Section) -> Int? {
        func product(_ count: Int, _ size: Int, plus extra: Int = 0) -> Int {
            let (sum, sumOverflows) = count.addingReportingOverflow(extra)
            let (bytes, overflows) = sum.multipliedReportingOverflow(by: size)
            return sumOverflows || overflows ? -1 : bytes
        }
        switch section {
        case .embeddings: return product(embeddings, dimensions * MemoryLayout<Float>.size)
        case .entities: return product(entities, MemoryLayout<EntityRow>.size, plus: 1)
        case .properties: return product(properties, MemoryLayout<PropertyPair>.size)
        case .relationships: return product(relationships, MemoryLayout<RelationshipPair>.size)
        case .stringStarts: return product(strings, MemoryLayout<UInt64>.size, plus: 1)
        case .stringBytes: return nil
        case .accesses: return product(accesses, MemoryLayout<UInt32>.size)
        }
    }

    /// The hash of the content: equal for equal graphs, whatever the padding.
    var digest: UInt64 {
        var words = [entities, relationships, properties, strings, embeddings, dimensions].map(UInt64.init)
        if accesses > 0 { words.append(UInt64(accesses)) }
        for section in DatasetLayout.Section.allCases where section != .accesses || accesses > 0 {
            let extent = extents[section.rawValue]
            words += [UInt64(extent.length), extent.hash]
        }
        return words.withUnsafeBytes(ContentDigest.hash)
    }

    /// The 256 bytes of the header.
    func encoded() -> [UInt8] {
        typealias Field = DatasetLayout.Field
        var bytes = [UInt8](repeating: 0, count: DatasetLayout.headerBytes)
        bytes.withUnsafeMutableBytes { bytes in
            func put(_ value: Int, _ offset: Int) {
                bytes.storeBytes(of: UInt64(value), toByteOffset: offset, as: UInt64.self)
            }
            bytes.storeBytes(of: DatasetLayout.magic, toByteOffset: Field.magic, as: UInt64.self)
            bytes.storeBytes(of: DatasetLayout.version, toByteOffset: Field.version, as: UInt32.self)
            bytes.storeBytes(of: UInt32(dimensions), toByteOffset: Field.dimensions, as: UInt32.self)
            put(fileBytes, Field.fileBytes)
            put(entities, Field.entities)
            put(relationships, Field.relationships)
            put(properties, Field.properties)
            put(strings, Field.strings)
            put(embeddings, Field.embeddings)
            put(accesses, Field.accesses)
            bytes.storeBytes(of: digest, toByteOffset: Field.digest, as: UInt64.self)
            for section in DatasetLayout.Section.allCases {
                let extent = extents[section.rawValue]
                let offset = Field.section(section)
                put(extent.offset, offset)
                put(extent.length, offset + 8)
                bytes.storeBytes(of: extent.hash, toByteOffset: offset + 16, as: UInt64.self)
            }
            let checksum = ContentDigest.hash(UnsafeRawBufferPointer(bytes))
            bytes.storeBytes(of: checksum, toByteOffset: Field.checksum, as: UInt64.self)
        }
        return bytes
    }
}
