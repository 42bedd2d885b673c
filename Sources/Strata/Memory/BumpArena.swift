/// An arena that allocates by moving a cursor, and frees everything at once.
///
/// Chunks come from the process's allocator and double in size from `firstChunkBytes` up to ``maximumChunkBytes``; a
/// request that is larger gets a chunk of its own, and the rest of the current one stays in use. Addresses never move.
/// One thread at a time; nothing here locks. Threads that fill memory together have an arena each: ``makeChild()``
/// before, ``adopt(_:)`` after.
///
/// Allocation is O(1), amortised over the chunks. Source: the classic region allocator (Hanson, "Fast allocation and
/// deallocation of memory based on object lifetimes", 1990).
///
/// Every byte is accounted for: ``reservedBytes`` = ``allocatedBytes`` + ``availableBytes`` + ``wastedBytes`` +
/// ``spareBytes``.
///
/// **Why the parts are as they are.** An allocation is a test of the alignment, an add, a compare and two branches, and
/// the cursor stays in a register over a loop: the fields that change are plain words of the struct, the rest is behind
/// a pointer, and the way out of the fast path takes and returns words, so that the address of the arena never leaves
/// the caller. What was asked for is not counted but follows from the cursor: only padding moves `origin`. The cursor
/// goes up, not down: memory is then written in the direction that the processor fetches ahead.
///
/// Invariant: `cursor - origin` are the bytes asked for. An empty arena has `cursor` 1 and `limit` 0, so that no
/// request fits. Otherwise `cursor <= limit`, both in the current chunk, and `limit` is the address of that chunk's
/// footer; what lies below `cursor` there, and all the other chunks, is handed out, stranded, or spare.
@frozen
public struct BumpArena: ~Copyable {
    /// The largest chunk that doubling reaches, in bytes: past it, larger chunks would only raise the waste at the end.
    public static var maximumChunkBytes: Int { 8 << 20 }

    @usableFromInline var cursor: UInt = 1
    @usableFromInline var limit: UInt = 0
    @usableFromInline var origin: UInt = 1
    // Initialised in `init`, this arena's alone until `deinit` or `adopt` of another arena ends it. Copied to a local
    // name before a mutating call: with the thread sanitizer, the compiler (Swift 6.3.1) stops at such a call through
    // a stored property of a type that has a `deinit`.
    @usableFromInline let chunks: UnsafeMutablePointer<BumpArenaChunks>

    /// An empty arena. No chunk is taken from the allocator before the first allocation.
    ///
    /// - Parameters:
    ///   - firstChunkBytes: the size of the first chunk in bytes, at least 256.
    ///   - largestChunkBytes: where doubling ends, at most ``maximumChunkBytes``.
    ///   - byteLimit: the bound on what this arena and its children hold together, in bytes; nil for no bound.
    ///   - budget: a budget that this arena and its children draw from, beside `byteLimit`.
    ///   - usesHugePages: whether chunks of 2 MiB and more are aligned to 2 MiB and the system is advised to map them
    ///     by huge pages. A hint: fewer page faults and table walks, for memory that is taken 2 MiB at a time. It stays
    ///     with the addresses when the allocator uses them again.
    public init(
        firstChunkBytes: Int = 64 << 10, largestChunkBytes: Int = Self.maximumChunkBytes, byteLimit: Int? = nil,
        budget: ArenaBudget? = nil, usesHugePages: Bool = false
    ) {
        let largest = Swift.min(Swift.max(largestChunkBytes, 256), Self.maximumChunkBytes) & ~63
        self.init(
            BumpArenaChunks(
                firstChunkBytes: Swift.min(Swift.max(firstChunkBytes, 256), largest) & ~63,
                largestChunkBytes: largest,
                byteLimit: byteLimit,
                budget: byteLimit.map { ArenaBudget(byteLimit: Swift.max($0, 0), within: budget) } ?? budget,
                usesHugePages: usesHugePages))
    }

    init(_ chunks: consuming BumpArenaChunks) {
        self.chunks = .allocate(capacity: 1)
        self.chunks.initialize(to: chunks)
    }

    deinit {
        chunks.deinitialize(count: 1)
        chunks.deallocate()
    }

    // MARK: Allocation

