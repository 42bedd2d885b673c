import Synchronization

/// A map that hands out a key for each value put in, and never follows a key to any other value.
///
/// Slots live in blocks of 4,096, which stand in chunks that double in size, up to a quarter of a million slots; large
/// chunks ask for huge pages. Addresses never move. A slot's generation is odd while it holds a value and even while it
/// is free; it goes up at each change, and a slot whose generations are used up is retired. Free slots are filled lowest
/// first, the one emptied last before all; chunks that hold nothing go back to the system, but for a spare.
///
/// Insert, get and remove are O(1). One writer at a time; readers on other threads come in through ``makeReader()``.
/// Source: the generational index of game engines (Niklas Gray, "Building a Data-Oriented Entity System", 2014).
@frozen
public struct SlotMap<Value: BitwiseCopyable>: ~Copyable {
    /// The most slots in a map: the last block is not used, so that index 2^32 - 1 is free as a mark for "none".
    public static var maximumSlots: Int { 1 << 32 - SlotBlock.capacity }

    /// Slots in the smallest chunk; every other has a multiple of it.
    @inlinable public static var chunkCapacity: Int { SlotBlock.capacity }

    @usableFromInline var space: SlotSpace

    /// The number of values held.
    @inlinable public var count: Int { space.count }
    /// Slots that were retired because their generations were used up.
    @inlinable public var retiredSlots: Int { space.retiredSlots }

    /// An empty map, which takes memory for slots when the first value is put in.
    ///
    /// - Parameters:
    ///   - usesHugePages: whether chunks of at least 2 MiB ask the system for huge pages.
    ///   - budget: what chunks are taken from; nil for no bound. A chunk takes at most a quarter of what is left there,
    ///     so that the last chunks before the bound are small.
    public init(usesHugePages: Bool = true, budget: ArenaBudget? = nil) {
        self.init(usesHugePages: usesHugePages, maximumSlots: Self.maximumSlots, budget: budget)
    }

    /// A map with fewer slots than ``maximumSlots``, so that a test reaches the end of them.
    init(usesHugePages: Bool, maximumSlots: Int, budget: ArenaBudget? = nil) {
        space = SlotSpace(
            layout: SlotLayout(of: Value.self), usesHugePages: usesHugePages, maximumSlots: maximumSlots,
            budget: budget)
    }

    /// Puts a value in.
    ///
    /// - Throws: `limitExceeded` when there are no slots or there is no memory left; the map is as before.
    /// - Complexity: O(1) amortised.
    @inlinable @inline(__always)
    public mutating func insert(_ value: Value) throws(StrataError) -> EntityKey {
        let index: Int
        if space.atHand.recent >= 0 {
            index = space.atHand.recent
            space.atHand.recent = -1
        } else {
            if space.atHand.open == 0 { (space.atHand.openFirst, space.atHand.open) = try space.openWord() }
            index = space.atHand.openFirst | space.atHand.open.trailingZeroBitCount
            space.atHand.open &= space.atHand.open &- 1
        }
        return fill(index, in: block(of: index), with: value)
    }

    /// Puts a value into a slot that was at hand, and publishes it.
    @inlinable @inline(__always)
    func fill(_ index: Int, in block: SlotBlock, with value: Value) -> EntityKey {
        let key = block.nextKey(index)
        block.value(index).assumingMemoryBound(to: Value.self).initialize(to: value)
        block.publish(key, index)
        return key
    }

    /// The writer's own view.
    @inlinable var view: SlotView<Value> {
        @inline(__always) get { SlotView(directory: space.directory, bound: space.bound, besideWriter: false) }
    }

    /// The block of a slot whose block is known to have memory.
    @inlinable @inline(__always)
    borrowing func block(of index: Int) -> SlotBlock {
        SlotBlock(entry: space.directory[index &>> SlotBlock.shift], of: index, SlotLayout(of: Value.self))
    }

    /// The address of a key's value, or nil when the value is gone or the key belongs to another map. The address
    /// holds until the value is removed.
    ///
    /// - Complexity: O(1): one load from the directory, and one cache line for the tag and the start of the value
    ///   (two when the value fills whole lines).
    @inlinable @inline(__always)
    public borrowing func pointer(for key: EntityKey) -> UnsafeMutablePointer<Value>? { view.pointer(for: key) }

    /// The value of a key, or nil when it is gone.
    @inlinable @inline(__always)
    public borrowing func value(for key: EntityKey) -> Value? { view.pointer(for: key)?.pointee }

    /// The address of the value in a slot that is known to be filled.
    ///
    /// - Precondition: the slot holds a value (checked in debug builds).
    @inlinable @inline(__always)
    public borrowing func pointer(at index: UInt32) -> UnsafeMutablePointer<Value> {
        assert(index < slotBound && isFilled(index))
        return block(of: Int(index)).value(Int(index)).assumingMemoryBound(to: Value.self)
    }

    /// Has the start of a slot's value fetched into the cache.
    @inlinable @inline(__always)
    borrowing func prefetch(_ index: UInt32) { view.prefetchValue(Int(index)) }

