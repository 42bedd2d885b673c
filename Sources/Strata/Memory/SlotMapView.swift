public import CStrata
public import Synchronization

/// What a key is followed through: the directory and the number of slots that have tags, as somebody found them.
///
/// The map makes one of its own copy of both, a reader one of what the writer published. All look-ups are here once.
/// Beside the writer the loads are atomic (the argument is with ``SlotMapReader``).
@frozen @usableFromInline
struct SlotView<Value: BitwiseCopyable>: BitwiseCopyable {
    /// How many keys ahead of the one at hand a batch asks memory for: about as many misses as a core has under way.
    @inlinable static var prefetchDistance: Int { 16 }

    @usableFromInline let directory: UnsafeMutablePointer<UInt>
    @usableFromInline let bound: Int
    /// Whether the writer may be at work on another thread.
    @usableFromInline let besideWriter: Bool

    @inlinable @inline(__always)
    init(directory: UnsafeMutablePointer<UInt>, bound: Int, besideWriter: Bool) {
        self.directory = directory
        self.bound = bound
        self.besideWriter = besideWriter
    }

    /// The block of a slot below the bound; nil when it has no memory.
    @inlinable @inline(__always)
    func block(of index: Int) -> SlotBlock? {
        let number = index &>> SlotBlock.shift
        let entry =
            besideWriter
            ? SlotMapShared.entry(directory, number).pointee.load(ordering: .sequentiallyConsistent)
            : directory[number]
        guard entry != 0 else { return nil }
        return SlotBlock(entry: entry, of: index, SlotLayout(of: Value.self))
    }

    /// The address of a key's value, or nil when the value is gone or the key belongs to another map.
    @inlinable @inline(__always)
    func pointer(for key: EntityKey) -> UnsafeMutablePointer<Value>? {
        let index = Int(key.index)
        guard index < bound, let block = block(of: index) else { return nil }
        guard block.holds(key, besideWriter: besideWriter) else { return nil }
        return block.value(index).assumingMemoryBound(to: Value.self)
    }

    /// Has the start of a slot fetched into the cache, with its tag.
    ///
    /// - Parameter whole: whether the end of the value is asked for too.
    @inlinable @inline(__always)
    func prefetch(_ index: Int, whole: Bool) {
        guard index < bound, let block = block(of: index) else { return }
        strata_prefetch(block.tagAddress(index))
        // A slot is not aligned to cache lines, unless its tag stands apart.
        if whole || block.layout.isApart {
            strata_prefetch(block.value(index) + (block.layout.isApart ? 0 : MemoryLayout<Value>.size - 1))
        }
    }

    /// Has the start of a value fetched into the cache, for one who does not look at its tag.
    @inlinable @inline(__always)
    func prefetchValue(_ index: Int) {
        guard index < bound, let block = block(of: index) else { return }
        strata_prefetch(block.value(index))
    }

    /// Calls `body` with the place of each key in the batch and the address of its value, or nil when it is gone.
    @inlinable @inline(__always)
    func forEach(of keys: Span<EntityKey>, whole: Bool, _ body: (Int, UnsafeMutablePointer<Value>?) -> Void) {
        keys.withUnsafeBufferPointer { keys in
            let ahead = Swift.min(Self.prefetchDistance, keys.count)
            for place in 0..<ahead { prefetch(Int(keys[place].index), whole: whole) }
            for place in 0..<keys.count {
                if place &+ ahead < keys.count { prefetch(Int(keys[place &+ ahead].index), whole: whole) }
                body(place, pointer(for: keys[place]))
            }
        }
    }

    /// Calls `body` with the index and address of each value, in order of the slots.
    ///
    /// - Parameters:
    ///   - isDense: whether each taken slot is known to hold a value, but for those that are at hand.
    ///   - atHand: slots that are taken to be filled next.
    @inlinable @inline(__always)
    func forEach(isDense: Bool, atHand: SlotsAtHand, _ body: (UInt32, UnsafeMutablePointer<Value>) -> Void) {
        var first = 0
        while first < bound {
            if let block = block(of: first) {
                for word in 0..<SlotBlock.words {
                    var bits = block.word(word).pointee.load(ordering: .relaxed) & ~atHand.bits(first | word &<< 6)
                    while bits != 0 {
                        let index = first | word &<< 6 | bits.trailingZeroBitCount
                        bits &= bits &- 1
                        if isDense || block.isFilled(index) {
                            let value = block.value(index).assumingMemoryBound(to: Value.self)
                            body(UInt32(truncatingIfNeeded: index), value)
                        }
                    }
                }
            }
            first += SlotBlock.capacity
        }
    }
}

/// The free slots that a map's writer has taken to fill them next: the one that was emptied last, and the rest of 64
/// that were found together.
///
/// Invariant: `recent` is -1 or a free slot, the bits of `open`, counted from the slot `openFirst`, are others; all are
/// taken in the space.
@frozen @usableFromInline
struct SlotsAtHand: BitwiseCopyable {
    @usableFromInline var recent = -1
    @usableFromInline var openFirst = 0
    @usableFromInline var open: UInt64 = 0

    @inlinable @inline(__always)
    init() {}

    /// Those among the 64 slots from `first` on.
    @inlinable @inline(__always)
    func bits(_ first: Int) -> UInt64 {
        (first == openFirst ? open : 0) | (first == recent & ~63 ? 1 &<< UInt64(truncatingIfNeeded: recent & 63) : 0)
    }
}