    /// Uninitialised memory, valid until the arena is reset, rewound behind it, or gone.
    ///
    /// - Parameters:
    ///   - byteCount: the size in bytes; 0 is allowed and gives an address that must not be read.
    ///   - alignment: any power of two.
    /// - Throws: `limitExceeded` when a budget would be passed or the allocator has no memory, `invalidArgument` when
    ///   the size is negative or the alignment not a power of two; the arena is as before.
    /// - Complexity: O(1), amortised.
    @inlinable @inline(__always)
    public mutating func allocate(byteCount: Int, alignment: Int = 16) throws(StrataError) -> UnsafeMutableRawPointer {
        let mask = UInt(bitPattern: alignment) &- 1
        // The alignment is nearly always a constant, and the size often: checking them costs nothing then. No sum
        // wraps: addresses are below 2^63, and so is a size that is not negative.
        if alignment > 0, UInt(bitPattern: alignment) & mask == 0, byteCount >= 0 {
            // Two paths, though the second would do for both: a cursor that is aligned, as it mostly is, waits for one
            // addition only, and is the one word that is written. `_fastPath` sees to it that this path is laid out
            // without a jump; without it, the loop over a local arena takes a third longer than a raw pointer's.
            if _fastPath(cursor & mask == 0) {
                let start = cursor
                let end = start &+ UInt(bitPattern: byteCount)
                if _fastPath(end <= limit) {
                    cursor = end
                    // Not below the cursor, which is at least 1: never null.
                    return UnsafeMutableRawPointer(bitPattern: start).unsafelyUnwrapped
                }
            } else {
                let start = (cursor | mask) &+ 1
                let end = start &+ UInt(bitPattern: byteCount)
                if _fastPath(end <= limit) {
                    origin &+= start &- cursor
                    cursor = end
                    return UnsafeMutableRawPointer(bitPattern: start).unsafelyUnwrapped
                }
            }
        }
        let (chunks, before) = (chunks, allocatedBytes)
        let place = try chunks.pointee.makeRoom(
            cursor: cursor, limit: limit, byteCount: byteCount, alignment: alignment)
        cursor = place.cursor
        limit = place.limit
        origin = cursor &- UInt(bitPattern: before &+ byteCount)
        // The chunk's memory: never null.
        return UnsafeMutableRawPointer(bitPattern: place.start).unsafelyUnwrapped
    }

    /// Uninitialised memory for `count` values of a type without a destructor, aligned for it.
    ///
    /// - Throws: as ``allocate(byteCount:alignment:)``.
    @inlinable @inline(__always)
    public mutating func allocate<Value: BitwiseCopyable>(
        _ type: Value.Type, count: Int
    ) throws(StrataError) -> UnsafeMutablePointer<Value> {
        let (byteCount, overflow) = MemoryLayout<Value>.stride.multipliedReportingOverflow(by: count)
        guard !overflow, count >= 0 else { throw BumpArenaChunks.tooMany(count) }
        return try allocate(byteCount: byteCount, alignment: MemoryLayout<Value>.alignment)
            .bindMemory(to: type, capacity: count)
    }

    /// A value of a type without a destructor, in memory of this arena.
    ///
    /// - Throws: as ``allocate(byteCount:alignment:)``.
    @inlinable @inline(__always)
    public mutating func create<Value: BitwiseCopyable>(
        _ value: Value
    ) throws(StrataError) -> UnsafeMutablePointer<Value> {
        let pointer = try allocate(byteCount: MemoryLayout<Value>.stride, alignment: MemoryLayout<Value>.alignment)
            .bindMemory(to: Value.self, capacity: 1)
        pointer.initialize(to: value)
        return pointer
    }

    /// A copy of values of a type without a destructor, one after another in memory of this arena.
    ///
    /// - Throws: as ``allocate(byteCount:alignment:)``.
    /// - Complexity: O(values).
    @inlinable
    public mutating func create<Value: BitwiseCopyable>(
        copying values: Span<Value>
    ) throws(StrataError) -> UnsafeMutableBufferPointer<Value> {
        let copy = UnsafeMutableBufferPointer(
            start: try allocate(Value.self, count: values.count), count: values.count)
        // The pointer to the values is used in this call only.
        values.withUnsafeBufferPointer { _ = copy.initialize(fromContentsOf: $0) }
        return copy
    }

    /// Takes a chunk with room for `byteCount` bytes now, where the current one has less, so that allocations up to
    /// that many take nothing from the allocator. ``reset(keepsLargestChunk:)`` keeps it, when none is larger.
    ///
    /// - Throws: as ``allocate(byteCount:alignment:)``.
    public mutating func reserve(byteCount: Int) throws(StrataError) {
        guard availableBytes < byteCount else { return }
        // As if the arena were empty: the new chunk becomes the current one, and the rest of the old one is stranded.
        let chunks = chunks
        let place = try chunks.pointee.makeRoom(cursor: 1, limit: 0, byteCount: byteCount, alignment: 64)
        let before = allocatedBytes
        cursor = place.start
        limit = place.limit
        origin = cursor &- UInt(bitPattern: before)
    }

    // MARK: Accounting

    /// The bytes that callers asked for since the last reset or rewind, without padding.
    @inlinable public var allocatedBytes: Int { Int(bitPattern: cursor &- origin) }

    /// The bytes left in the current chunk: requests that fit there take nothing from the allocator.
    @inlinable public var availableBytes: Int { cursor <= limit ? Int(bitPattern: limit &- cursor) : 0 }

    /// The bytes that the arena holds from the process's allocator, in chunks.
    public var reservedBytes: Int { chunks.pointee.reservedBytes }

    /// The bytes of the chunk that the last rewind kept for later.
    public var spareBytes: Int { chunks.pointee.spareBytes }

    /// The bytes that nothing can use before a reset: padding between allocations, the ends of full chunks, and the
    /// footer of each.
    public var wastedBytes: Int { reservedBytes - spareBytes - allocatedBytes - availableBytes }

    /// The number of chunks held, a spare one included.
    public var chunkCount: Int { chunks.pointee.count }

    /// The bound on what this arena and its children hold together, in bytes; nil for no bound.
    public var byteLimit: Int? { chunks.pointee.byteLimit }

    /// What the chunks are drawn from; nil when nothing bounds them.
    public var budget: ArenaBudget? { chunks.pointee.budget }
}

// Allocations are made by one owner; handing the whole arena to another thread is safe.
extension BumpArena: @unchecked Sendable {}
