import Glibc
public import Synchronization

/// What the store keeps for an entity beside ``EntityData``: the words of its payloads, its name and its incoming
/// degree. 32 bytes.
@usableFromInline
struct EntityPayloads: BitwiseCopyable {
    var properties = PayloadWord.none.rawValue
    var outgoing = PayloadWord.none.rawValue
    var incoming = PayloadWord.none.rawValue
    /// The id of the interned external name, or `EntityData.none`.
    var name = EntityData.none
    /// Number of incoming relationships.
    var incomingCount: UInt32 = 0
}

/// What look-ups in a ``PayloadColumn`` go through, also those of other threads, under a pin.
///
/// Invariant: `directory` is the address of the words of the chunks, in a cell that the column owns and frees.
@frozen @usableFromInline
struct PayloadColumnView: BitwiseCopyable {
    @inlinable static var chunkShift: Int { 12 }
    @inlinable static var chunkCapacity: Int { 1 << chunkShift }

    @usableFromInline let directory: UnsafeMutablePointer<Atomic<UInt>>

    /// The place of a slot's record; nil when it is gone, together with all of its chunk.
    ///
    /// - Precondition: the slot is filled, or was when a pin that is still held began.
    @inlinable @inline(__always)
    func pointer(at slot: UInt32) -> UnsafeMutablePointer<EntityPayloads>? {
        let chunk = words[Int(slot) >> Self.chunkShift].load(ordering: .acquiring)
        return UnsafeMutablePointer<EntityPayloads>(bitPattern: chunk).map { $0 + Int(slot) & (Self.chunkCapacity - 1) }
    }

    @inlinable var words: UnsafeMutablePointer<Atomic<UInt>> {
        @inline(__always) get {
            UnsafeMutablePointer(bitPattern: directory.pointee.load(ordering: .acquiring)).unsafelyUnwrapped
        }
    }
}

/// The ``EntityPayloads`` of the records of a ``SlotMap``, under the same slots.
///
/// They stand in chunks, whose addresses stand in a directory. When it is full, a larger copy is published and the old
/// one retired; a chunk without records is taken out and retired. Other threads look up through ``view``.
///
/// Orderings: as in ``EntityIndex``, what is replaced or taken away is unlinked by a release and read with acquire, and
/// retired afterwards. A reader that holds the slot of a record that was taken out finds the old chunk, which it holds,
/// or none; never a record of another entity, since slots are filled again only after it is gone.
///
/// Invariant: `directory` is the address of `capacity` initialised words, each the address of an initialised chunk or
/// 0.
struct PayloadColumn: ~Copyable {
    private static var bytesPerChunk: Int { PayloadColumnView.chunkCapacity * MemoryLayout<EntityPayloads>.stride }

    /// The way in for look-ups.
    let view: PayloadColumnView
    private var capacity = 16
    private var chunkCount = 0
    /// The filled slots of each chunk that there ever was.
    private var filled: [UInt16] = []
    private let budget: ArenaBudget?
    /// What the allocator adds to the chunks.
    private(set) var addedBytes = 0

    /// - Parameter budget: what chunks and directories are taken from; nil for no bound.
    /// - Throws: `limitExceeded` when there is no memory.
    init(budget: ArenaBudget? = nil) throws(StrataError) {
        self.budget = budget
        let words = try Self.allocate(capacity * MemoryLayout<UInt>.stride, budget)
        let cell = ReaderLines.allocate(Atomic<UInt>.self)
        cell.initialize(to: Atomic(words))
        view = PayloadColumnView(directory: cell)
    }

    deinit {
        let words = view.words
        for chunk in 0..<capacity { free(UnsafeMutableRawPointer(bitPattern: words[chunk].load(ordering: .relaxed))) }
        free(words)
        ReaderLines.deallocate(view.directory)
        budget?.give(chunkBytes + directoryBytes)
    }

