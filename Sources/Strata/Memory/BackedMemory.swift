import CStrata
import Glibc

/// What the system has memory behind, page by page.
enum BackedMemory {
    private static let pageByteCount = sysconf(Int32(_SC_PAGESIZE))
    /// Pages asked for at a time.
    private static var pagesPerCall: Int { 512 }

    /// Gives the whole pages of a region back to the system. What they held is lost, and the addresses stay in use.
    static func discard(from start: UnsafeMutableRawPointer, byteCount: Int) {
        let mask = UInt(pageByteCount - 1)
        let first = (UInt(bitPattern: start) + mask) & ~mask
        let end = (UInt(bitPattern: start) + UInt(byteCount)) & ~mask
        guard first < end else { return }
        _ = madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), Int32(MADV_DONTNEED))
    }

    /// Has the C library's allocator give back to the system what it keeps of freed blocks, as far as it is whole pages.
    ///
    /// A store that has shrunk leaves blocks of all sizes behind, such as tables that it has outgrown; glibc keeps them
    /// for as long as any block above them is in use. Other allocators give pages back by themselves.
    ///
    /// - Complexity: O(free blocks of the process).
    static func trimHeap() { strata_trim_heap() }

    /// Bytes of a region that have no memory behind them: those of whole pages that nobody has touched.
    ///
    /// Where huge pages are in use, or the allocator hands out what was used before, this is less than what was not
    /// touched by its owner.
    ///
    /// - Precondition: the region is mapped.
    /// - Complexity: O(pages): some microseconds for 2 MiB.
    static func unbackedByteCount(from start: UnsafeRawPointer, byteCount: Int) -> Int {
        let mask = UInt(pageByteCount - 1)
        var page = (UInt(bitPattern: start) + mask) & ~mask
        let end = (UInt(bitPattern: start) + UInt(Swift.max(0, byteCount))) & ~mask
        guard page < end else { return 0 }
        var unbacked = 0
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pagesPerCall) { states in
            while page < end {
                let pages = Swift.min(Int(end - page) / pageByteCount, pagesPerCall)
                let length = pages * pageByteCount
                // One byte a page, written by the call; its lowest bit says whether there is memory.
                guard mincore(UnsafeMutableRawPointer(bitPattern: page), length, states.baseAddress) == 0 else { break }
                for index in 0..<pages where states[index] & 1 == 0 { unbacked += pageByteCount }
                page += UInt(length)
            }
        }
        return unbacked
    }
}

extension BumpArena {
    /// Gives the pages of all chunks back to the system, before the arena goes: whatever stood there is lost.
    borrowing func discardPages() {
        var chunk = chunks.pointee.newest
        while let footer = chunk {
            chunk = footer.pointee.previous
            // The footer, at the end of its chunk, is still needed.
            let start = footer.pointee.start
            BackedMemory.discard(from: start, byteCount: UnsafeMutableRawPointer(footer) - start)
        }
    }
}
