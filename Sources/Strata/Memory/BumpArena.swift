import Glibc

/// An arena that allocates by moving a cursor, and frees everything at once.
///
/// Chunks come from `malloc`, so that the process's allocator serves them, and double in size from `firstChunkBytes` up
/// to ``maximumChunkBytes``; a request that is larger than the next chunk gets a chunk of its own. Addresses never
/// move. One thread at a time; nothing here locks.
///
/// Allocation is O(1) (amortised over the chunks). Source: the classic region allocator (Hanson, "Fast allocation and
/// deallocation of memory based on object lifetimes", 1990).
///
/// Invariant: `cursor <= limit`, both inside the newest chunk or both 0; the chunks form a list through their headers,
/// newest first; everything below `cursor` in the newest chunk and all of the older ones is handed out.
@frozen
public struct BumpArena: ~Copyable {
    /// The largest chunk that doubling reaches, in bytes: past it, larger chunks would only raise the waste at the end.
    public static var maximumChunkBytes: Int { 8 << 20 }

    /// What stands at the start of each chunk.
    @usableFromInline
    struct ChunkHeader {
        @usableFromInline var previous: UnsafeMutableRawPointer?
        @usableFromInline var byteCount: Int
    }

    /// A place in an arena to return to with ``rewind(to:)``.
    @frozen
    public struct Checkpoint: ~Copyable {
        @usableFromInline let chunk: UnsafeMutableRawPointer?
        @usableFromInline let cursor: UInt
        @usableFromInline let allocatedBytes: Int

        @usableFromInline
        init(chunk: UnsafeMutableRawPointer?, cursor: UInt, allocatedBytes: Int) {
            self.chunk = chunk
            self.cursor = cursor
            self.allocatedBytes = allocatedBytes
        }
    }

    @usableFromInline var cursor: UInt = 0
    @usableFromInline var limit: UInt = 0
    @usableFromInline var newest: UnsafeMutableRawPointer?
    @usableFromInline var nextChunkBytes: Int

    /// Where doubling ends, in bytes.
    private let largestChunkBytes: Int
    /// The bytes that the arena may take from the allocator, in all; nil for no bound.
    public let byteLimit: Int?
    @usableFromInline var allocated = 0
    /// The bytes that callers asked for since the last reset or rewind, without padding.
    @inlinable public var allocatedBytes: Int { allocated }
    /// The bytes that the arena holds from the allocator, headers and unused tails with them.
    public private(set) var reservedBytes = 0
    /// The number of chunks held.
    public private(set) var chunkCount = 0

    /// An empty arena. Nothing is taken from the allocator before the first allocation.
    ///
    /// - Parameters:
    ///   - firstChunkBytes: the size of the first chunk in bytes, at least 256.
    ///   - largestChunkBytes: where doubling ends, at most ``maximumChunkBytes``: what is unused at the end is less.
    ///   - byteLimit: the bound on ``reservedBytes``, in bytes.
    public init(
        firstChunkBytes: Int = 64 << 10, largestChunkBytes: Int = Self.maximumChunkBytes, byteLimit: Int? = nil
    ) {
        self.largestChunkBytes = Swift.min(Swift.max(largestChunkBytes, 256), Self.maximumChunkBytes)
        nextChunkBytes = Swift.min(Swift.max(firstChunkBytes, 256), self.largestChunkBytes)
        self.byteLimit = byteLimit
    }

    deinit {
        var chunk = newest
        while let current = chunk {
            chunk = current.load(as: ChunkHeader.self).previous
            free(current)
        }
    }

    /// Uninitialised memory, valid until the arena is reset, rewound behind it, or gone.
    ///
    /// - Parameters:
    ///   - byteCount: the size in bytes; 0 is allowed and gives an address that must not be read.
    ///   - alignment: a power of two, at most 4,096.
    /// - Throws: `limitExceeded` when ``byteLimit`` would be passed or the allocator has no memory, `invalidArgument`
    ///   when the size is negative or the alignment not a power of two up to 4,096; the arena is as before.
    /// - Complexity: O(1), amortised.
    @inlinable
    public mutating func allocate(byteCount: Int, alignment: Int = 16) throws(StrataError) -> UnsafeMutableRawPointer {
        let mask = UInt(bitPattern: alignment) &- 1
        let start = (cursor &+ mask) & ~mask
        let (end, overflow) = start.addingReportingOverflow(UInt(bitPattern: byteCount))
        // The alignment is nearly always a constant: checking it then costs nothing. With 0, the start is 0.
        if !overflow, end <= limit, start != 0, UInt(bitPattern: alignment) & mask == 0, alignment <= 4_096 {
            cursor = end
            allocated &+= byteCount
            // In bounds of the newest chunk, hence never null.
            return UnsafeMutableRawPointer(bitPattern: start).unsafelyUnwrapped
        }
        return try allocateFromNewChunk(byteCount: byteCount, alignment: alignment)
    }

