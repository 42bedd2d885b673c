import Synchronization

/// What a database, its readers and the thread of its checkpoints hold together.
///
/// Vocabulary. A transaction is *applied* when it is in the active delta, under the lock; it gets its sequence number there,
/// and its record the same number in the log. It is *acknowledged* when the log has made it as sure as the durability says;
/// then `committed` is at least its number, and readers see it. Readers take the layers and `committed` under a pin.
///
/// Why what a reader sees is a state that the database had. It loads the view, then `committed`, and tries again when the
/// view is another one by then. So the number was loaded while the view was current, and all transactions up to it were
/// applied to layers of that view: they are applied before they are acknowledged, and a checkpoint moves on to another view
/// with the lock held. Those behind the number may be in the layers too, or come, and are passed over by their sequence.
/// The view that a checkpoint ends with has a base in place of the frozen delta, with all that was applied to it: so it
/// is put in place after all of that was acknowledged.
///
/// The order of the locks: `checkpointLock`, then `writerLock`.
final class DatabaseCore: @unchecked Sendable {
    // Unchecked: `writer` is reached under `writerLock`, `checkpoints` under `checkpointLock`; the rest never changes, or is
    // atomic.

    let folder: DatabaseFolder
    let configuration: DatabaseConfiguration
    let types: ConcurrentStringInterner
    let epochs: EpochManager
    /// Nil when the database is only read.
    let log: WriteAheadLog?

    /// The address of the current ``DatabaseView``, of which this holds one reference.
    private let view: Atomic<UInt>
    private let committed: Atomic<UInt64>

    private let writerLock = PoolLock()
    private let writer: OwnedBox<DatabaseWriter>
    /// The memory of the last transaction's record, for the next one.
    private let spareRecord = OwnedBox<[UInt8]>([])

    private let checkpointLock = PoolLock()
    private let checkpoints: OwnedBox<Checkpoints>

    /// What checkpoints have come to.
    struct Checkpoints: ~Copyable {
        var root: DatabaseRoot
        /// The number of the last transaction in the frozen delta; nil when there is none.
        var frozenSequence: UInt64?
        /// Components of an embedding in the frozen delta and the base.
        var frozenDimensions = 0
        /// The largest number that was ever given to a base's file.
        var lastBase: UInt64
        /// Held for as long as the database may be written.
        var lockFile: SharedFile?
    }

    init(
        folder: DatabaseFolder, configuration: DatabaseConfiguration, types: ConcurrentStringInterner,
        epochs: EpochManager, log: WriteAheadLog?, writer: consuming DatabaseWriter, checkpoints: consuming Checkpoints
    ) {
        self.folder = folder
        self.configuration = configuration
        self.types = types
        self.epochs = epochs
        self.log = log
        view = Atomic(Self.retain(writer.view))
        committed = Atomic(writer.sequence)
        self.writer = OwnedBox(writer)
        self.checkpoints = OwnedBox(checkpoints)
    }

    deinit {
        // No reader is left.
        Self.release(view.load(ordering: .acquiring))
    }

    // MARK: - Reading

