import Strata

/// What makes two subjects' answers comparable: every answer becomes 64 bits, by the same function of the same logical
/// values, whatever form a subject keeps them in.
///
/// Not a cryptographic hash: multiplication folds (as in wyhash) that cost a subject a few nanoseconds an answer.
enum AnswerHash {
    @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = (a ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: b ^ 0xD1B5_4A32_D192_ED03)
        return product.high ^ product.low
    }

    /// A term of a sum, by two folds: one fold of numbers that lie close together is so regular that different pairs of
    /// them add up to the same.
    @inline(__always)
    private static func term(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = (a ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: b ^ 0xD1B5_4A32_D192_ED03)
        return fold(product.high, product.low)
    }

    /// The contribution of the operation at a place of the plan. Contributions are summed, so that their order does not
    /// matter.
    @inline(__always)
    static func operation(_ index: UInt64, _ answer: UInt64) -> UInt64 { term(index &+ 1, answer) }

    /// The answer of an operation whose entity is not there: no identifier, which can be an answer as well.
    static let absent: UInt64 = 0x0BAD_CAFE_0BAD_CAFE

    /// What a scan reads of an entity: its record, and whether it has properties and an embedding.
    @inline(__always)
    static func scanned(entity: UInt64, hasProperties: Bool, hasEmbedding: Bool) -> UInt64 {
        fold(entity, (hasProperties ? 2 : 0) | (hasEmbedding ? 1 : 0))
    }

    /// A text, by its bytes.
    ///
    /// - Complexity: O(bytes / 8).
    @inline(__always)
    static func text(_ utf8: Span<UInt8>) -> UInt64 {
        let bytes = utf8.bytes
        let count = bytes.byteCount
        var hash = UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset &+ 8 <= count {
            hash = fold(hash, bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        var tail: UInt64 = 0
        while offset < count {
            tail = tail &<< 8 | UInt64(utf8[offset])
            offset &+= 1
        }
        return fold(hash, tail)
    }

    @inline(__always)
    static func text(_ text: String) -> UInt64 { Self.text(text.utf8Span.span) }

    /// What a get answers.
    @inline(__always)
    static func entity(id: UInt32, type: UInt64, degree: Int) -> UInt64 {
        fold(UInt64(id) << 32 | UInt64(truncatingIfNeeded: degree), type)
    }

    /// One neighbour; the neighbours of an entity are summed, since stores keep them in different orders.
    @inline(__always)
    static func neighbor(type: UInt64, other: UInt32) -> UInt64 { term(type, UInt64(other)) }

    /// A property, by the hashes of its key and of its values; the properties of an entity are summed.
    @inline(__always)
    static func property(key: UInt64, values: UInt64) -> UInt64 { term(key, values) }

    /// Identifiers in an order that matters.
    static func sequence(_ ids: some Sequence<UInt32>) -> UInt64 {
        ids.reduce(0x5EED) { fold($0, UInt64($1) + 1) }
    }

    /// The number of entities at each distance.
    static func levels(_ levels: [Int]) -> UInt64 { levels.reduce(0x1E7E) { fold($0, UInt64($1) + 1) } }

    /// Identifiers in an order that does not matter.
    static func set(_ ids: some Sequence<UInt32>) -> UInt64 {
        ids.reduce(0) { $0 &+ term(UInt64($1) + 1, 0x5E7) }
    }
}
