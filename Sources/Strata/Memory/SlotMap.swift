import CStrata
import Glibc
import Synchronization

/// A map that hands out a key for each value put in, and never follows a key to any other value.
///
/// Slots live in chunks of ``chunkCapacity``, so addresses never move. A slot's generation is odd while it holds a
/// value and even while it is free; it goes up at each change, and a slot whose generations are used up is retired.
/// Insert, get and remove are O(1). One writer at a time, with no reader beside it.
/// Source: the generational index of game engines (Niklas Gray, "Building a Data-Oriented Entity System", 2014).
///
/// Invariant: `free` holds exactly the slots below `used` with an even generation but 0, which marks a retired slot.
@frozen
public struct SlotMap<Value: BitwiseCopyable>: ~Copyable {
    @inlinable static var chunkShift: UInt32 { 12 }
    /// Slots in a chunk.
    @inlinable public static var chunkCapacity: Int { 1 << 12 }
    /// The most slots in a map: index 2^32 - 1 stays free as a mark for "none".
    public static var maximumSlots: Int { Int(UInt32.max) }

    /// The generations of a chunk stand before its values: one allocation, aligned to a cache line.
    @usableFromInline
    struct Chunk: BitwiseCopyable {
        @usableFromInline let generations: UnsafeMutablePointer<UInt32>
        @usableFromInline let values: UnsafeMutablePointer<Value>

        @usableFromInline
        init(generations: UnsafeMutablePointer<UInt32>, values: UnsafeMutablePointer<Value>) {
            self.generations = generations
            self.values = values
        }
    }

    @usableFromInline var directory: UnsafeMutablePointer<Chunk>
    @usableFromInline var directoryCapacity: Int
    @usableFromInline var chunkCount = 0
    /// Slots ever touched; those at and past it have no memory or have never held a value.
    @usableFromInline var used: UInt32 = 0
    @usableFromInline var free: [UInt32] = []
    @usableFromInline let store: UInt8

    /// The number of values held.
    public private(set) var count = 0
    /// Slots that were retired because their generations were used up.
    public private(set) var retiredSlots = 0

    public init() {
        directoryCapacity = 16
        directory = .allocate(capacity: 16)
        store = UInt8(truncatingIfNeeded: storeCounter.add(1, ordering: .relaxed).newValue)
    }

    deinit {
        for chunk in 0..<chunkCount { Glibc.free(directory[chunk].generations) }
        directory.deallocate()
    }

    /// Puts a value in.
    ///
    /// - Throws: `limitExceeded` when there are no slots or there is no memory left; the map is as before.
    /// - Complexity: O(1) amortised.
    public mutating func insert(_ value: Value) throws(StrataError) -> EntityKey {
        let index: UInt32
        if let reused = free.popLast() {
            index = reused
        } else {
            if Int(used) == chunkCount << Self.chunkShift { try addChunk() }
            index = used
            used += 1
        }
        let chunk = directory[Int(index >> Self.chunkShift)]
        let slot = Int(index) & (Self.chunkCapacity - 1)
        chunk.generations[slot] += 1
        chunk.values[slot] = value
        count += 1
        return EntityKey(index: index, generation: chunk.generations[slot], store: store)
    }

    /// The address of a key's value, or nil when the value is gone or the key belongs to another map. The address
    /// holds until the value is removed.
    ///
    /// - Complexity: O(1): one load from the directory, one of the generation.
    @inlinable
    public borrowing func pointer(for key: EntityKey) -> UnsafeMutablePointer<Value>? {
        guard key.store == store, key.index < used else { return nil }
        let chunk = directory[Int(key.index >> Self.chunkShift)]
        let slot = Int(key.index) & (Self.chunkCapacity - 1)
        guard chunk.generations[slot] == key.generation, key.generation & 1 == 1 else { return nil }
        return chunk.values + slot
    }

    /// The value of a key, or nil when it is gone.
    @inlinable
    public borrowing func value(for key: EntityKey) -> Value? { pointer(for: key)?.pointee }

    /// The address of the value in a slot that is known to be filled.
    ///
    /// - Precondition: the slot holds a value (checked in debug builds).
    @inlinable
    public borrowing func pointer(at index: UInt32) -> UnsafeMutablePointer<Value> {
        assert(index < used && isFilled(index))
        return directory[Int(index >> Self.chunkShift)].values + (Int(index) & (Self.chunkCapacity - 1))
    }

