import Synchronization

/// What has changed since the base snapshot: for each entity that was touched, a history of versions and one of operations on
/// its relationships in each direction.
///
/// One writer adds to it, with the database's lock held; readers go through ``view``. All memory is an arena's and goes when
/// the delta goes, at a checkpoint: a version that was replaced stays that long, as the log keeps its record that long.
final class DatabaseDelta: @unchecked Sendable {
    // Unchecked: `box` is the writer's, whoever holds the database's lock; readers use the view.

    private struct Core: ~Copyable {
        var arena: BumpArena
        var index: EntityIndex
        var nameIndex: EntityIndex
        var nameCount: UInt32 = 0
        /// What to store again where, to undo the transaction under way.
        var undo: [(cell: UnsafeMutablePointer<Atomic<UInt>>, head: UInt)] = []
    }

    private let box: OwnedBox<Core>
    private let epochs: EpochManager
    let view: DeltaView

    init(epochs: EpochManager) throws(StrataError) {
        var arena = BumpArena(firstChunkBytes: 64 << 10)
        let records = try DeltaTable(stride: DeltaRecord.byteCount, in: &arena)
        let names = try DeltaTable(stride: MemoryLayout<Atomic<UInt>>.stride, in: &arena)
        let recordCount = try arena.allocate(byteCount: MemoryLayout<Atomic<UInt>>.stride, alignment: 16)
            .bindMemory(to: Atomic<UInt>.self, capacity: 1)
        recordCount.initialize(to: Atomic(0))
        let core = Core(arena: arena, index: try EntityIndex(), nameIndex: try EntityIndex())
        view = DeltaView(
            index: core.index.view, records: records, recordCount: recordCount, nameIndex: core.nameIndex.view,
            names: names)
        self.epochs = epochs
        box = OwnedBox(core)
    }

    /// Bytes that the delta holds from the process's allocator.
    var byteCount: Int {
        box.value.arena.reservedBytes + box.value.index.reservedBytes + box.value.nameIndex.reservedBytes
    }

    /// Whether nothing was changed since the delta was made.
    var isEmpty: Bool { recordCount == 0 }
    private var recordCount: UInt32 { UInt32(view.recordCount.pointee.load(ordering: .relaxed)) }

    // MARK: - The writer

    /// The record of an entity, made when there is none.
    func record(for id: UInt32) throws(StrataError) -> DeltaRecord {
        if let record = view.record(id) { return record }
        let number = recordCount
        let record = DeltaRecord(try view.records.makeRoom(for: number, in: &box.value.arena), id: id)
        try box.value.index.insert(id, slot: number, in: epochs)
        view.recordCount.pointee.store(UInt(number) + 1, ordering: .releasing)
        return record
    }

    /// Adds a version; the body's bytes are copied, nil for a deleted entity.
    func add(
        _ body: UnsafeRawBufferPointer?, to record: DeltaRecord, sequence: UInt64
    ) throws(StrataError) {
        let count = body?.count ?? 0
        let memory = try box.value.arena.allocate(byteCount: EntityVersion.bodyOffset + count, alignment: 8)
        if let body, let source = body.baseAddress {
            (memory + EntityVersion.bodyOffset).copyMemory(from: source, byteCount: count)
        }
        let cell = record.version
        let version = EntityVersion(
            sequence: sequence, previous: cell.pointee.load(ordering: .relaxed), byteCount: UInt32(count),
            isDeleted: body == nil)
        memory.bindMemory(to: EntityVersion.self, capacity: 1).initialize(to: version)
        put(UInt(bitPattern: memory), into: cell)
    }

    /// Adds an operation on the relationships of an entity.
    ///
    /// - Parameter degree: how many relationships the entity has in this direction after it.
    func add(
        _ kind: EdgeOperation.Kind, _ direction: Direction, to record: DeltaRecord, type: UInt32,
        other: UInt32, degree: Int, sequence: UInt64
    ) throws(StrataError) {
        let cell = record.edges(direction)
        let previous = cell.pointee.load(ordering: .relaxed)
        let length = UnsafePointer<EdgeOperation>(bitPattern: previous)?.pointee.length ?? 0
        let node = try box.value.arena.create(
            EdgeOperation(
                kind, sequence: sequence, previous: previous, other: other, type: type,
                degree: UInt32(clamping: degree),
                length: kind == .clear ? 1 : length + 1))
        put(UInt(bitPattern: node), into: cell)
    }

    /// Makes an entity be found by the hash of its name.
    func add(nameHash hash: UInt32, of id: UInt32) throws(StrataError) {
        let number: UInt32
        if let known = view.nameIndex.slot(of: hash) {
            number = known
        } else {
            number = box.value.nameCount
            try view.names.makeRoom(for: number, in: &box.value.arena)
                .bindMemory(to: Atomic<UInt>.self, capacity: 1).initialize(to: Atomic(0))
            try box.value.nameIndex.insert(hash, slot: number, in: epochs)
            box.value.nameCount += 1
        }
        let cell = view.head(number)
        let node = try box.value.arena.create(
            NamedNode(previous: cell.pointee.load(ordering: .relaxed), id: id))
        put(UInt(bitPattern: node), into: cell)
    }

    private func put(_ address: UInt, into cell: UnsafeMutablePointer<Atomic<UInt>>) {
        box.value.undo.append((cell, cell.pointee.load(ordering: .relaxed)))
        cell.pointee.store(address, ordering: .releasing)
    }

    // MARK: - Undoing

    /// How much there is to undo; the writer comes back to it.
    var undoMark: Int { box.value.undo.count }

    /// Takes back what was added since a mark. Readers may have seen the nodes, and passed over them: they stay in the arena.
    func undo(to mark: Int) {
        while box.value.undo.count > mark {
            let (cell, head) = box.value.undo.removeLast()
            cell.pointee.store(head, ordering: .releasing)
        }
    }

    /// What was added stays.
    func keep() { box.value.undo.removeAll(keepingCapacity: true) }
}
