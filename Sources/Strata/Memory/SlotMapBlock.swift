public import Synchronization

/// Where the parts of a slot stand in a block, in bytes.
///
/// A slot has a *tag*: the store in its upper 8 bits and the generation in its lower 24, the upper half of its key. It
/// stands before the value, in a word that is the whole key while the slot is filled, and has an index that no slot has
/// while it is free: one cache line and one comparison answer whether a key is alive, and the line holds the first
/// bytes of the value. Values that fill whole cache lines would be torn by that; their tags stand together behind them.
@frozen @usableFromInline
struct SlotLayout: BitwiseCopyable, Sendable {
    @usableFromInline let valueOffset: Int
    @usableFromInline let valueStride: Int
    @usableFromInline let tagOffset: Int
    @usableFromInline let tagStride: Int
    /// Whether tags of 4 bytes stand behind all values.
    @usableFromInline let isApart: Bool
    /// Where the bitmap is, at the start of a cache line.
    @usableFromInline let wordsOffset: Int
    /// Bytes of a block: whole cache lines.
    @usableFromInline let byteCount: Int

    @inlinable @inline(__always)
    init<Value: BitwiseCopyable>(of type: Value.Type) {
        let slots = SlotBlock.capacity
        isApart = MemoryLayout<Value>.stride & 63 == 0
        let slotBytes: Int
        if isApart {
            valueOffset = 0
            valueStride = MemoryLayout<Value>.stride
            tagOffset = slots * valueStride
            tagStride = 4
            slotBytes = valueStride + 4
        } else {
            let alignment = Swift.max(MemoryLayout<Value>.alignment, 8)
            valueOffset = alignment
            valueStride = (alignment + MemoryLayout<Value>.size + alignment - 1) & ~(alignment - 1)
            tagOffset = 0
            tagStride = valueStride
            slotBytes = valueStride
        }
        wordsOffset = (slots * slotBytes + 63) & ~63
        byteCount = wordsOffset + SlotBlock.words * 8 + 64
    }
}

/// What the writer notes of a block, on a cache line of its own. Readers do not look here.
@frozen @usableFromInline
struct SlotBlockHead: BitwiseCopyable {
    /// A bit for each word of the bitmap that may have a free slot. A word that has one has its bit set, if its slots
    /// have tags; a full word's bit is cleared when somebody looks for room there.
    @usableFromInline var room: UInt64
    /// Slots taken: filled, at hand to be filled next, waiting for readers, or retired.
    @usableFromInline var taken: UInt32
    /// At least the largest generation in the block's free slots.
    @usableFromInline var newest: UInt32
    /// The generation at which slots without a tag begin; even.
    @usableFromInline var floor: UInt32
    /// The number of the chunk that the block is in.
    @usableFromInline var chunk: UInt32

    init(floor: UInt32, chunk: Int) {
        room = 0
        taken = 0
        newest = floor
        self.floor = floor
        self.chunk = UInt32(chunk)
    }
}

/// 4,096 slots, a bitmap of those that are taken, and the writer's notes.
///
/// The directory has an *entry* for each block: the address that the map's slot 0 would have if all slots stood in one
/// row with this block's, plus 1, so that 0 stands for a block without memory. An index leads from there to its value
/// by one multiplication, without asking first where in the block it is. The address may be nowhere near memory:
/// it is computed with, modulo 2^64, and never followed.
///
/// Invariant: `base` is the start of `layout.byteCount` bytes aligned to 64, whose bitmap and head are initialised, and
/// whose tags are initialised up to the map's bound. Tags and words of the bitmap are used as atomics only, by whoever
/// reads them beside the writer; the writer, who alone changes them, may read them plainly.
@frozen @usableFromInline
struct SlotBlock: BitwiseCopyable {
    @inlinable static var shift: Int { 12 }
    @inlinable static var capacity: Int { 1 << 12 }
    @inlinable static var mask: Int { (1 << 12) - 1 }
    /// Words of the bitmap.
    @inlinable static var words: Int { 64 }

    @usableFromInline let origin: UInt
    /// The index of the first slot.
    @usableFromInline let first: Int
    @usableFromInline let layout: SlotLayout

    /// The block of a slot, from its entry in the directory, which is not 0.
    @inlinable @inline(__always)
    init(entry: UInt, of index: Int, _ layout: SlotLayout) {
        origin = entry &- 1
        first = index & ~Self.mask
        self.layout = layout
    }

    /// The entry of a block that stands at an address.
    static func entry(_ base: UnsafeMutableRawPointer, _ number: Int, _ layout: SlotLayout) -> UInt {
        UInt(bitPattern: base) &- UInt(bitPattern: number << shift &* layout.valueStride) | 1
    }

