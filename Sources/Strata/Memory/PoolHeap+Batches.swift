import Synchronization

extension PoolHeap {
    /// Uninitialised memory for `count` blocks of one size: what is at hand, then the rest from the slabs under one lock.
    ///
    /// - Parameters:
    ///   - byteCount: the size of each in bytes, aligned as by ``allocate(byteCount:)``.
    ///   - target: room for `count` pointers, which are initialised.
    /// - Throws: as ``allocate(byteCount:)``; nothing is allocated then, and what `target` holds means nothing.
    /// - Complexity: O(`count`).
    public mutating func allocate(
        count: Int, byteCount: Int, into target: UnsafeMutablePointer<UnsafeMutableRawPointer>
    ) throws(StrataError) {
        guard count >= 0, byteCount >= 0 else {
            throw StrataError(.invalidArgument, "\(count) allocations of \(byteCount) bytes cannot be made")
        }
        guard byteCount <= SizeClass.largestBlockBytes else {
            return try allocateOneByOne(count: count, byteCount: byteCount, into: target)
        }
        let classIndex = SizeClass.index(for: byteCount)
        let magazine = record.magazines + classIndex
        let ready = Int(magazine.pointee.count.load(ordering: .relaxed))
        let atHand = Swift.min(count, ready)
        for index in 0..<atHand { (target + index).initialize(to: magazine.pointee.slots[ready - 1 - index]) }
        var done = atHand
        var fresh = 0
        do {
            while done < count {
                let part = try record.shelf.pointee.take(
                    count - done, of: classIndex, into: target + done, orphans: pool.orphans)
                done += part.count
                fresh += part.fresh
            }
        } catch {
            // What was at hand is still in the magazine; the rest goes back to where it came from.
            if done > atHand {
                SlabShelf.give(
                    target + atHand, done - atHand, of: classIndex, shelf: record.shelf, depot: pool.depot)
            }
            throw error
        }
        magazine.pointee.count.store(UInt32(ready - atHand), ordering: .relaxed)
        record.counters.pointee.noteAllocation(byteCount * count, count: count)
        PoolCounters.add(fresh, to: record.counters.pointee.freshBlocks)
        for index in 0..<count { assert(pool.noteLive(target[index], byteCount)) }
    }

    /// Gives blocks of one size back, from whichever heaps of the same pool they are: what fits is kept at hand, the
    /// rest goes to the slabs in batches.
    ///
    /// - Parameter byteCount: the size that each block was allocated with.
    /// - Precondition: as ``free(_:byteCount:)``, for each block.
    /// - Complexity: O(blocks).
    public mutating func free(_ blocks: UnsafeBufferPointer<UnsafeMutableRawPointer>, byteCount: Int) {
        precondition(byteCount >= 0, "blocks of a negative size were freed")
        guard byteCount <= SizeClass.largestBlockBytes else {
            for block in blocks { free(block, byteCount: byteCount) }
            return
        }
        for block in blocks { assert(pool.noteFreed(block, byteCount)) }
        let classIndex = SizeClass.index(for: byteCount)
        let magazine = record.magazines + classIndex
        let count = Int(magazine.pointee.count.load(ordering: .relaxed))
        let kept = Swift.min(blocks.count, Int(magazine.pointee.capacity) - count)
        for index in 0..<kept { (magazine.pointee.slots + count + index).initialize(to: blocks[index]) }
        magazine.pointee.count.store(UInt32(count + kept), ordering: .relaxed)
        pool.give(UnsafeBufferPointer(rebasing: blocks[kept...]), of: classIndex, shelf: record.shelf)
        record.counters.pointee.noteFree(byteCount * blocks.count, count: blocks.count)
    }

    /// Blocks that are too large for slabs.
    private mutating func allocateOneByOne(
        count: Int, byteCount: Int, into target: UnsafeMutablePointer<UnsafeMutableRawPointer>
    ) throws(StrataError) {
        for index in 0..<count {
            do {
                (target + index).initialize(to: try allocate(byteCount: byteCount))
            } catch {
                for done in 0..<index { free(target[done], byteCount: byteCount) }
                throw error
            }
        }
    }
}
