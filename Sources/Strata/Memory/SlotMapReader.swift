// Readers of a slot map beside its one writer.
//
// Vocabulary. A slot's *tag* is its store and generation, or the word that has them and the slot's index. A slot is
// *published* when its tag becomes odd, *withdrawn* when its tag becomes even. A reader is *pinned* in an `EpochManager` from before its first look to after its last.
//
// What readers touch: the bound, the address of the directory, its entries, tags and bitmap words, all of them atomic;
// and values, which do not change from their slot's publication until no reader that could have seen it is left.
//
// 1. A reader that finds a slot's tag odd sees the whole value. The writer stores the value, then the tag with release;
//    the reader loads the tag with at least acquire, then the value.
//
// 2. A reader that finds an address in the directory sees the block whole: bitmap and head are written before the entry
//    is stored with release. It sees the tags of all slots below the bound that it loaded: tags are written before the
//    bound is stored with release, or, where a chunk gets memory again, before the block's entry. Beside readers the
//    bound never goes down, so that a bound loaded once holds for each later block. The bound is loaded before the
//    directory: a directory that is at least as new has an entry for each slot below it.
//
// 3. Nothing is filled again or freed while a reader may hold it. Slots, directories and chunks go the same way: they
//    are made unreachable by a sequentially consistent exchange (of the tag, of the directory's address, of the entry)
//    and then retired. A reader comes to them by sequentially consistent loads, after its pin. So either its load is
//    after the exchange in the one order of all such operations, and it finds what is new, or its load is before; then
//    its pin is before the exchange too, and hence before the retirement, and the epochs let nothing pass that was
//    retired after a pin began and while it lasts. An acquiring load would not do: a reader whose pin the collector did
//    not see could still find the old tag.
//
// 4. A slot that comes back is known by the writer to be free of readers: they unpin with release, the collector reads
//    their states with acquire, puts the batch into the list with release, and the writer takes it with acquire. Its
//    stores of the next value come after all their loads of the old one.
//
// 5. Bits of the bitmap are hints to readers: relaxed. A bit that is seen too early or too late leads to an even tag. A
//    value that was put in before a reader began (in the order that the threads themselves made) is not missed, since
//    its bit was set before and is cleared only after it was withdrawn and its readers were gone.

public import Synchronization

/// What a map's writer publishes for readers.
@usableFromInline
struct SlotMapShared: ~Copyable {
    /// The address of the directory, one address a block.
    @usableFromInline let directory: Atomic<UInt>
    /// Slots below it have tags, wherever their block has memory.
    @usableFromInline let bound = Atomic<Int>(0)
    /// Whether there ever was a reader.
    @usableFromInline let hasReaders = Atomic<Bool>(false)

    init(directory: UnsafeMutablePointer<UInt>) { self.directory = Atomic(UInt(bitPattern: directory)) }

    /// An entry of a directory, which is initialised and used by readers as an atomic only.
    @inlinable @inline(__always)
    static func entry(_ directory: UnsafeMutablePointer<UInt>, _ number: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
        UnsafeMutableRawPointer(directory + number).assumingMemoryBound(to: Atomic<UInt>.self)
    }
}

/// A way into a ``SlotMap`` for other threads, which may look values up while the map's owner changes it.
///
/// The reader's thread is pinned in an ``EpochManager`` for each call and for as long as it uses an address that it got.
/// The writer takes values out with ``SlotMap/remove(_:in:)`` and the same manager, and does not change a value in its
/// slot. Calls never wait and take no lock.
///
/// Invariant: `shared` belongs to a map that exists; whoever holds a reader keeps the map.
@frozen
public struct SlotMapReader<Value: BitwiseCopyable & Sendable>: BitwiseCopyable, @unchecked Sendable {
    @usableFromInline let shared: UnsafeMutablePointer<SlotMapShared>

    @inlinable
    init(shared: UnsafeMutablePointer<SlotMapShared>) { self.shared = shared }

    @inlinable var view: SlotView<Value> {
        @inline(__always) get {
            let bound = shared.pointee.bound.load(ordering: .acquiring)
            let directory = shared.pointee.directory.load(ordering: .sequentiallyConsistent)
            return SlotView(directory: UnsafeMutablePointer(bitPattern: directory)!, bound: bound, besideWriter: true)
        }
    }

    /// The block of a slot that holds a value, or did when a pin that is still held began. It is below every bound that
    /// could be loaded now.
    @inlinable @inline(__always)
    func heldBlock(of index: Int) -> SlotBlock {
        let directory = UnsafeMutablePointer<UInt>(
            bitPattern: shared.pointee.directory.load(ordering: .sequentiallyConsistent)
        ).unsafelyUnwrapped
        let entry = SlotMapShared.entry(directory, index &>> SlotBlock.shift).pointee
            .load(ordering: .sequentiallyConsistent)
        return SlotBlock(entry: entry, of: index, SlotLayout(of: Value.self))
    }

    /// The address of a key's value, or nil when the value is gone or the key belongs to another map. It may be read
    /// until the pin ends.
    ///
    /// - Complexity: O(1).
    @inlinable @inline(__always)
    public func pointer(for key: EntityKey) -> UnsafePointer<Value>? {
        view.pointer(for: key).map { UnsafePointer($0) }
    }

    /// The value of a key, or nil when it is gone.
    @inlinable @inline(__always)
    public func value(for key: EntityKey) -> Value? { view.pointer(for: key)?.pointee }

    /// Calls `body` with the place of each key in `keys` and the address of its value, or nil when it is gone; memory is
    /// asked for ahead.
    @inlinable
    public func forEach(of keys: Span<EntityKey>, _ body: (Int, UnsafePointer<Value>?) -> Void) {
        view.forEach(of: keys, whole: false) { place, value in body(place, value.map { UnsafePointer($0) }) }
    }

    /// Calls `body` with the index and address of each value, in order of the slots. What was put in before the call is
    /// found unless it is taken out meanwhile; what is put in meanwhile may be found.
    ///
    /// - Complexity: O(slots / 64 + values).
    @inlinable
    public func forEach(_ body: (UInt32, UnsafePointer<Value>) -> Void) {
        view.forEach(isDense: false, atHand: SlotsAtHand()) { index, value in body(index, UnsafePointer(value)) }
    }
}
