/// What an entity consists of but its relationships, as bytes: in a record of the log, and in a version in memory.
///
///     0   bytes of the type      4   bytes of the name, or 0xFFFFFFFF for none
///     8   properties             12  numbers of the embedding
///     16  the embedding, 4 bytes a number; then the type; then the name; then each property: bytes of its key, bytes of
///         its value, 4 bytes each, the key, the value
///
/// Little-endian and not aligned. Properties are sorted by the bytes of their keys; the values of one key are in the order
/// in which they were given.
///
/// Invariant: `start` leads to a whole body, which was checked by ``init(checking:)`` or written by ``EntityBodyWriter``, and
/// which lives longer than this.
struct EntityBody: BitwiseCopyable {
    static let headerByteCount = 16
    static let noName = UInt32.max

    let start: UnsafeRawPointer

    @inline(__always)
    init(_ start: UnsafeRawPointer) { self.start = start }

    @inline(__always)
    private func word(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private var typeByteCount: Int { Int(word(0)) }
    var hasName: Bool { word(4) != Self.noName }
    private var nameByteCount: Int { hasName ? Int(word(4)) : 0 }
    var propertyCount: Int { Int(word(8)) }
    var embeddingCount: Int { Int(word(12)) }
    private var typeOffset: Int { Self.headerByteCount + 4 * embeddingCount }

    /// The bytes of the embedding's numbers, at no particular alignment.
    var embeddingBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start + Self.headerByteCount, count: 4 * embeddingCount)
    }

    var embedding: [Float] {
        (0..<embeddingCount).map { Float(bitPattern: word(Self.headerByteCount + 4 * $0)) }
    }

    var type: UnsafeBufferPointer<UInt8> { bytes(typeOffset, typeByteCount) }

    /// The external name; nil when there is none.
    var name: UnsafeBufferPointer<UInt8>? {
        hasName ? bytes(typeOffset + typeByteCount, nameByteCount) : nil
    }

    @inline(__always)
    private func bytes(_ offset: Int, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: (start + offset).assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// A property as it lies in the body.
    struct Property {
        let key: UnsafeBufferPointer<UInt8>
        let value: UnsafeBufferPointer<UInt8>
    }

    /// The properties, one after the other.
    struct Properties: Sequence, IteratorProtocol {
        private let body: EntityBody
        private var offset: Int
        private var left: Int

        fileprivate init(_ body: EntityBody) {
            self.body = body
            offset = body.typeOffset + body.typeByteCount + body.nameByteCount
            left = body.propertyCount
        }

        @inline(__always)
        mutating func next() -> Property? {
            guard left > 0 else { return nil }
            left -= 1
            let (keyCount, valueCount) = (Int(body.word(offset)), Int(body.word(offset + 4)))
            defer { offset += 8 + keyCount + valueCount }
            return Property(
                key: body.bytes(offset + 8, keyCount), value: body.bytes(offset + 8 + keyCount, valueCount))
        }

        /// Where the next property begins.
        fileprivate var position: Int { offset }
    }

    var properties: Properties { Properties(self) }

    /// The body at the beginning of `bytes`, and its length; nil when it is not whole.
    static func check(_ bytes: UnsafeRawBufferPointer) -> (body: EntityBody, byteCount: Int)? {
        guard bytes.count >= headerByteCount, let start = bytes.baseAddress else { return nil }
        let body = EntityBody(start)
        // Sums of a few 32-bit numbers: nothing overflows.
        var end = body.typeOffset + body.typeByteCount + body.nameByteCount
        guard end <= bytes.count else { return nil }
        var left = body.propertyCount
        while left > 0 {
            guard end + 8 <= bytes.count else { return nil }
            end += 8 + Int(body.word(end)) + Int(body.word(end + 4))
            guard end <= bytes.count else { return nil }
            left -= 1
        }
        return (body, end)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether both have the same bytes.
    @inline(__always)
    func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[unchecked: index] { return false }
        return true
    }

    /// Whether these bytes come before the others in the order of a snapshot's strings.
    func precedes(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        lexicographicallyPrecedes(other)
    }

    var text: String { String(decoding: self, as: UTF8.self) }

    /// The bytes as a span, for a call that ends before they do.
    @inline(__always)
    func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(Span(_unsafeElements: self))
    }
}
