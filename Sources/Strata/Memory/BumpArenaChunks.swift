import Glibc

/// The chunks of a ``BumpArena``, and how it comes by the next one: all that the fast path does not need.
///
/// Chunks come from `posix_memalign`, so that the process's allocator serves them. Each ends with a footer; memory from
/// its start to the footer is for allocations, so that the start has the chunk's full alignment. A chunk's size is a
/// multiple of 64.
///
/// Invariant: the chunks form a list through their footers, newest first, whose last is `oldest`; `spare` is a chunk
/// outside the list. `reservedBytes` and `count` are those of both, and what was taken from the budget for them.
@usableFromInline
struct BumpArenaChunks: ~Copyable {
    /// What stands at the end of each chunk.
    @usableFromInline
    struct Footer {
        @usableFromInline var previous: UnsafeMutablePointer<Footer>?
        var start: UnsafeMutableRawPointer
        /// The chunk's size, footer included.
        var byteCount: Int
        /// Counts the chunks of one arena from 1, and again those that are used again.
        @usableFromInline var serial: UInt
    }

    /// Where an allocation was made, and the current chunk after it.
    @usableFromInline
    struct Place {
        @usableFromInline var start: UInt
        @usableFromInline var cursor: UInt
        @usableFromInline var limit: UInt
    }

    /// Chunks from this size on are laid out for huge pages, which are as large.
    private static var hugePageBytes: Int { 2 << 20 }
    /// Of no chunk more than this share is stranded for the sake of a new one.
    private static var strandedShare: Int { 8 }

    let firstChunkBytes: Int
    let largestChunkBytes: Int
    let byteLimit: Int?
    let budget: ArenaBudget?
    let usesHugePages: Bool

    @usableFromInline private(set) var newest: UnsafeMutablePointer<Footer>?
    private var oldest: UnsafeMutablePointer<Footer>?
    private var spare: UnsafeMutablePointer<Footer>?
    private var nextChunkBytes: Int
    private var lastSerial: UInt = 0
    private(set) var reservedBytes = 0
    private(set) var count = 0

    init(
        firstChunkBytes: Int, largestChunkBytes: Int, byteLimit: Int?, budget: ArenaBudget?, usesHugePages: Bool
    ) {
        self.firstChunkBytes = firstChunkBytes
        self.largestChunkBytes = largestChunkBytes
        self.byteLimit = byteLimit
        self.budget = budget
        self.usesHugePages = usesHugePages
        nextChunkBytes = firstChunkBytes
    }

    deinit {
        // Not through `release`, which changes the counts: only the memory and the budget matter now.
        var chunk = newest
        while let footer = chunk {
            chunk = footer.pointee.previous
            free(footer.pointee.start)
        }
        if let spare { free(spare.pointee.start) }
        budget?.give(reservedBytes)
    }

    var spareBytes: Int { spare?.pointee.byteCount ?? 0 }

    // MARK: The next chunk

