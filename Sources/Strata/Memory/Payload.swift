// Rows and lists as readers on other threads find them.
//
// A payload is a header of eight bytes (room, number of entries) and entries of eight bytes each, so that a record
// names it by one word, and one store of that word puts a whole row or list in the place of another. While readers may
// hold it, only three things happen to it, each by one atomic store:
//
// - an entry is added behind the last one: the entry first, then the number of entries, released; a reader takes the
//   number with acquire, and so sees the entries it counts;
// - an entry is overwritten where it stands (one value by another, a relationship by a hole, a hole that ended the list
//   by a new entry): a reader sees the old word or the new one;
// - entries at the end are taken off, by storing the smaller number: a reader that has the larger one reads words that
//   are still whole.
//
// An entry that stays is never moved: a reader that goes from the first to the last meets each entry that is there all
// the while exactly once. Whatever needs to move entries copies the payload, publishes the copy and retires the old
// one.

public import Synchronization

/// A property row or relationship list in payload memory.
///
/// Invariant: `base` is the address of a header and `capacity` initialised-or-free entries of eight bytes, a multiple
/// of 8; the first `count` entries are initialised. The memory stays until every reader pinned when it was retired is
/// gone.
@frozen @usableFromInline
struct Payload: BitwiseCopyable {
    @inlinable static var headerBytes: Int { 8 }
    @inlinable static var entryBytes: Int { 8 }
    static let maximumCapacity = Int(UInt32.max)

    @usableFromInline let base: UnsafeMutableRawPointer

    static func byteCount(capacity: Int) -> Int { headerBytes + capacity * entryBytes }

    /// The room of a list that moves since it needs more: exactly what is asked for at first (a bulk load knows its
    /// degrees), then doubling, but not for holes.
    static func capacity(for live: Int, outgrowing capacity: Int) -> Int {
        guard capacity > 0 else { return live }
        return Swift.min(live * 4 <= capacity * 3 ? capacity : Swift.max(live, capacity * 2), maximumCapacity)
    }

    /// A payload in fresh memory that nobody else knows, with `count` entries that are still to be written.
    init(initializing base: UnsafeMutableRawPointer, capacity: Int, count: Int) {
        self.base = base
        base.storeBytes(of: UInt32(capacity), as: UInt32.self)
        (base + 4).storeBytes(of: UInt32(count), as: UInt32.self)
    }

    @inlinable @inline(__always)
    init(at base: UnsafeMutableRawPointer) { self.base = base }

    /// Entries that there is room for. The writer's alone.
    var capacity: Int { Int(base.load(as: UInt32.self)) }

    var byteCount: Int { Self.byteCount(capacity: capacity) }

    /// The number of entries, holes with them.
    @inlinable @inline(__always)
    var count: Int {
        get { Int((base + 4).shared(UInt32.self).pointee.load(ordering: .acquiring)) }
        nonmutating set { (base + 4).shared(UInt32.self).pointee.store(UInt32(newValue), ordering: .releasing) }
    }

    /// An entry as a word.
    @inlinable @inline(__always)
    subscript(word index: Int) -> UInt64 {
        get { entry(index).shared(UInt64.self).pointee.load(ordering: .relaxed) }
        nonmutating set { entry(index).shared(UInt64.self).pointee.store(newValue, ordering: .relaxed) }
    }

    /// The entries in place, for a reader that no writer is beside: its own thread.
    func entries<Entry>(of type: Entry.Type) -> UnsafeMutablePointer<Entry> {
        entry(0).assumingMemoryBound(to: type)
    }

    @inlinable @inline(__always)
    func entry(_ index: Int) -> UnsafeMutableRawPointer { base + Self.headerBytes + index * Self.entryBytes }
}

/// A payload's address in the low 48 bits, and the number of the area that it is from above; 0 for none.
@frozen @usableFromInline
struct PayloadWord: Equatable, BitwiseCopyable {
    @inlinable static var none: PayloadWord { PayloadWord(rawValue: 0) }
    /// Processors that Swift runs on give programs addresses below 2^48, unless they ask for more.
    @inlinable static var addressBits: UInt64 { 48 }

    @usableFromInline let rawValue: UInt64

    @inlinable @inline(__always)
    init(rawValue: UInt64) { self.rawValue = rawValue }

    init(_ payload: Payload, area: Int) {
        let address = UInt64(UInt(bitPattern: payload.base))
        precondition(address >> Self.addressBits == 0, "the allocator gave an address past 2^48")
        rawValue = address | UInt64(area) << Self.addressBits
    }

    var area: Int { Int(rawValue >> Self.addressBits) }

    /// The payload; nil for none.
    @inlinable @inline(__always)
    var payload: Payload? {
        let address = UInt(rawValue & (1 << Self.addressBits - 1))
        return UnsafeMutableRawPointer(bitPattern: address).map { Payload(at: $0) }
    }
}

extension Relationship {
    /// What stands in a list where a relationship was taken out: no entity has this identifier.
    @inlinable static var hole: UInt64 { .max }

    @inlinable @inline(__always)
    init(word: UInt64) {
        self.init(type: InternedString(id: UInt32(truncatingIfNeeded: word)), other: UInt32(word >> 32))
    }

    @inline(__always)
    var word: UInt64 { UInt64(type.id) | UInt64(other) << 32 }
}

extension InternedProperty {
    @inline(__always)
    init(word: UInt64) {
        self.init(
            key: InternedString(id: UInt32(truncatingIfNeeded: word)), value: InternedString(id: UInt32(word >> 32)))
    }

    @inline(__always)
    var word: UInt64 { UInt64(key.id) | UInt64(value.id) << 32 }
}

extension UnsafeMutableRawPointer {
    /// A word of memory that threads share. It is aligned for its type, initialised, and reached as an atomic by every
    /// thread but one that has it for itself.
    @inlinable @inline(__always)
    func shared<Word: AtomicRepresentable>(_ type: Word.Type) -> UnsafeMutablePointer<Atomic<Word>> {
        assumingMemoryBound(to: Atomic<Word>.self)
    }
}
