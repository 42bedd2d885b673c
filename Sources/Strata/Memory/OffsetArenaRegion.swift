import Glibc

/// The range of addresses under an ``OffsetArena``, of which a first part is readable and writable.
///
/// The range is mapped without access, which costs no memory and counts against no limit but that of addresses; growth
/// makes the next part accessible. No allocator is asked: none reserves a range that can grow in place.
///
/// Invariant: `base` is aligned to 2 MiB and the start of a mapping of `byteCount` bytes of this region's own, of which
/// the first `committedBytes`, whole pages, are accessible and were taken from the budget.
@usableFromInline
struct OffsetArenaRegion: ~Copyable {
    private static var hugePageBytes: Int { 2 << 20 }
    private static var pageBytes: Int { Int(getpagesize()) }
    /// Each growth at least doubles what is accessible, between these bounds: calls are few, and a budget is not eaten
    /// up far ahead of use.
    private static var leastGrowth: Int { 64 << 10 }
    private static var mostGrowth: Int { 32 << 20 }

    let base: UnsafeMutableRawPointer
    private let byteCount: Int
    private let budget: ArenaBudget?
    private let usesHugePages: Bool
    private(set) var committedBytes = 0

    init(byteCount: Int, atMost: Int, budget: ArenaBudget?, usesHugePages: Bool) throws(StrataError) {
        guard byteCount >= Self.pageBytes, byteCount <= atMost else {
            throw StrataError(
                .invalidArgument, "an arena of 32-bit offsets cannot reserve \(byteCount) bytes",
                remedy: "reserve between \(Self.pageBytes) and \(atMost)")
        }
        let rounded = (byteCount + Self.pageBytes - 1) & ~(Self.pageBytes - 1)
        // More than is needed, so that an aligned part is in it; what stands over is unmapped.
        let mapped = mmap(
            nil, rounded + Self.hugePageBytes, Int32(PROT_NONE), Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1,
            0)
        guard let mapped, mapped != MAP_FAILED else {
            throw StrataError(
                .limitExceeded, "the system has no range of \(byteCount) addresses", errno: errno,
                remedy: "reserve less, or raise the limit on virtual memory")
        }
        let mask = UInt(Self.hugePageBytes) - 1
        let before = Int((0 &- UInt(bitPattern: mapped)) & mask)
        let after = Self.hugePageBytes - before
        if before > 0 { munmap(mapped, before) }
        if after > 0 { munmap(mapped + before + rounded, after) }
        base = mapped + before
        self.byteCount = rounded
        self.budget = budget
        self.usesHugePages = usesHugePages
        // Advice that is refused changes nothing.
        if usesHugePages { _ = madvise(base, rounded, Int32(MADV_HUGEPAGE)) }
    }

    deinit {
        munmap(base, byteCount)
        budget?.give(committedBytes)
    }

    /// Makes at least the first `needed` bytes accessible.
    ///
    /// - Returns: how many bytes are accessible now.
    /// - Throws: `limitExceeded`; nothing has changed then.
    mutating func commit(_ needed: Int) throws(StrataError) -> Int {
        guard needed > committedBytes else { return committedBytes }
        guard needed <= byteCount else { throw outOfRange(needed) }
        let page = Self.pageBytes
        let least = ((needed + page - 1) & ~(page - 1)) - committedBytes
        let growth = Swift.min(Swift.max(committedBytes, Self.leastGrowth), Self.mostGrowth)
        var wanted = Swift.max(least, growth)
        if usesHugePages, committedBytes + wanted >= Self.hugePageBytes {
            wanted = ((committedBytes + wanted + Self.hugePageBytes - 1) & ~(Self.hugePageBytes - 1)) - committedBytes
        }
        wanted = Swift.min(wanted, byteCount - committedBytes)
        if let budget {
            guard let granted = budget.take(upTo: wanted, atLeast: least) else {
                throw budget.refusal(of: needed - committedBytes, needing: least)
            }
            wanted = granted & ~(page - 1)
            budget.give(granted - wanted)
        }
        guard mprotect(base + committedBytes, wanted, Int32(PROT_READ | PROT_WRITE)) == 0 else {
            let code = errno
            budget?.give(wanted)
            throw StrataError(.limitExceeded, "the system has no \(wanted) bytes of memory left", errno: code)
        }
        committedBytes += wanted
        return committedBytes
    }

    private borrowing func outOfRange(_ needed: Int) -> StrataError {
        StrataError(
            .limitExceeded, "the arena's range of \(byteCount) bytes ends before \(needed)",
            remedy: "reserve more addresses, where 32-bit offsets reach them, or store less")
    }

    /// Gives the memory of whole pages behind the first `used` bytes back to the system.
    ///
    /// - Returns: how many bytes are accessible now; at least a page.
    mutating func decommit(after used: Int) -> Int {
        let page = Self.pageBytes
        let kept = Swift.max((used + page - 1) & ~(page - 1), page)
        let excess = committedBytes - kept
        guard excess > 0 else { return committedBytes }
        // A fresh mapping in place of the old one: one call both drops the pages and takes the access away.
        let mapped = mmap(
            base + kept, excess, Int32(PROT_NONE), Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED), -1,
            0)
        guard mapped != MAP_FAILED else { return committedBytes }
        if usesHugePages { _ = madvise(base + kept, excess, Int32(MADV_HUGEPAGE)) }
        committedBytes = kept
        budget?.give(excess)
        return committedBytes
    }

    /// Makes room for an allocation that starts at granule `start` of an arena.
    ///
    /// - Returns: the arena's new limit, in granules.
    @usableFromInline
    @inline(never)
    static func grow(
        _ region: UnsafeMutablePointer<OffsetArenaRegion>, from start: UInt, byteCount: Int, alignment: Int,
        granule: Int
    ) throws(StrataError) -> UInt {
        guard byteCount >= 0, alignment > 0, alignment & (alignment - 1) == 0, alignment <= hugePageBytes else {
            throw StrataError(
                .invalidArgument, "an allocation of \(byteCount) bytes aligned to \(alignment) cannot be made")
        }
        guard byteCount <= Int.max / 4 else { throw BumpArenaChunks.tooMany(byteCount) }
        let rounded = (byteCount + granule - 1) / granule * granule
        let end = Int(start) * granule + rounded
        // Whole pages may end behind the last granule that 32 bits name.
        guard end / granule <= Int(UInt32.max) else { throw region.pointee.outOfRange(end) }
        return Swift.min(UInt(try region.pointee.commit(end) / granule), UInt(UInt32.max))
    }
}