    /// Makes an allocation that does not fit in the current chunk, of which `cursor` and `limit` are given.
    ///
    /// Either a new chunk becomes the current one and the rest of the old one is stranded, or, where that would waste
    /// more than an eighth or the request fills a chunk anyway, the request gets a chunk of its own size and the old
    /// one stays. Each chunk made doubles the next one, so that requests which are smaller than the largest chunk do
    /// not go the second way for long.
    ///
    /// - Throws: `limitExceeded` or `invalidArgument`; nothing has changed then, but that a spare chunk may be gone.
    @usableFromInline
    @inline(never)
    mutating func makeRoom(
        cursor: UInt, limit: UInt, byteCount: Int, alignment: Int
    ) throws(StrataError) -> Place {
        guard byteCount >= 0, alignment > 0, alignment & (alignment - 1) == 0 else {
            throw StrataError(
                .invalidArgument, "an allocation of \(byteCount) bytes aligned to \(alignment) cannot be made")
        }
        guard byteCount <= Int.max / 4, alignment <= Int.max / 4 else {
            throw StrataError(
                .limitExceeded, "an allocation of \(byteCount) bytes aligned to \(alignment) passes the address space")
        }
        let tail = cursor <= limit ? Int(limit - cursor) : 0
        let needed = (byteCount + MemoryLayout<Footer>.size + 63) & ~63
        let isOwn = needed >= nextChunkBytes || tail > nextChunkBytes / Self.strandedShare
        let wanted = isOwn ? needed : nextChunkBytes

        var chunk = takeSpare(byteCount: byteCount, alignment: alignment, atMost: 2 * wanted)
        if chunk == nil {
            chunk = try makeChunk(wanted, atLeast: needed, for: byteCount, alignment: alignment)
        }
        let footer = chunk.unsafelyUnwrapped
        lastSerial += 1
        footer.pointee.serial = lastSerial
        footer.pointee.previous = newest
        if newest == nil { oldest = footer }
        newest = footer

        let mask = UInt(alignment) - 1
        let start = (UInt(bitPattern: footer.pointee.start) + mask) & ~mask
        let end = start + UInt(byteCount)
        let newLimit = UInt(bitPattern: footer)
        precondition(end <= newLimit)
        // The chunk with more room is filled further.
        if Int(newLimit - end) > tail || cursor > limit { return Place(start: start, cursor: end, limit: newLimit) }
        return Place(start: start, cursor: cursor, limit: limit)
    }

    /// The spare chunk, when a request fits there and it is not much larger than wanted.
    private mutating func takeSpare(byteCount: Int, alignment: Int, atMost: Int) -> UnsafeMutablePointer<Footer>? {
        guard let footer = spare, footer.pointee.byteCount <= atMost else { return nil }
        let mask = UInt(alignment) - 1
        let start = (UInt(bitPattern: footer.pointee.start) + mask) & ~mask
        guard start + UInt(byteCount) <= UInt(bitPattern: footer) else { return nil }
        spare = nil
        return footer
    }

    /// A chunk from the allocator, counted but not in the list.
    private mutating func makeChunk(
        _ wanted: Int, atLeast needed: Int, for byteCount: Int, alignment: Int
    ) throws(StrataError) -> UnsafeMutablePointer<Footer> {
        var chunkBytes = wanted
        if let budget {
            // The last chunk before the bound takes what is left, so that the whole budget is usable.
            var granted = budget.take(upTo: wanted, atLeast: needed)
            if granted == nil, spare != nil {
                dropSpare()
                granted = budget.take(upTo: wanted, atLeast: needed)
            }
            guard let granted else { throw budget.refusal(of: byteCount, needing: needed) }
            chunkBytes = granted & ~63
            budget.give(granted - chunkBytes)
        }
        let isHuge = usesHugePages && chunkBytes >= Self.hugePageBytes
        let chunkAlignment = Swift.max(alignment, isHuge ? Self.hugePageBytes : 64)
        var memory: UnsafeMutableRawPointer?
        let code = posix_memalign(&memory, chunkAlignment, chunkBytes)
        guard code == 0, let memory else {
            budget?.give(chunkBytes)
            throw StrataError(
                .limitExceeded, "the allocator has no \(chunkBytes) bytes aligned to \(chunkAlignment) left",
                errno: code)
        }
        if isHuge {
            // Whole huge pages only: what lies behind the chunk is not ours. Advice that is refused changes nothing.
            _ = madvise(memory, chunkBytes & ~(Self.hugePageBytes - 1), Int32(MADV_HUGEPAGE))
        }
        let footer = (memory + chunkBytes - MemoryLayout<Footer>.size).bindMemory(to: Footer.self, capacity: 1)
        footer.initialize(to: Footer(previous: nil, start: memory, byteCount: chunkBytes, serial: 0))
        reservedBytes += chunkBytes
        count += 1
        nextChunkBytes = Swift.min(nextChunkBytes * 2, largestChunkBytes)
        return footer
    }