    /// Makes an empty record for a slot that is about to be filled.
    ///
    /// - Throws: `limitExceeded` when there is no memory; nothing has changed then.
    mutating func fill(_ slot: UInt32, in epochs: EpochManager) throws(StrataError) {
        let chunk = Int(slot) >> PayloadColumnView.chunkShift
        while chunk >= capacity { try grow(in: epochs) }
        if view.words[chunk].load(ordering: .relaxed) == 0 {
            let address = try Self.allocate(Self.bytesPerChunk, budget)
            view.words[chunk].store(address, ordering: .releasing)
            chunkCount += 1
            addedBytes += Self.addedByteCount(address)
        }
        while filled.count <= chunk { filled.append(0) }
        filled[chunk] += 1
        // No reader is here: the slot is new, or its last reader is gone.
        view.pointer(at: slot).unsafelyUnwrapped.initialize(to: EntityPayloads())
    }

    /// Notes that a slot's record has been taken out. Readers may still look at it.
    mutating func clear(_ slot: UInt32) { filled[Int(slot) >> PayloadColumnView.chunkShift] -= 1 }

    /// Gives the chunks without records back, when no reader can look there any more.
    ///
    /// - Complexity: O(chunks).
    mutating func releaseEmptyChunks(in epochs: EpochManager) {
        for chunk in filled.indices where filled[chunk] == 0 {
            let address = view.words[chunk].exchange(0, ordering: .releasing)
            guard address != 0 else { continue }
            chunkCount -= 1
            addedBytes -= Self.addedByteCount(address)
            epochs.retire(
                RetiredObject(address: address, byteCount: Self.bytesPerChunk) { Self.release($0) }, takenFrom: budget)
        }
    }

    /// Bytes of the chunks.
    var chunkBytes: Int { chunkCount * Self.bytesPerChunk }

    /// Bytes held from the process's allocator.
    var reservedBytes: Int { chunkBytes + directoryBytes + tableBytes }
    private var directoryBytes: Int { capacity * MemoryLayout<UInt>.stride }
    /// Of the bytes held, those that are not taken from the budget.
    var tableBytes: Int { filled.capacity * MemoryLayout<UInt16>.stride }

    /// Bytes of the directories that are retired until there is room for so many slots.
    func garbageBytes(upTo slots: Int) -> Int {
        var (bytes, room) = (0, capacity)
        while slots > room << PayloadColumnView.chunkShift {
            bytes += room * MemoryLayout<UInt>.stride
            room *= 2
        }
        return bytes
    }

    private mutating func grow(in epochs: EpochManager) throws(StrataError) {
        let larger = try Self.allocate(directoryBytes * 2, budget)
        let target = UnsafeMutablePointer<Atomic<UInt>>(bitPattern: larger).unsafelyUnwrapped
        for chunk in 0..<capacity {
            target[chunk].store(view.words[chunk].load(ordering: .relaxed), ordering: .relaxed)
        }
        let old = view.directory.pointee.exchange(larger, ordering: .releasing)
        epochs.retire(
            RetiredObject(address: old, byteCount: directoryBytes) { Self.release($0) }, takenFrom: budget)
        capacity *= 2
    }

    /// Zeroes: no payloads, no chunks.
    private static func allocate(_ byteCount: Int, _ budget: ArenaBudget?) throws(StrataError) -> UInt {
        if let budget, !budget.take(byteCount) { throw budget.refusal(of: byteCount, needing: byteCount) }
        guard let memory = aligned_alloc(64, byteCount) else {
            budget?.give(byteCount)
            throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: errno)
        }
        memset(memory, 0, byteCount)
        return UInt(bitPattern: memory)
    }

    private static func addedByteCount(_ chunk: UInt) -> Int {
        HeapBlock.addedByteCount(to: UnsafeRawPointer(bitPattern: chunk)!, requested: bytesPerChunk)
    }

    private static func release(_ address: UInt) { free(UnsafeMutableRawPointer(bitPattern: address)) }
}