    /// The layers that are current, and the last transaction to see. The caller has pinned the epochs.
    func current() -> (GraphLayers, UInt64) {
        var address = view.load(ordering: .acquiring)
        while true {
            let pointer = UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped
            let layers = Unmanaged<DatabaseView>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.layers }
            let sequence = committed.load(ordering: .acquiring)
            let again = view.load(ordering: .acquiring)
            if again == address { return (layers, sequence) }
            address = again
        }
    }

    var committedSequence: UInt64 { committed.load(ordering: .acquiring) }

    // MARK: - Writing

    /// Applies a transaction and gives it to the log.
    ///
    /// - Returns: what `body` returns, and the number to wait for: that of the transaction, or of the last one before when
    ///   it has changed nothing.
    func submit<Result>(
        _ body: (inout DatabaseTransaction) throws(StrataError) -> Result
    ) throws(StrataError) -> (result: Result, sequence: UInt64, activeByteCount: Int) {
        guard let log else {
            throw StrataError(
                .invalidArgument, "the database is open only to be read", path: folder.path,
                remedy: "open it to write to it")
        }
        writerLock.lock()
        defer { writerLock.unlock() }
        let mark = writer.value.mark
        var transaction = DatabaseTransaction(writer.pointer, reusing: takeSpareRecord())
        do throws(StrataError) {
            let result = try body(&transaction)
            guard !transaction.record.isEmpty else {
                writer.value.undo(to: mark)
                return (result, writer.value.sequence, 0)
            }
            let sequence = try transaction.record.span.withUnsafeBytes { (bytes) throws(StrataError) in
                try log.append(bytes)
            }
            precondition(sequence == writer.value.sequence + 1, "the log and the database count alike")
            writer.value.endTransaction()
            spareRecord.value = transaction.record
            return (result, sequence, writer.value.view.active.byteCount)
        } catch {
            writer.value.undo(to: mark)
            throw error
        }
    }

    private func takeSpareRecord() -> [UInt8] {
        var record: [UInt8] = []
        swap(&record, &spareRecord.value)
        return record.capacity > 1 << 20 ? [] : record
    }

    /// Waits until a transaction and all before it are as sure as the durability says, and lets readers see them.
    func acknowledge(_ sequence: UInt64) throws(StrataError) {
        guard committedSequence < sequence else { return }
        try log?.commit(sequence)
        publish(sequence)
    }

    private func publish(_ sequence: UInt64) {
        var known = committed.load(ordering: .relaxed)
        while known < sequence {
            let (exchanged, found) = committed.compareExchange(
                expected: known, desired: sequence, ordering: .acquiringAndReleasing)
            if exchanged { return }
            known = found
        }
    }

    /// Bytes of changes in memory that no checkpoint is merging.
    var activeByteCount: Int {
        writerLock.lock()
        defer { writerLock.unlock() }
        return writer.value.view.active.byteCount
    }

    /// Brings all that was written to stable storage, and ends the writing.
    func close() throws(StrataError) {
        checkpointLock.lock()
        defer {
            checkpoints.value.lockFile = nil
            checkpointLock.unlock()
        }
        guard let log else { return }
        try log.close()
        publish(log.durableSequence)
    }

    // MARK: - Checkpoints

    /// Merges all changes up to now into a new base, while others read and write.
    ///
    /// - Returns: whether there was anything to merge.
    func checkpoint() throws(StrataError) -> Bool {
        checkpointLock.lock()
        defer { checkpointLock.unlock() }
        guard let log else {
            throw StrataError(
                .invalidArgument, "the database is open only to be read", path: folder.path,
                remedy: "open it to write to it")
        }
        guard try freeze(), let sequence = checkpoints.value.frozenSequence else { return false }
        // The base must not have what the log may still lose, and what readers do not see yet.
        try log.startSegment()
        try log.synchronize()
        publish(sequence)

        // Every attempt has a number of its own: when an earlier one has failed it may be that the root leads to its base.
        checkpoints.value.lastBase += 1
        var root = checkpoints.value.root
        root.base = checkpoints.value.lastBase
        root.epoch += 1
        root.sequence = sequence
        root.dimensions = UInt32(checkpoints.value.frozenDimensions)
        let path = folder.base(root.base)
        let frozen = frozenLayers()
        try merge(frozen, at: sequence, dimensions: checkpoints.value.frozenDimensions, to: path)
        let base = try DatabaseBase(path: path, types: types, fileSystem: folder.fileSystem)
        try root.write(to: folder.root, fileSystem: folder.fileSystem)

        checkpoints.value.root = root
        checkpoints.value.frozenSequence = nil
        writerLock.lock()
        install(DatabaseView(active: writer.value.view.active, frozen: nil, base: base))
        writerLock.unlock()
        // The new root is on stable storage: what only the old one needs may go. What cannot be removed now goes next time.
        try? log.discard(through: sequence)
        try? folder.removeLeftovers(base: root.base, unfinished: false)
        return true
    }

    /// Begins a new active delta, unless an earlier checkpoint has left a frozen one; whether there is one to merge.
    private func freeze() throws(StrataError) -> Bool {
        if checkpoints.value.frozenSequence != nil { return true }
        let fresh = try DatabaseDelta(epochs: epochs)
        writerLock.lock()
        defer { writerLock.unlock() }
        let old = writer.value.view
        guard !old.active.isEmpty else { return false }
        checkpoints.value.frozenSequence = writer.value.sequence
        checkpoints.value.frozenDimensions = writer.value.dimensions
        install(DatabaseView(active: fresh, frozen: old.active, base: old.base))
        return true
    }

    /// The frozen delta and the base, without what is newer. They stay: only a checkpoint takes them away, and its lock is
    /// held.
    private func frozenLayers() -> GraphLayers {
        writerLock.lock()
        defer { writerLock.unlock() }
        let view = writer.value.view
        return GraphLayers(active: view.frozen!.view, frozen: nil, base: view.base?.content)
    }

    /// Makes a view the current one. With the writer's lock held.
    private func install(_ next: DatabaseView) {
        writer.value.continue(on: next)
        let old = view.exchange(Self.retain(next), ordering: .acquiringAndReleasing)
        epochs.retire(old, byteCount: 0) { DatabaseCore.release($0) }
        epochs.collect()
    }

    private static func retain(_ view: DatabaseView) -> UInt {
        UInt(bitPattern: Unmanaged.passRetained(view).toOpaque())
    }

    private static func release(_ address: UInt) {
        Unmanaged<DatabaseView>.fromOpaque(UnsafeRawPointer(bitPattern: address)!).release()
    }

    // MARK: - Merging

    /// Writes the graph at a sequence number as a snapshot.
    func merge(_ layers: GraphLayers, at sequence: UInt64, to path: String) throws(StrataError) -> SnapshotSummary {
        writerLock.lock()
        let dimensions = writer.value.dimensions
        writerLock.unlock()
        return try merge(layers, at: sequence, dimensions: dimensions, to: path)
    }

    @discardableResult
    private func merge(
        _ layers: GraphLayers, at sequence: UInt64, dimensions: Int, to path: String
    ) throws(StrataError) -> SnapshotSummary {
        var stream = try SnapshotStream(
            to: path, embeddingDimensions: dimensions, memoryLimit: configuration.mergeByteCount,
            fileSystem: folder.fileSystem)
        try layers.tell(&stream, at: sequence, types: types)
        return try stream.finish()
    }
}