    @inlinable @inline(__always)
    func address(_ offset: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bitPattern: origin &+ UInt(bitPattern: offset)).unsafelyUnwrapped
    }

    @inlinable @inline(__always)
    var base: UnsafeMutableRawPointer { address(first &* layout.valueStride) }

    /// The address of a slot's value. Here and below, slots go by their indices in the map.
    @inlinable @inline(__always)
    func value(_ index: Int) -> UnsafeMutableRawPointer {
        address(index &* layout.valueStride &+ layout.valueOffset)
    }

    /// The address of a slot's tag, or of the word that holds it.
    @inlinable @inline(__always)
    func tagAddress(_ index: Int) -> UnsafeMutableRawPointer {
        layout.isApart
            ? base + (layout.tagOffset &+ (index & Self.mask) &* 4) : address(index &* layout.valueStride)
    }

    /// The index in the word of a free slot's tag.
    @inlinable @inline(__always)
    var freeMark: UInt64 { 0xFFFF_FFFF }

    @inlinable @inline(__always)
    func shortTag(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        tagAddress(index).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    @inlinable @inline(__always)
    func longTag(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        tagAddress(index).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Whether the slot of a key holds its value.
    ///
    /// - Parameter besideWriter: whether the writer may be at work on another thread.
    @inlinable @inline(__always)
    func holds(_ key: EntityKey, besideWriter: Bool) -> Bool {
        let index = Int(key.index)
        if layout.isApart {
            let tag =
                besideWriter
                ? shortTag(index).pointee.load(ordering: .sequentiallyConsistent)
                : tagAddress(index).load(as: UInt32.self)
            // An even generation is that of a free slot: what names it is no key.
            return tag == key.tag && key.tag & 1 == 1
        }
        let name =
            besideWriter
            ? longTag(index).pointee.load(ordering: .sequentiallyConsistent)
            : tagAddress(index).load(as: UInt64.self)
        return name == key.rawValue
    }

    /// Whether a slot holds a value.
    @inlinable @inline(__always)
    func isFilled(_ index: Int) -> Bool {
        if layout.isApart { return shortTag(index).pointee.load(ordering: .sequentiallyConsistent) & 1 == 1 }
        return longTag(index).pointee.load(ordering: .sequentiallyConsistent) & freeMark != freeMark
    }

    /// A slot's tag, for the writer.
    @inlinable @inline(__always)
    func ownTag(_ index: Int) -> UInt32 {
        layout.isApart
            ? tagAddress(index).load(as: UInt32.self)
            : UInt32(truncatingIfNeeded: tagAddress(index).load(as: UInt64.self) >> 32)
    }

    /// The key that a free slot's next value gets.
    @inlinable @inline(__always)
    func nextKey(_ index: Int) -> EntityKey {
        // The word of a free slot ends in 32 ones: 1 more is the next tag and the index 0.
        layout.isApart
            ? EntityKey(index: UInt32(truncatingIfNeeded: index), tag: ownTag(index) &+ 1)
            : EntityKey(rawValue: tagAddress(index).load(as: UInt64.self) &+ 1 &+ UInt64(truncatingIfNeeded: index))
    }

    /// Makes the value that was written into a slot one that its key leads to.
    @inlinable @inline(__always)
    func publish(_ key: EntityKey, _ index: Int) {
        if layout.isApart {
            shortTag(index).pointee.store(key.tag, ordering: .releasing)
        } else {
            longTag(index).pointee.store(key.rawValue, ordering: .releasing)
        }
    }

    /// Takes the value of a slot out of reach, where there is no reader.
    @inlinable @inline(__always)
    func withdraw(_ index: Int, tag: UInt32) {
        if layout.isApart {
            shortTag(index).pointee.store(tag, ordering: .releasing)
        } else {
            longTag(index).pointee.store(UInt64(tag) << 32 | freeMark, ordering: .releasing)
        }
    }

    /// Takes the value of a slot out of reach beside readers.
    @inlinable @inline(__always)
    func withdrawBesideReaders(_ index: Int, tag: UInt32) {
        if layout.isApart {
            _ = shortTag(index).pointee.exchange(tag, ordering: .sequentiallyConsistent)
        } else {
            _ = longTag(index).pointee.exchange(UInt64(tag) << 32 | freeMark, ordering: .sequentiallyConsistent)
        }
    }

    /// A word of the bitmap: a bit for each of 64 slots, set while the slot is taken.
    @inlinable @inline(__always)
    func word(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (base + (layout.wordsOffset &+ number &* 8)).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// A word of the bitmap, for the writer.
    @inlinable @inline(__always)
    func ownWord(_ number: Int) -> UInt64 { (base + (layout.wordsOffset &+ number &* 8)).load(as: UInt64.self) }

    @inlinable @inline(__always)
    var head: UnsafeMutablePointer<SlotBlockHead> {
        (base + (layout.wordsOffset &+ Self.words &* 8)).assumingMemoryBound(to: SlotBlockHead.self)
    }

    /// Marks slots of one word as taken.
    @inlinable @inline(__always)
    func take(_ bits: UInt64, ofWord number: Int) {
        word(number).pointee.store(ownWord(number) | bits, ordering: .relaxed)
    }

    /// Marks slots of one word as free.
    @inlinable @inline(__always)
    func free(_ bits: UInt64, ofWord number: Int) {
        word(number).pointee.store(ownWord(number) & ~bits, ordering: .relaxed)
    }

    /// Makes an empty block of fresh memory: no slot is taken, and none has a tag.
    func initialize(floor: UInt32, chunk: Int) {
        for number in 0..<Self.words { word(number).initialize(to: Atomic(0)) }
        head.initialize(to: SlotBlockHead(floor: floor, chunk: chunk))
    }

    /// Gives free slots their first tags.
    func initializeTags(_ slots: Range<Int>, to tag: UInt32) {
        if layout.isApart {
            for index in slots { tagAddress(index).storeBytes(of: tag, as: UInt32.self) }
        } else {
            for index in slots { tagAddress(index).storeBytes(of: UInt64(tag) << 32 | freeMark, as: UInt64.self) }
        }
    }
}