    /// Uninitialised memory for `count` values of a type without a destructor, aligned for it.
    ///
    /// - Throws: as ``allocate(byteCount:alignment:)``.
    @inlinable
    public mutating func allocate<Value: BitwiseCopyable>(
        _ type: Value.Type, count: Int
    ) throws(StrataError) -> UnsafeMutablePointer<Value> {
        let (byteCount, overflow) = MemoryLayout<Value>.stride.multipliedReportingOverflow(by: count)
        guard !overflow, count >= 0 else {
            throw StrataError(.limitExceeded, "an allocation of \(count) values passes the address space")
        }
        return try allocate(byteCount: byteCount, alignment: MemoryLayout<Value>.alignment)
            .bindMemory(to: type, capacity: count)
    }

    /// The place that the next allocation starts from.
    public borrowing func checkpoint() -> Checkpoint {
        Checkpoint(chunk: newest, cursor: cursor, allocatedBytes: allocatedBytes)
    }

    /// Gives back everything allocated since the checkpoint was taken. Its memory must no longer be used.
    ///
    /// - Precondition: the checkpoint is this arena's, and no earlier checkpoint was rewound to since.
    /// - Complexity: O(chunks released).
    public mutating func rewind(to checkpoint: consuming Checkpoint) {
        while let current = newest, current != checkpoint.chunk {
            let header = current.load(as: ChunkHeader.self)
            newest = header.previous
            release(current, header.byteCount)
        }
        precondition(newest == checkpoint.chunk, "the checkpoint belongs to another arena or to a past that is gone")
        cursor = checkpoint.cursor
        limit = newest.map { UInt(bitPattern: $0) + UInt($0.load(as: ChunkHeader.self).byteCount) } ?? 0
        allocated = checkpoint.allocatedBytes
    }

    /// Gives back everything, and keeps the largest chunk, so that refilling the arena faults no pages.
    ///
    /// - Complexity: O(chunks).
    public mutating func reset() {
        var largest: UnsafeMutableRawPointer?
        var largestBytes = 0
        while let current = newest {
            let header = current.load(as: ChunkHeader.self)
            newest = header.previous
            if header.byteCount > largestBytes {
                if let largest { release(largest, largestBytes) }
                (largest, largestBytes) = (current, header.byteCount)
            } else {
                release(current, header.byteCount)
            }
        }
        allocated = 0
        (cursor, limit) = (0, 0)
        guard let largest else { return }
        largest.initializeMemory(as: ChunkHeader.self, to: ChunkHeader(previous: nil, byteCount: largestBytes))
        newest = largest
        cursor = UInt(bitPattern: largest) + UInt(MemoryLayout<ChunkHeader>.size)
        limit = UInt(bitPattern: largest) + UInt(largestBytes)
    }

    @usableFromInline
    @inline(never)
    mutating func allocateFromNewChunk(byteCount: Int, alignment: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        guard byteCount >= 0, alignment > 0, alignment & (alignment - 1) == 0, alignment <= 4_096 else {
            throw StrataError(
                .invalidArgument, "an allocation of \(byteCount) bytes aligned to \(alignment) cannot be made")
        }
        let overhead = MemoryLayout<ChunkHeader>.size + alignment
        guard byteCount <= Int.max / 2 else {
            throw StrataError(.limitExceeded, "an allocation of \(byteCount) bytes passes the address space")
        }
        // aligned_alloc asks for a multiple of the alignment.
        let least = (byteCount + overhead + 63) & ~63
        var chunkBytes = Swift.max(nextChunkBytes & ~63, least)
        if let byteLimit, chunkBytes > byteLimit - reservedBytes {
            // The last chunk before the bound takes what is left, so that the whole budget is usable.
            chunkBytes = (byteLimit - reservedBytes) & ~63
            guard chunkBytes >= least else {
                throw StrataError(
                    .limitExceeded,
                    "the arena's budget of \(byteLimit) bytes has no room for \(byteCount) more (\(reservedBytes) are held)",
                    remedy: "raise arena_size or store less")
            }
        }
        guard let chunk = aligned_alloc(64, chunkBytes) else {
            throw StrataError(.limitExceeded, "the allocator has no \(chunkBytes) bytes left", errno: errno)
        }
        chunk.initializeMemory(as: ChunkHeader.self, to: ChunkHeader(previous: newest, byteCount: chunkBytes))
        newest = chunk
        reservedBytes += chunkBytes
        chunkCount += 1
        nextChunkBytes = Swift.min(nextChunkBytes * 2, largestChunkBytes)
        let mask = UInt(alignment) - 1
        let start = (UInt(bitPattern: chunk) + UInt(MemoryLayout<ChunkHeader>.size) + mask) & ~mask
        cursor = start + UInt(byteCount)
        limit = UInt(bitPattern: chunk) + UInt(chunkBytes)
        precondition(cursor <= limit)
        allocated += byteCount
        return UnsafeMutableRawPointer(bitPattern: start)!
    }

    private mutating func release(_ chunk: UnsafeMutableRawPointer, _ byteCount: Int) {
        reservedBytes -= byteCount
        chunkCount -= 1
        free(chunk)
    }
}

// Allocations are made by one owner; handing the whole arena to another thread is safe.
extension BumpArena: @unchecked Sendable {}
