public import Synchronization

/// A thread's place in an ``EpochManager``. Used by one thread at a time.
///
/// What goes out of scope pinned is unpinned, and what it has retired is handed over to the manager.
public struct EpochParticipant: ~Copyable, @unchecked Sendable {
    // `place` and `epoch` are the manager's, which this holds.

    /// The depth at which the place of a thread's own cache is lent out: such a place stays pinned to the end.
    static let lentDepth = 1 << 32

    public let manager: EpochManager
    @usableFromInline let place: EpochPlace
    @usableFromInline let epoch: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let usesMembarrier: Bool
    @usableFromInline var depth: Int

    /// A participant on a place of its own, or on one that it is lent.
    init(manager: EpochManager, place: EpochPlace, isLent: Bool) {
        self.manager = manager
        self.place = place
        epoch = manager.epochAddress
        usesMembarrier = manager.usesMembarrier
        depth = isLent ? Self.lentDepth : 0
    }

    deinit {
        if depth < Self.lentDepth { manager.core.release(place) }
    }

    /// Whether at least one pin is held.
    @inlinable public var isPinned: Bool { depth > 0 }

    /// Whether pins and unpins are as many again as when the participant was lent.
    var isBalanced: Bool { depth == Self.lentDepth }

    /// Holds everything that is reachable now, until the matching ``unpin()``. Pins nest; only the outermost one counts.
    ///
    /// - Complexity: O(1): two stores and a load, and no fence where the system has membarrier(2).
    @inlinable @inline(__always)
    public mutating func pin() {
        if depth == 0 {
            place.publish(epoch, usesMembarrier: usesMembarrier)
            depth = 1
        } else {
            depth &+= 1
        }
    }

    /// Ends the innermost pin.
    ///
    /// - Precondition: a pin is held.
    @inlinable @inline(__always)
    public mutating func unpin() {
        if depth == 1 {
            depth = 0
            place.unpublish()
        } else {
            precondition(depth > 1, "unpin without a pin")
            depth &-= 1
        }
    }

    /// Runs `body` under a pin.
    @inlinable @inline(__always)
    public mutating func withPin<Result: ~Copyable, Failure: Error>(
        _ body: (inout EpochParticipant) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pin()
        defer { unpin() }
        return try body(&self)
    }

    /// Runs `body`, a few loads that neither pin nor unpin, under a pin. What counts the pins stays as it is, so that a
    /// short look-up does two stores less.
    @inlinable @inline(__always)
    func withBriefPin<Result>(_ body: () -> Result) -> Result {
        let isOutermost = depth == 0
        if isOutermost { place.publish(epoch, usesMembarrier: usesMembarrier) }
        let result = body()
        if isOutermost { place.unpublish() }
        return result
    }

    // MARK: Retiring

    /// Takes over an object that new readers can no longer reach, into the participant's own bag.
    ///
    /// Now and then a call seals the bag and collects, so that garbage goes as fast as it comes. Another thread's
    /// ``EpochManager/collect()`` sees an object when its bag is sealed: after 64 objects or 256 KiB, by ``flush()``, or
    /// when the participant goes.
    ///
    /// - Parameters:
    ///   - address: what to destroy.
    ///   - byteCount: its size in bytes, for the accounting of garbage; not negative.
    ///   - destroy: destroys the object; called once, from whichever thread collects.
    /// - Complexity: O(1) amortised. Nothing is allocated but a bag, once in 64 objects at most; no lock is taken between.
    @inlinable @inline(__always)
    public mutating func retire(
        _ address: UInt, byteCount: Int, destroy: @convention(c) @Sendable (UInt) -> Void
    ) {
        append(GarbageEntry(address, byteCount: byteCount, function: destroy), byteCount: byteCount)
    }

    /// Takes over a value that new readers can no longer reach. It is deinitialised, and its memory given back to the
    /// allocator.
    ///
    /// - Parameters:
    ///   - pointer: memory from `UnsafeMutablePointer.allocate(capacity:)` or `malloc` that holds one value.
    ///   - extraByteCount: bytes that the value owns elsewhere, for the accounting of garbage; not negative.
    @inlinable @inline(__always)
    public mutating func retire<Pointee: ~Copyable>(
        _ pointer: UnsafeMutablePointer<Pointee>, extraByteCount: Int = 0
    ) {
        let byteCount = MemoryLayout<Pointee>.stride + extraByteCount
        append(
            GarbageEntry(UInt(bitPattern: pointer), byteCount: byteCount, type: PointeeDestructor<Pointee>.self),
            byteCount: byteCount)
    }

    /// Seals the bag, so that any thread can collect what is in it.
    public mutating func flush() { manager.core.seal(place) }

    @inlinable @inline(__always)
    mutating func append(_ entry: GarbageEntry, byteCount: Int) {
        precondition(byteCount >= 0, "an object has no negative size")
        let back = place.back
        if back.pointee.next == back.pointee.end { manager.makeRoom(place) }
        // There is room in the bag, which this thread alone adds to.
        let next = back.pointee.next.unsafelyUnwrapped
        next.initialize(to: entry)
        back.pointee.next = next + 1
        let bytes = back.pointee.unsealedBytes.load(ordering: .relaxed) &+ byteCount
        back.pointee.unsealedBytes.store(bytes, ordering: .relaxed)
        if bytes >= GarbageBag.byteStep { manager.sealAndCollect(place) }
    }
}