    /// Has the first cache line of a slot's value fetched.
    ///
    /// - Precondition: the slot is below ``slotBound``.
    borrowing func prefetch(_ index: UInt32) {
        strata_prefetch(directory[Int(index >> Self.chunkShift)].values + (Int(index) & (Self.chunkCapacity - 1)))
    }

    /// Whether a slot below ``slotBound`` holds a value.
    @inlinable
    public borrowing func isFilled(_ index: UInt32) -> Bool {
        directory[Int(index >> Self.chunkShift)].generations[Int(index) & (Self.chunkCapacity - 1)] & 1 == 1
    }

    /// The key of the value in a slot, or nil when the slot is free.
    public borrowing func key(at index: UInt32) -> EntityKey? {
        guard index < used, isFilled(index) else { return nil }
        let chunk = directory[Int(index >> Self.chunkShift)]
        return EntityKey(
            index: index, generation: chunk.generations[Int(index) & (Self.chunkCapacity - 1)], store: store)
    }

    /// One past the largest slot that ever held a value.
    @inlinable public var slotBound: UInt32 { used }

    /// Takes a value out. Its key, and every copy of it, is dead from then on.
    ///
    /// - Returns: the value, or nil when it was gone already.
    /// - Complexity: O(1) amortised.
    public mutating func remove(_ key: EntityKey) -> Value? {
        guard let pointer = pointer(for: key) else { return nil }
        let value = pointer.pointee
        let chunk = directory[Int(key.index >> Self.chunkShift)]
        let slot = Int(key.index) & (Self.chunkCapacity - 1)
        count -= 1
        if key.generation == EntityKey.maximumGeneration {
            // One more would start the generations again, and old keys would come alive.
            chunk.generations[slot] = 0
            retiredSlots += 1
        } else {
            chunk.generations[slot] += 1
            free.append(key.index)
        }
        return value
    }

    /// Calls `body` with the index and address of each value, in order of the slots.
    ///
    /// - Complexity: O(slots ever used).
    @inlinable
    public borrowing func forEach(_ body: (UInt32, UnsafeMutablePointer<Value>) -> Void) {
        var index: UInt32 = 0
        while index < used {
            let chunk = directory[Int(index >> Self.chunkShift)]
            let end = Swift.min(Int(used - index), Self.chunkCapacity)
            for slot in 0..<end where chunk.generations[slot] & 1 == 1 {
                body(index &+ UInt32(slot), chunk.values + slot)
            }
            index += UInt32(end)
        }
    }

    /// Bytes held from the process's allocator.
    public var reservedBytes: Int {
        chunkCount * Self.chunkBytes + directoryCapacity * MemoryLayout<Chunk>.stride
            + free.capacity * MemoryLayout<UInt32>.stride
    }

    private static var generationBytes: Int { chunkCapacity * MemoryLayout<UInt32>.stride }
    private static var chunkBytes: Int {
        (generationBytes + chunkCapacity * MemoryLayout<Value>.stride + 63) & ~63
    }

    private mutating func addChunk() throws(StrataError) {
        guard (chunkCount + 1) << Self.chunkShift <= Self.maximumSlots else {
            throw StrataError(.limitExceeded, "a store holds at most \(Self.maximumSlots) slots")
        }
        guard let memory = aligned_alloc(64, Self.chunkBytes) else {
            throw StrataError(.limitExceeded, "the allocator has no \(Self.chunkBytes) bytes left", errno: errno)
        }
        if chunkCount == directoryCapacity {
            let larger = UnsafeMutablePointer<Chunk>.allocate(capacity: directoryCapacity * 2)
            larger.update(from: directory, count: chunkCount)
            directory.deallocate()
            directory = larger
            directoryCapacity *= 2
        }
        let generations = memory.bindMemory(to: UInt32.self, capacity: Self.chunkCapacity)
        generations.initialize(repeating: 0, count: Self.chunkCapacity)
        directory[chunkCount] = Chunk(
            generations: generations,
            values: (memory + Self.generationBytes).bindMemory(to: Value.self, capacity: Self.chunkCapacity))
        chunkCount += 1
    }

    /// Moves a slot near the end of its generations, so that a test reaches retirement in few steps.
    mutating func age(_ key: EntityKey, to generation: UInt32) -> EntityKey? {
        guard pointer(for: key) != nil, generation & 1 == 1, generation > key.generation else { return nil }
        directory[Int(key.index >> Self.chunkShift)].generations[Int(key.index) & (Self.chunkCapacity - 1)] = generation
        return EntityKey(index: key.index, generation: generation, store: store)
    }
}

/// Numbers the maps of a process, so that a key tells whose it is.
private let storeCounter = Atomic<UInt64>(0)
