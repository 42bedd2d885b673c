public import Synchronization

/// What a thread's place shows to collectors: the first of its lines.
@usableFromInline
struct EpochPlaceFront: ~Copyable {
    /// `epoch << 1 | 1` while the thread is pinned, else 0. Written by the owner alone.
    @usableFromInline let state = Atomic<UInt64>(0)
    /// The kernel's number of the thread that took the place.
    let thread = Atomic<Int64>(0)

    init() {}
}

/// What a thread's place keeps for its owner, on lines that nobody else writes or, but for the bytes, reads.
@usableFromInline
struct EpochPlaceBack: ~Copyable {
    /// Where the next retired object goes, and one past the last that fits; both nil when there is no bag.
    @usableFromInline var next: UnsafeMutablePointer<GarbageEntry>?
    @usableFromInline var end: UnsafeMutablePointer<GarbageEntry>?
    /// The bag that is being filled.
    var bag: UnsafeMutablePointer<GarbageBag>?
    /// Pins held through the thread's own cache; a participant counts its own.
    @usableFromInline var depth = 0
    /// The place's number in the table.
    let index: Int
    /// Bytes of the objects in the bag. Others read it for the accounting.
    @usableFromInline let unsealedBytes = Atomic<Int>(0)

    init(index: Int) { self.index = index }
}

/// A thread's place in the table of an ``EpochManager``.
///
/// Invariant: `address` is that of ``byteCount`` bytes of the table, a front at their start and a back at half, both
/// initialised for as long as the table lives.
@usableFromInline
struct EpochPlace: BitwiseCopyable, @unchecked Sendable {
    /// Two lines for the front and two for the back, since processors fetch lines in pairs: a collector that reads the
    /// states disturbs no bag, and a reader that pins no neighbour.
    static let byteCount = 256

    @usableFromInline let address: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    init(address: UnsafeMutableRawPointer) { self.address = address }

    @inlinable @inline(__always)
    var front: UnsafeMutablePointer<EpochPlaceFront> { address.assumingMemoryBound(to: EpochPlaceFront.self) }

    @inlinable @inline(__always)
    var back: UnsafeMutablePointer<EpochPlaceBack> {
        (address + 128).assumingMemoryBound(to: EpochPlaceBack.self)
    }

    /// Makes the owner's later reads safe; `epoch` is the manager's.
    @inlinable @inline(__always)
    func publish(_ epoch: UnsafeMutablePointer<Atomic<UInt64>>, usesMembarrier: Bool) {
        // The orderings are argued in EpochManager.swift, under "Pinning".
        let current = epoch.pointee.load(ordering: .acquiring)
        front.pointee.state.store(current &<< 1 | 1, ordering: .releasing)
        EpochBarrier.light(usesMembarrier: usesMembarrier)
    }

    /// Ends what `publish` began.
    @inlinable @inline(__always)
    func unpublish() { front.pointee.state.store(0, ordering: .releasing) }

    /// Pins through the thread's own cache; the outermost pin counts.
    @inlinable @inline(__always)
    func pin(_ epoch: UnsafeMutablePointer<Atomic<UInt64>>, usesMembarrier: Bool) {
        // Constants where nothing is nested, so that one pin need not wait for the memory that the last one wrote.
        if back.pointee.depth == 0 {
            publish(epoch, usesMembarrier: usesMembarrier)
            back.pointee.depth = 1
        } else {
            back.pointee.depth += 1
        }
    }

    @inlinable @inline(__always)
    func unpin() {
        if back.pointee.depth == 1 {
            back.pointee.depth = 0
            unpublish()
        } else {
            back.pointee.depth -= 1
        }
    }
}
