/// A bump arena in one range of addresses, whose allocations are named by 32-bit offsets.
///
/// A structure whose nodes name each other takes half the memory for it, and as much less of the caches. The range of
/// addresses is reserved once and filled from its start, so that the arena grows without moving anything. Allocations
/// start at multiples of `granule` bytes, which is 8 or 16: 8 wastes less behind small values, 16 reaches 64 GiB.
///
/// One thread at a time allocates; threads that only read may resolve offsets beside it through a ``Resolver``.
/// Allocation and resolving are O(1). Source: the compressed references of Lattner and Adve ("Transparent pointer
/// compression for linked data structures", 2005).
///
/// Invariant: `1 <= next <= limit < 2^32`, in granules from `base`; what lies below `limit` is readable and writable,
/// what lies below `next` is handed out. Granule 0 is never handed out: its offset is ``ArenaOffset/none``.
@frozen
public struct OffsetArena<let granule: Int>: ~Copyable {
    /// The bytes that offsets reach.
    public static var reachBytes: Int { Int(UInt32.max) * granule }

    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline var next: UInt = 1
    @usableFromInline var limit: UInt
    /// The bytes handed out that nobody asked for. Not those asked for are counted, since for most types this is 0 and
    /// the compiler knows.
    @usableFromInline var padding = 0
    // Initialised in `init`, this arena's alone until `deinit`.
    @usableFromInline let region: UnsafeMutablePointer<OffsetArenaRegion>

    /// An empty arena.
    ///
    /// - Parameters:
    ///   - reservationBytes: the range of addresses to reserve, hence the bound on growth; nil for all that offsets
    ///     reach. Reserved addresses cost no memory.
    ///   - budget: what the memory in use is drawn from.
    ///   - usesHugePages: whether the system is advised to map the memory by huge pages.
    /// - Throws: `limitExceeded` when the system refuses the range or the budget has no room for the first page,
    ///   `invalidArgument` when the reservation is not between one page and ``reachBytes``.
    public init(
        reservationBytes: Int? = nil, budget: ArenaBudget? = nil, usesHugePages: Bool = false
    ) throws(StrataError) {
        precondition(granule == 8 || granule == 16, "a granule has 8 or 16 bytes, not \(granule)")
        var made = try OffsetArenaRegion(
            byteCount: reservationBytes ?? Self.reachBytes, atMost: Self.reachBytes, budget: budget,
            usesHugePages: usesHugePages)
        let committed = try made.commit(1)
        base = made.base
        limit = Self.granules(in: committed)
        region = .allocate(capacity: 1)
        region.initialize(to: made)
    }

    deinit {
        region.deinitialize(count: 1)
        region.deallocate()
    }

    /// The granules that a number of bytes fills, and offsets reach.
    private static func granules(in bytes: Int) -> UInt { Swift.min(UInt(bytes / granule), UInt(UInt32.max)) }

    // MARK: Allocation

    /// Uninitialised memory, valid until the arena is reset, rewound behind it, or gone.
    ///
    /// - Parameters:
    ///   - byteCount: the size in bytes; 0 is allowed and gives a place that must not be read.
    ///   - alignment: a power of two up to 2 MiB. Up to a granule's size it costs nothing.
    /// - Throws: `limitExceeded` when the reservation or the budget would be passed or the system has no memory,
    ///   `invalidArgument` when the size or the alignment is not as said; the arena is as before.
    @inlinable @inline(__always)
    public mutating func allocate(
        byteCount: Int, alignment: Int = granule
    ) throws(StrataError) -> ArenaOffset<UInt8> {
        ArenaOffset(rawValue: try place(byteCount: byteCount, alignment: alignment))
    }

    /// Uninitialised memory for `count` values of a type without a destructor, aligned for it.
    ///
    /// - Throws: as ``allocate(byteCount:alignment:)``.
    @inlinable @inline(__always)
    public mutating func allocate<Value: BitwiseCopyable>(
        _ type: Value.Type, count: Int
    ) throws(StrataError) -> ArenaOffset<Value> {
        let (byteCount, overflow) = MemoryLayout<Value>.stride.multipliedReportingOverflow(by: count)
        guard !overflow, count >= 0 else { throw BumpArenaChunks.tooMany(count) }
        let start = try place(byteCount: byteCount, alignment: MemoryLayout<Value>.alignment)
        (base + Int(start) &* granule).bindMemory(to: type, capacity: count)
        return ArenaOffset(rawValue: start)
    }

    /// A value of a type without a destructor, in memory of this arena.
    ///
    /// - Throws: as ``allocate(byteCount:alignment:)``.
    @inlinable @inline(__always)
    public mutating func create<Value: BitwiseCopyable>(_ value: Value) throws(StrataError) -> ArenaOffset<Value> {
        let start = try place(byteCount: MemoryLayout<Value>.stride, alignment: MemoryLayout<Value>.alignment)
        (base + Int(start) &* granule).bindMemory(to: Value.self, capacity: 1).initialize(to: value)
        return ArenaOffset(rawValue: start)
    }

    @inlinable @inline(__always)
    mutating func place(byteCount: Int, alignment: Int) throws(StrataError) -> UInt32 {
        let mask = UInt(bitPattern: Swift.max(alignment / granule, 1)) &- 1
        let start = (next &+ mask) & ~mask
        // Below 2^61 even when the size is negative, so that the sum does not wrap; a negative size is refused apart.
        let end = start &+ (UInt(bitPattern: byteCount) &+ UInt(bitPattern: granule &- 1)) / UInt(bitPattern: granule)
        let isWell = byteCount >= 0 && alignment > 0 && alignment & (alignment &- 1) == 0 && alignment <= 2 << 20
        if !_fastPath(end <= limit && isWell) {
            limit = try OffsetArenaRegion.grow(
                region, from: start, byteCount: byteCount, alignment: alignment, granule: granule)
        }
        padding &+= Int(bitPattern: end &- next) &* granule &- byteCount
        next = end
        return UInt32(truncatingIfNeeded: start)
    }