    @usableFromInline
    @inline(never)
    static func tooMany(_ count: Int) -> StrataError {
        StrataError(.limitExceeded, "an allocation of \(count) values passes the address space")
    }

    // MARK: Giving back

    /// Takes chunks off the list, newest first, up to one that stays.
    @usableFromInline
    mutating func drop(until last: UnsafeMutablePointer<Footer>?) {
        while let footer = newest, footer != last {
            newest = footer.pointee.previous
            if (spare?.pointee.byteCount ?? 0) < footer.pointee.byteCount,
                footer.pointee.byteCount <= largestChunkBytes
            {
                dropSpare()
                spare = footer
            } else {
                release(footer)
            }
        }
        if newest == nil { oldest = nil }
        precondition(newest == last, "the checkpoint belongs to a past that is gone")
    }

    /// Gives the pages of all chunks back to the system, whatever the allocator does with the addresses: what was
    /// allocated is lost. Pages with a footer stay.
    ///
    /// - Complexity: O(bytes): a page that is used again costs a fault of some microseconds.
    borrowing func releasePages() {
        var chunk = newest
        while let footer = chunk {
            let mask = UInt(sysconf(Int32(_SC_PAGESIZE)) - 1)
            let start = (UInt(bitPattern: footer.pointee.start) + mask) & ~mask
            let end = UInt(bitPattern: footer) & ~mask
            if end > start {
                _ = madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), Int32(MADV_DONTNEED))
            }
            chunk = footer.pointee.previous
        }
    }

    mutating func dropSpare() {
        if let spare { release(spare) }
        spare = nil
    }

    /// Gives back all chunks, or all but the largest, which is then the only one and empty.
    mutating func reset(keepsLargestChunk: Bool) -> Place {
        var largest: UnsafeMutablePointer<Footer>? = spare
        spare = nil
        while let footer = newest {
            newest = footer.pointee.previous
            if let kept = largest, kept.pointee.byteCount >= footer.pointee.byteCount {
                release(footer)
            } else {
                if let largest { release(largest) }
                largest = footer
            }
        }
        oldest = nil
        if !keepsLargestChunk, let footer = largest {
            release(footer)
            largest = nil
        }
        guard let footer = largest else { return Place(start: 0, cursor: 1, limit: 0) }
        lastSerial += 1
        footer.pointee.serial = lastSerial
        footer.pointee.previous = nil
        (newest, oldest) = (footer, footer)
        let start = UInt(bitPattern: footer.pointee.start)
        return Place(start: start, cursor: start, limit: UInt(bitPattern: footer))
    }

    /// Takes over the chunks of another arena, as the newest ones. Its own counts are 0 afterwards.
    mutating func splice(_ other: inout BumpArenaChunks) {
        precondition(
            budget === other.budget, "an arena can adopt only what draws from the same budget: see makeChild()")
        if let first = other.oldest {
            first.pointee.previous = newest
            if newest == nil { oldest = first }
            newest = other.newest
            // A checkpoint must not take the adopted chunk for one of its own.
            lastSerial = Swift.max(lastSerial, other.lastSerial) + 1
            newest?.pointee.serial = lastSerial
        }
        reservedBytes += other.reservedBytes
        count += other.count
        nextChunkBytes = Swift.max(nextChunkBytes, other.nextChunkBytes)
        // Of two spare chunks the larger one is kept.
        if spareBytes < other.spareBytes { swap(&spare, &other.spare) }
        if let second = other.spare { release(second) }
        (other.newest, other.oldest, other.spare) = (nil, nil, nil)
        (other.reservedBytes, other.count) = (0, 0)
    }

    private mutating func release(_ footer: UnsafeMutablePointer<Footer>) {
        let byteCount = footer.pointee.byteCount
        reservedBytes -= byteCount
        count -= 1
        budget?.give(byteCount)
        free(footer.pointee.start)
    }
}
