/// The snapshot that a database's delta is laid over, and how its relationship types are numbered in the database.
final class DatabaseBase: @unchecked Sendable {
    // Unchecked: the content is only read, and the snapshot may be read from any thread.

    /// What readers reach by an address, without counting references.
    struct Content: ~Copyable, Sendable {
        let snapshot: Snapshot
        /// For each relationship type of the snapshot its number in the database's interner.
        let typeNumbers: [UInt32]
        /// For each number that the interner had given when the snapshot was opened the snapshot's type, or ``noType``.
        let typeIndexes: [UInt32]

        /// The snapshot's index of a relationship type; nil when it has none of that type.
        @inline(__always)
        func typeIndex(_ number: UInt32) -> UInt32? {
            guard Int(number) < typeIndexes.count, typeIndexes[Int(number)] != noType else { return nil }
            return typeIndexes[Int(number)]
        }
    }

    private static let noType = UInt32.max

    private let box: OwnedBox<Content>

    /// Opens a snapshot; types that the interner does not know yet get their numbers.
    ///
    /// - Complexity: linear in the relationship types.
    init(path: String, types: ConcurrentStringInterner, fileSystem: any FileSystem) throws(StrataError) {
        let snapshot = try Snapshot(path: path, fileSystem: fileSystem)
        var numbers: [UInt32] = []
        for index in 0..<snapshot.relationshipTypeCount {
            let string = try snapshot.relationshipType(UInt32(index))
            numbers.append(
                try snapshot.withUTF8(of: string) { (utf8) throws(StrataError) in try types.intern(utf8: utf8).id })
        }
        var indexes = [UInt32](repeating: Self.noType, count: types.count)
        for (index, number) in numbers.enumerated() { indexes[Int(number)] = UInt32(index) }
        box = OwnedBox(Content(snapshot: snapshot, typeNumbers: numbers, typeIndexes: indexes))
    }

    /// Good for as long as the base lives.
    var content: UnsafePointer<Content> { UnsafePointer(box.pointer) }
}
