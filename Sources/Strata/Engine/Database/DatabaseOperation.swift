/// One logical change of a graph as a record of the log has it: a byte for its kind, and then what belongs to it.
///
///     insert     the identifier; the entity's body
///     update     the identifier; bits: 1 another type, 2 another embedding; the type; the count of numbers and the numbers; the
///                count of keys; each key, the count of its values, and these
///     delete     the identifier
///     relate     source, target, type
///     unrelate   source, target, type
///
/// Numbers are 4 bytes, little-endian; a text is its length and its bytes. A record of the log is one transaction: its
/// operations one behind the other.
enum DatabaseOperation {
    enum Kind: UInt8 {
        case insert = 1
        case update, delete, relate, unrelate
    }

    static let changesType: UInt8 = 1
    static let changesEmbedding: UInt8 = 2

    case insert(id: UInt32, body: EntityBody, bytes: UnsafeRawBufferPointer)
    case update(id: UInt32, change: EntityChangeBytes)
    case delete(id: UInt32)
    case relate(source: UInt32, target: UInt32, type: UnsafeBufferPointer<UInt8>)
    case unrelate(source: UInt32, target: UInt32, type: UnsafeBufferPointer<UInt8>)

    /// Reads the operation at the beginning of `bytes`, and takes it away from them; nil when it is not whole.
    static func next(_ bytes: inout UnsafeRawBufferPointer) -> DatabaseOperation? {
        var cursor = ByteCursor(bytes)
        defer { bytes = cursor.rest }
        guard let kind = cursor.byte().flatMap(Kind.init), let id = cursor.number() else { return nil }
        switch kind {
        case .insert:
            guard let (body, byteCount) = EntityBody.check(cursor.rest), let bytes = cursor.take(byteCount) else {
                return nil
            }
            return .insert(id: id, body: body, bytes: bytes)
        case .update:
            guard let change = EntityChangeBytes(&cursor) else { return nil }
            return .update(id: id, change: change)
        case .delete: return .delete(id: id)
        case .relate, .unrelate:
            guard let target = cursor.number(), let type = cursor.text() else { return nil }
            return kind == .relate
                ? .relate(source: id, target: target, type: type) : .unrelate(source: id, target: target, type: type)
        }
    }
}

/// What an update changes, as it lies in a record of the log.
struct EntityChangeBytes {
    struct Property {
        let key: UnsafeBufferPointer<UInt8>
        /// None: the property goes.
        let values: [UnsafeBufferPointer<UInt8>]
    }

    let type: UnsafeBufferPointer<UInt8>?
    /// The bytes of the numbers; none: the embedding goes.
    let embedding: UnsafeRawBufferPointer?
    /// By rising key, each once.
    let properties: [Property]

    fileprivate init?(_ cursor: inout ByteCursor) {
        guard let bits = cursor.byte() else { return nil }
        var type: UnsafeBufferPointer<UInt8>?
        var embedding: UnsafeRawBufferPointer?
        if bits & DatabaseOperation.changesType != 0 {
            type = cursor.text()
            guard type != nil else { return nil }
        }
        if bits & DatabaseOperation.changesEmbedding != 0 {
            guard let count = cursor.number() else { return nil }
            embedding = cursor.take(4 * Int(count))
            guard embedding != nil else { return nil }
        }
        guard let count = cursor.number() else { return nil }
        var properties: [Property] = []
        for _ in 0..<count {
            guard let key = cursor.text(), let valueCount = cursor.number() else { return nil }
            var values: [UnsafeBufferPointer<UInt8>] = []
            for _ in 0..<valueCount {
                guard let value = cursor.text() else { return nil }
                values.append(value)
            }
            if let last = properties.last, !last.key.precedes(key) { return nil }
            properties.append(Property(key: key, values: values))
        }
        self.type = type
        self.embedding = embedding
        self.properties = properties
    }
}

/// Takes numbers and texts off the beginning of bytes; nil where they end too early.
private struct ByteCursor {
    private(set) var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= rest.count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    mutating func byte() -> UInt8? { take(1)?.first }

    mutating func number() -> UInt32? {
        take(4).map { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
    }

    mutating func text() -> UnsafeBufferPointer<UInt8>? {
        guard let count = number(), let bytes = take(Int(count)) else { return nil }
        return UnsafeBufferPointer(start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }
}