    /// Whether a slot below ``slotBound`` holds a value.
    @inlinable
    public borrowing func isFilled(_ index: UInt32) -> Bool {
        guard let block = view.block(of: Int(index)) else { return false }
        return block.isFilled(Int(index))
    }

    /// The key of the value in a slot, or nil when the slot is free.
    @inlinable
    public borrowing func key(at index: UInt32) -> EntityKey? {
        guard Int(index) < space.bound, isFilled(index) else { return nil }
        return EntityKey(index: index, tag: block(of: Int(index)).ownTag(Int(index)))
    }

    /// A number that the index of each value is below, close to the largest one.
    @inlinable public var slotBound: UInt32 {
        // Of the slots that got their tags last, those at the end were not filled yet.
        let last = space.atHand.openFirst &+ 64 == space.bound ? (~space.atHand.open).leadingZeroBitCount : 0
        return UInt32(truncatingIfNeeded: space.bound &- last)
    }

    /// Takes a value out. Its key, and every copy of it, is dead from then on. Its memory may be used again at once: no
    /// reader of another thread may hold its address (``remove(_:in:)``).
    ///
    /// - Returns: the value, or nil when it was gone already.
    /// - Complexity: O(1) amortised.
    @inlinable @inline(__always)
    public mutating func remove(_ key: EntityKey) -> Value? {
        guard let pointer = pointer(for: key) else { return nil }
        let value = pointer.pointee
        let index = Int(key.index)
        if space.atHand.recent < 0, key.generation != EntityKey.maximumGeneration {
            // It stays at hand: nothing is noted of it.
            block(of: index).withdraw(index, tag: key.tag &+ 1)
            space.atHand.recent = index
        } else {
            removeAfterAnother(key)
        }
        return value
    }

    /// Takes a value out that is there, when another slot is at hand already, or its slot will not be.
    @inlinable @inline(never)
    mutating func removeAfterAnother(_ key: EntityKey) {
        let index = Int(key.index)
        let tag = SlotSpace.tag(after: key.tag)
        block(of: index).withdraw(index, tag: tag)
        if tag & EntityKey.maximumGeneration == 0 {
            // One more would start the generations again, and old keys would come alive.
            space.retiredSlots += 1
            space.inUse &-= 1
        } else {
            if space.atHand.recent >= 0 {
                space.inUse &-= 1
                space.vacate(space.atHand.recent, block(of: space.atHand.recent))
            }
            space.atHand.recent = index
        }
        if count == 0 { space.becameEmpty() }
    }

    /// Takes a value out beside readers of other threads: its slot is filled again only when none of them can hold its
    /// address. Slots are handed to the epochs 60 at a time; ``reclaim(in:)`` hands over the rest.
    ///
    /// - Returns: the value, or nil when it was gone already.
    /// - Complexity: O(1) amortised.
    @inlinable
    public mutating func remove(_ key: EntityKey, in epochs: EpochManager) -> Value? {
        guard let pointer = pointer(for: key) else { return nil }
        let value = pointer.pointee
        let index = Int(key.index)
        let tag = SlotSpace.tag(after: key.tag)
        block(of: index).withdrawBesideReaders(index, tag: tag)
        space.inUse &-= 1
        if tag & EntityKey.maximumGeneration == 0 {
            space.retiredSlots += 1
        } else {
            space.keepForReaders(index, in: epochs)
        }
        return value
    }

    /// Takes all values out. No reader of another thread may be at work.
    ///
    /// - Parameter keepingCapacity: whether the memory stays with the map.
    /// - Complexity: O(slots).
    public mutating func removeAll(keepingCapacity: Bool = false) {
        space.giveBackSlots()
        space.removeAll()
        space.inUse = 0
        if !keepingCapacity { releaseEmptyChunks() }
    }

    /// Calls `body` with the index and address of each value, in order of the slots.
    ///
    /// - Complexity: O(slots / 64 + values).
    @inlinable
    public borrowing func forEach(_ body: (UInt32, UnsafeMutablePointer<Value>) -> Void) {
        view.forEach(isDense: space.isDense, atHand: space.atHand, body)
    }

    /// Bytes held from the process's allocator. Memory that waits in the epochs is counted there.
    public var reservedBytes: Int { space.reservedBytes }

    /// A way in for the threads of readers. The map must outlive it.
    public borrowing func makeReader() -> SlotMapReader<Value> where Value: Sendable {
        space.shared.pointee.hasReaders.store(true, ordering: .relaxed)
        return SlotMapReader(shared: space.shared)
    }

    /// Moves a slot near the end of its generations, so that a test reaches retirement in few steps.
    mutating func age(_ key: EntityKey, to generation: UInt32) -> EntityKey? {
        guard pointer(for: key) != nil, generation & 1 == 1, generation > key.generation else { return nil }
        let aged = EntityKey(index: key.index, generation: generation, store: key.store)
        block(of: Int(key.index)).publish(aged, Int(key.index))
        return aged
    }
}

// Handing the whole map to another thread is safe; its memory is reached through it alone, and by readers.
extension SlotMap: @unchecked Sendable where Value: Sendable {}
