/// Changes of a database that are made together: all of them are there after a crash, and for readers, or none.
///
/// Each call sees what those before it did. One that throws has changed nothing, and the transaction may go on.
public struct DatabaseTransaction: ~Copyable {
    // Invariant: the database's lock is held for as long as this lives; so nobody else uses the writer.
    private let writer: UnsafeMutablePointer<DatabaseWriter>
    /// The operations as the log will have them.
    private(set) var record: [UInt8]

    init(_ writer: UnsafeMutablePointer<DatabaseWriter>, reusing record: [UInt8]) {
        self.writer = writer
        self.record = record
        self.record.removeAll(keepingCapacity: true)
    }

    // MARK: - Questions

    /// Whether an entity has this identifier.
    public func contains(_ id: UInt32) throws(StrataError) -> Bool { try !writer.pointee.entity(id).isAbsent }

    /// The identifier of the entity with an external name, or nil.
    public func id(named name: String) throws(StrataError) -> UInt32? {
        try writer.pointee.id(named: name.utf8Span.span)
    }

    /// The identifier that a text means: the external name, or else the number.
    ///
    /// - Throws: `notFound` when no entity has it.
    public func requireID(_ text: String) throws(StrataError) -> UInt32 {
        if let id = try id(named: text) { return id }
        if let id = UInt32(text), try contains(id) { return id }
        throw StrataError(.notFound, "no entity has the name or number '\(text)'", remedy: "insert it first")
    }

    // MARK: - Changes

    /// Inserts an entity.
    ///
    /// - Parameter id: any number but 4,294,967,295 that no entity has; nil for the next one above all that were ever used.
    /// - Returns: its number.
    /// - Throws: `alreadyExists` when the number or the name is taken; `invalidArgument`; `limitExceeded`.
    /// - Complexity: O(its bytes).
    @discardableResult
    public mutating func insert(_ entity: EntityText, id: UInt32? = nil) throws(StrataError) -> UInt32 {
        let number: UInt32
        if let id { number = id } else { number = try writer.pointee.freeID() }
        let properties = Self.sorted(entity.properties)
        try add(.insert, number) { record in
            record.append(littleEndian: UInt32(clamping: entity.type.utf8.count))
            record.append(littleEndian: entity.name.map { UInt32(clamping: $0.utf8.count) } ?? EntityBody.noName)
            record.append(littleEndian: UInt32(properties.count))
            record.append(numbers: entity.embedding)
            record.append(contentsOf: entity.type.utf8)
            if let name = entity.name { record.append(contentsOf: name.utf8) }
            for property in properties {
                record.append(littleEndian: UInt32(clamping: property.key.utf8.count))
                record.append(littleEndian: UInt32(clamping: property.value.utf8.count))
                record.append(contentsOf: property.key.utf8)
                record.append(contentsOf: property.value.utf8)
            }
        }
        return number
    }

    /// The properties by rising key, compared byte by byte; values of one key keep their order.
    private static func sorted(_ properties: [PropertyText]) -> [PropertyText] {
        func isBefore(_ left: PropertyText, _ right: PropertyText) -> Bool {
            left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
        let isSorted = properties.indices.dropFirst().allSatisfy { !isBefore(properties[$0], properties[$0 - 1]) }
        guard !isSorted else { return properties }
        return properties.enumerated().sorted { left, right in
            if isBefore(left.element, right.element) { return true }
            return left.offset < right.offset && !isBefore(right.element, left.element)
        }.map(\.element)
    }

    /// Changes an entity.
    ///
    /// - Throws: `notFound`, `invalidArgument`, `limitExceeded`.
    /// - Complexity: O(bytes of the entity and of the change).
    public mutating func update(_ id: UInt32, _ change: EntityChange) throws(StrataError) {
        let keys = change.properties.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        try add(.update, id) { record in
            record.append(
                (change.type == nil ? 0 : DatabaseOperation.changesType)
                    | (change.embedding == nil ? 0 : DatabaseOperation.changesEmbedding))
            if let type = change.type { record.append(counted: type) }
            if let embedding = change.embedding { record.append(numbers: embedding) }
            record.append(littleEndian: UInt32(keys.count))
            for (key, values) in keys {
                record.append(counted: key)
                record.append(littleEndian: UInt32(values.count))
                for value in values { record.append(counted: value) }
            }
        }
    }

    /// Deletes an entity, and every relationship that starts or ends at it.
    ///
    /// - Throws: `notFound`, `limitExceeded`.
    /// - Complexity: O(its relationships), however many its neighbours have.
    public mutating func delete(_ id: UInt32) throws(StrataError) { try add(.delete, id) { _ in } }

    /// Relates two entities. The same relationship may be added again, and then counts again.
    ///
    /// - Throws: `notFound` when an end is not there; `limitExceeded`.
    /// - Complexity: O(1).
    public mutating func relate(_ source: UInt32, _ type: String, _ target: UInt32) throws(StrataError) {
        try add(.relate, source) { record in
            record.append(littleEndian: target)
            record.append(counted: type)
        }
    }

    /// Takes one relationship away; whether there was one.
    ///
    /// - Throws: `notFound` when an end is not there; `limitExceeded`.
    /// - Complexity: O(changes since the last checkpoint at that end that has fewer), and O(log relationships) in the base.
    @discardableResult
    public mutating func unrelate(_ source: UInt32, _ type: String, _ target: UInt32) throws(StrataError) -> Bool {
        try add(.unrelate, source) { record in
            record.append(littleEndian: target)
            record.append(counted: type)
        }
    }

    /// Writes an operation, reads it as recovery would, and applies it.
    @discardableResult
    private mutating func add(
        _ kind: DatabaseOperation.Kind, _ id: UInt32, _ write: (inout [UInt8]) -> Void
    ) throws(StrataError) -> Bool {
        let start = record.count
        let mark = writer.pointee.mark
        record.append(kind.rawValue)
        record.append(littleEndian: id)
        write(&record)
        var hasChanged = false
        do throws(StrataError) {
            let writer = writer
            hasChanged = try record.span.withUnsafeBytes { (bytes) throws(StrataError) in
                var rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
                guard let operation = DatabaseOperation.next(&rest), rest.isEmpty else {
                    throw StrataError(.limitExceeded, "a text of more than 4 GiB is too long")
                }
                return try writer.pointee.apply(operation)
            }
        } catch {
            writer.pointee.undo(to: mark)
            record.removeSubrange(start...)
            throw error
        }
        if !hasChanged { record.removeSubrange(start...) }
        return hasChanged
    }

    /// Takes everything back.
    mutating func undo(to mark: DatabaseWriter.Mark) { writer.pointee.undo(to: mark) }
}

extension [UInt8] {
    /// Appends the count of numbers and their bytes.
    fileprivate mutating func append(numbers: [Float]) {
        append(littleEndian: UInt32(numbers.count))
        for number in numbers { append(littleEndian: number.bitPattern) }
    }
}