    // MARK: Places

    /// Finds memory from offsets, on any thread, also beside the one that allocates. Valid as long as its arena.
    @frozen
    public struct Resolver: BitwiseCopyable, @unchecked Sendable {
        // The start of the arena's range, which never moves. What is read through it must have been handed over.
        @usableFromInline let base: UnsafeMutableRawPointer

        @inlinable init(base: UnsafeMutableRawPointer) { self.base = base }

        /// The address of a place in the arena.
        @inlinable @inline(__always)
        public func pointer<Value: BitwiseCopyable>(_ offset: ArenaOffset<Value>) -> UnsafeMutablePointer<Value> {
            assert(!offset.isNone, "no place has no address")
            return (base + Int(offset.rawValue) &* granule).assumingMemoryBound(to: Value.self)
        }

        /// The value at a place in the arena.
        @inlinable
        public subscript<Value: BitwiseCopyable>(offset: ArenaOffset<Value>) -> Value {
            @inline(__always) get { pointer(offset).pointee }
            @inline(__always) nonmutating set { pointer(offset).pointee = newValue }
        }
    }

    /// Finds memory from offsets without the arena at hand.
    @inlinable public var resolver: Resolver { Resolver(base: base) }

    /// The address of a place; it stays the same.
    ///
    /// - Precondition: the offset is this arena's, and what it names was not given back.
    @inlinable @inline(__always)
    public func pointer<Value: BitwiseCopyable>(_ offset: ArenaOffset<Value>) -> UnsafeMutablePointer<Value> {
        assert(UInt(offset.rawValue) <= next, "the place was given back, or is another arena's")
        return resolver.pointer(offset)
    }

    /// The values from a place on.
    @inlinable
    public func buffer<Value: BitwiseCopyable>(
        _ offset: ArenaOffset<Value>, count: Int
    ) -> UnsafeMutableBufferPointer<Value> { UnsafeMutableBufferPointer(start: pointer(offset), count: count) }

    /// The value at a place.
    @inlinable
    public subscript<Value: BitwiseCopyable>(offset: ArenaOffset<Value>) -> Value {
        @inline(__always) get { pointer(offset).pointee }
        @inline(__always) nonmutating set { pointer(offset).pointee = newValue }
    }

    /// The offset of an address that this arena gave out.
    @inlinable
    public func offset<Value: BitwiseCopyable>(of pointer: UnsafeMutablePointer<Value>) -> ArenaOffset<Value> {
        let distance = UnsafeMutableRawPointer(pointer) - base
        precondition(
            distance > 0 && distance % granule == 0 && UInt(distance / granule) <= next,
            "the address is not the start of an allocation of this arena")
        return ArenaOffset(rawValue: UInt32(truncatingIfNeeded: distance / granule))
    }

    // MARK: Giving back

    /// A place in an arena to return to with ``rewind(to:)``.
    @frozen
    public struct Checkpoint: ~Copyable {
        @usableFromInline let next: UInt
        @usableFromInline let padding: Int
        @usableFromInline let base: UnsafeMutableRawPointer

        @inlinable
        init(next: UInt, padding: Int, base: UnsafeMutableRawPointer) {
            self.next = next
            self.padding = padding
            self.base = base
        }
    }

    /// The place that the next allocation starts from.
    @inlinable
    public borrowing func checkpoint() -> Checkpoint { Checkpoint(next: next, padding: padding, base: base) }

    /// Gives back everything allocated since the checkpoint was taken. Its memory must no longer be used; it stays with
    /// the arena.
    ///
    /// - Precondition: the checkpoint is this arena's, and neither a reset nor a rewind to an earlier one came since.
    /// - Complexity: O(1).
    @inlinable
    public mutating func rewind(to checkpoint: consuming Checkpoint) {
        precondition(
            checkpoint.base == base && checkpoint.next <= next,
            "the checkpoint belongs to another arena or to a past that is gone")
        next = checkpoint.next
        padding = checkpoint.padding
    }

    /// Gives back everything. The memory stays with the arena, so that refilling it faults no pages.
    ///
    /// - Complexity: O(1).
    @inlinable
    public mutating func reset() {
        next = 1
        padding = 0
    }

    /// Gives the memory behind the last allocation back to the system.
    public mutating func trim() {
        // A local name for the sake of the thread sanitizer: see `BumpArena.chunks`.
        let region = region
        limit = Self.granules(in: region.pointee.decommit(after: Int(next) * granule))
    }

    // MARK: Accounting

    /// The bytes that callers asked for since the last reset or rewind, without padding.
    @inlinable public var allocatedBytes: Int { Int(bitPattern: next &- 1) &* granule &- padding }

    /// The bytes in use by the arena, from its start to the end of what it has made writable. Those that were never
    /// written take no memory yet.
    public var reservedBytes: Int { region.pointee.committedBytes }

    /// The bytes left before the arena must grow.
    @inlinable public var availableBytes: Int { Int(bitPattern: limit &- next) * granule }

    /// The bytes that nothing can use before a reset: padding to whole granules and for alignment, and granule 0.
    public var wastedBytes: Int { reservedBytes - allocatedBytes - availableBytes }
}

// Allocations are made by one owner; handing the whole arena to another thread is safe.
extension OffsetArena: @unchecked Sendable {}
