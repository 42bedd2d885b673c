/// The names that statements share: what stays in memory while their texts go by.
struct TripleTables: ~Copyable {
    /// Names of entities, by row.
    private var names = StringTable()
    /// For each entity its type, as one of `types`; before it has one, `untyped`.
    private var typeOfRow: [UInt32] = []
    private var types = StringTable()
    private let untyped: UInt32
    /// Relationship types and property keys.
    private var keys = StringTable()
    /// The subject of the statement before.
    private var lastSubject: UInt32?
    /// Room for a key that is made of several parts.
    private var composed: [UInt8] = []
    private let typePredicate = Array(NTriplesSource.typePredicate.utf8)
    private let stringDatatype = Array(NTriplesSource.stringDatatype.utf8)

    /// What is behind the predicate in a key.
    private enum Tag: String {
        case none = ""
        case language = "@"
        case datatype = "^^"
    }

    /// Set in the key of a spooled statement whose object is an entity.
    private static let isRelationship: UInt32 = 1 << 31
    private static let at = UInt8(ascii: "@")
    private static var noText: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: nil, count: 0) }

    init() {
        var word = NTriplesSource.untyped
        var types = StringTable()
        untyped = word.withUTF8 { types.intern($0) }
        self.types = types
    }

    /// Puts the reader's statement aside, under the row of its subject.
    mutating func take(
        _ reader: borrowing NTriplesReader, _ spool: inout RowSpool, _ summary: inout TextImportSummary
    ) throws(GraphDataError) {
        let triple = reader.triple
        let predicate = reader.text(triple.predicate)
        let subject = try subject(reader.text(triple.subject), reader)
        switch triple.object {
        case .entity(let object):
            if Self.isEqual(predicate, typePredicate), isType(reader.text(object), of: Int(subject)) { return }
            let record = SpooledRelationship(
                type: try key(predicate, .none, Self.noText, reader) | Self.isRelationship,
                target: try row(reader.text(object), reader))
            try record.append(to: &spool, row: subject)
            summary.relationships += 1
        case .plain(let text):
            let key = try key(predicate, Self.plainTag(predicate), Self.noText, reader)
            try Self.append(key, reader.text(text), to: &spool, row: subject)
        case .tagged(let text, let language):
            let key = try key(predicate, .language, reader.text(language), reader)
            try Self.append(key, reader.text(text), to: &spool, row: subject)
        case .typed(let text, let datatype):
            let isString = Self.isEqual(reader.text(datatype), stringDatatype)
            let key =
                isString
                ? try key(predicate, Self.plainTag(predicate), Self.noText, reader)
                : try key(predicate, .datatype, reader.text(datatype), reader)
            try Self.append(key, reader.text(text), to: &spool, row: subject)
        }
    }

    /// Sends everything, entity by entity.
    borrowing func send(
        _ spool: inout RowSpool, to sink: inout some GraphTextSink & ~Copyable, _ summary: inout TextImportSummary,
        _ progress: (Int) -> Void
    ) throws(GraphDataError) {
        for row in 0..<UInt32(names.count) {
            try types.withString(typeOfRow[Int(row)]) { (type) throws(GraphDataError) in
                try names.withString(row) { (name) throws(GraphDataError) in try sink.entity(type: type, name: name) }
            }
            try spool.drain(row: row) { (record) throws(GraphDataError) in
                let key = record.loadUnaligned(as: UInt32.self)
                try keys.withString(key & ~Self.isRelationship) { (text) throws(GraphDataError) in
                    if key & Self.isRelationship != 0 {
                        try sink.relationship(text, to: SpooledRelationship(record).target)
                    } else {
                        let value = UnsafeRawBufferPointer(rebasing: record[4...]).assumingMemoryBound(to: UInt8.self)
                        try sink.property(text, value)
                    }
                }
            }
            try sink.endEntity()
            if Int(row + 1).isMultiple(of: progressInterval) { progress(Int(row + 1)) }
        }
        summary.entities = names.count
        progress(names.count)
    }

    // MARK: Names

    private mutating func subject(
        _ name: UnsafeBufferPointer<UInt8>, _ reader: borrowing NTriplesReader
    ) throws(GraphDataError) -> UInt32 {
        // Most files have the statements of an entity together.
        if let lastSubject, names.withString(lastSubject, { TextBytes.isEqual($0, name) }) { return lastSubject }
        let row = try row(name, reader)
        lastSubject = row
        return row
    }

    /// The row of an entity, which is new where the name is.
    private mutating func row(
        _ name: UnsafeBufferPointer<UInt8>, _ reader: borrowing NTriplesReader
    ) throws(GraphDataError) -> UInt32 {
        guard names.count < Int(DatasetLayout.none) - 1 else {
            throw reader.error("a graph holds fewer than 2^32 - 1 entities")
        }
        let row = names.intern(name)
        if Int(row) == typeOfRow.count { typeOfRow.append(untyped) }
        return row
    }

    /// Gives an entity its type where it has none; whether this is its type now.
    private mutating func isType(_ name: UnsafeBufferPointer<UInt8>, of row: Int) -> Bool {
        let type = types.intern(name)
        if typeOfRow[row] == untyped { typeOfRow[row] = type }
        return typeOfRow[row] == type
    }

    /// The tag of a text that has none: a predicate with an `@` needs another behind it, or what follows its own could
    /// be read as a language.
    private static func plainTag(_ predicate: UnsafeBufferPointer<UInt8>) -> Tag {
        predicate.contains(at) ? .language : .none
    }

    /// The number of a key: a predicate, the mark of its tag, and the tag.
    private mutating func key(
        _ predicate: UnsafeBufferPointer<UInt8>, _ tag: Tag, _ name: UnsafeBufferPointer<UInt8>,
        _ reader: borrowing NTriplesReader
    ) throws(GraphDataError) -> UInt32 {
        guard keys.count < Int(Self.isRelationship) else { throw reader.error("more than 2^31 distinct predicates") }
        if tag == .none { return keys.intern(predicate) }
        composed.removeAll(keepingCapacity: true)
        composed.append(contentsOf: predicate)
        composed.append(contentsOf: tag.rawValue.utf8)
        composed.append(contentsOf: name)
        return composed.withUnsafeBufferPointer { keys.intern($0) }
    }

    private static func append(
        _ key: UInt32, _ text: UnsafeBufferPointer<UInt8>, to spool: inout RowSpool, row: UInt32
    ) throws(GraphDataError) {
        try withUnsafeBytes(of: key) { (key) throws(GraphDataError) in
            try spool.append(row: row, key, UnsafeRawBufferPointer(text))
        }
    }

    private static func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: [UInt8]) -> Bool {
        right.withUnsafeBufferPointer { TextBytes.isEqual(left, $0) }
    }
}
