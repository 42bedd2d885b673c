import Synchronization

/// The way into a delta for look-ups, also beside its writer: under a pin of the database's epochs.
///
/// Invariant: what it leads to lives as long as the ``DatabaseDelta`` that it is of.
struct DeltaView: BitwiseCopyable {
    let index: EntityIndexView
    let records: DeltaTable
    /// How many records there are.
    let recordCount: UnsafeMutablePointer<Atomic<UInt>>
    /// By a hash of the name.
    let nameIndex: EntityIndexView
    /// The heads of lists of ``NamedNode``, each the address of one.
    let names: DeltaTable

    /// The record of an entity; nil when the delta has none.
    @inline(__always)
    func record(_ id: UInt32) -> DeltaRecord? {
        guard let number = index.slot(of: id) else { return nil }
        return record(at: number)
    }

    @inline(__always)
    func record(at number: UInt32) -> DeltaRecord {
        DeltaRecord(records.record(number))
    }

    /// Calls `body` with the identifier of each entity that was touched, in the order in which they were.
    func forEachID<Failure: Error>(_ body: (UInt32) throws(Failure) -> Void) throws(Failure) {
        for number in 0..<UInt32(recordCount.pointee.load(ordering: .acquiring)) { try body(record(at: number).id) }
    }

    /// The newest version of an entity at a sequence number; nil when the delta has none.
    @inline(__always)
    func version(of id: UInt32, at sequence: UInt64) -> UnsafePointer<EntityVersion>? {
        guard let record = record(id) else { return nil }
        return Self.version(of: record, at: sequence)
    }

    @inline(__always)
    static func version(
        of record: DeltaRecord, at sequence: UInt64
    ) -> UnsafePointer<EntityVersion>? {
        var address = record.version.pointee.load(ordering: .acquiring)
        while let version = UnsafePointer<EntityVersion>(bitPattern: address) {
            if version.pointee.sequence <= sequence { return version }
            address = version.pointee.previous
        }
        return nil
    }

    /// The newest operation on the relationships of an entity at a sequence number; nil when the delta has none.
    @inline(__always)
    func operations(
        on id: UInt32, _ direction: Direction, at sequence: UInt64
    ) -> UnsafePointer<EdgeOperation>? {
        guard let record = record(id) else { return nil }
        var address = record.edges(direction).pointee.load(ordering: .acquiring)
        while let operation = UnsafePointer<EdgeOperation>(bitPattern: address) {
            if operation.pointee.sequence <= sequence { return operation }
            address = operation.pointee.previous
        }
        return nil
    }

    /// Calls `body` with each entity that was ever inserted here with a name of this hash, the last one first, until it returns
    /// true.
    func forEachNamed(_ hash: UInt32, _ body: (UInt32) throws(StrataError) -> Bool) throws(StrataError) {
        guard let number = nameIndex.slot(of: hash) else { return }
        var address = head(number).pointee.load(ordering: .acquiring)
        while let node = UnsafePointer<NamedNode>(bitPattern: address) {
            if try body(node.pointee.id) { return }
            address = node.pointee.previous
        }
    }

    @inline(__always)
    func head(_ number: UInt32) -> UnsafeMutablePointer<Atomic<UInt>> {
        names.record(number).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    /// What names are found by.
    static func hash(_ name: Span<UInt8>) -> UInt32 {
        name.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: ByteHash.hash($0)) }
    }
}

extension UnsafePointer<EntityVersion> {
    /// The entity's content. The version is not that of a deleted one.
    @inline(__always)
    var body: EntityBody { EntityBody(UnsafeRawPointer(self) + EntityVersion.bodyOffset) }
}
