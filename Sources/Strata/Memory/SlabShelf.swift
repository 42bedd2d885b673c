import Synchronization

/// The slabs of one heap, or those that no heap holds any more.
///
/// Whoever allocates takes blocks from its own shelf in batches; whoever frees gives a batch back to the shelves that
/// its blocks come from, under one lock for each. Blocks freed by another thread are thus free at once, whether their
/// heap's thread is at work, asleep or gone, and nothing waits in a list that only one thread may empty.
///
/// Slabs are listed by class and by the eighth of their blocks that is used. Blocks are taken from the fullest, so that
/// the others can empty (the fullness groups of Berger et al., "Hoard", 2000).
///
/// Invariants: what `heads` and `listed` point to, and the slabs' headers, are used under the lock; each slab on a list has this shelf as its owner;
/// bit g of `listed[c]` says that list g of class c has slabs; empty slabs are not kept.
@usableFromInline
struct SlabShelf: ~Copyable {
    /// The list of slabs without a free block; those before it are numbered by the eighth that is used.
    static let fullGroup = 8
    private static let groups = 9
    /// Bytes of a shelf with its lists.
    static var byteCount: Int {
        SizeClass.count * (groups * MemoryLayout<PoolSlab?>.stride + MemoryLayout<UInt16>.stride)
            + MemoryLayout<SlabShelf>.stride + 128
    }

    let lock = PoolLock()
    /// Where slabs come from and empty ones go; it outlives the shelf.
    private let depot: UnsafePointer<SlabDepot>
    /// Whether its slabs are those that no heap holds; the depot has their number.
    private let holdsOrphans: Bool
    /// Where the shelf itself lies.
    private var address: UInt = 0
    /// The first slab of each list.
    private let heads: UnsafeMutablePointer<PoolSlab?>
    private let listed: UnsafeMutablePointer<UInt16>

    private init(depot: UnsafePointer<SlabDepot>, holdsOrphans: Bool) {
        self.depot = depot
        self.holdsOrphans = holdsOrphans
        heads = .allocate(capacity: SizeClass.count * Self.groups)
        heads.initialize(repeating: nil, count: SizeClass.count * Self.groups)
        listed = .allocate(capacity: SizeClass.count)
        listed.initialize(repeating: 0, count: SizeClass.count)
    }

    /// A shelf in memory of its own, which slabs know it by: it stays where it is until its pool goes.
    static func make(depot: UnsafePointer<SlabDepot>, holdsOrphans: Bool = false) -> UnsafePointer<SlabShelf> {
        let shelf = UnsafeMutablePointer<SlabShelf>.allocate(capacity: 1)
        shelf.initialize(to: SlabShelf(depot: depot, holdsOrphans: holdsOrphans))
        shelf.pointee.address = UInt(bitPattern: shelf)
        return UnsafePointer(shelf)
    }

    /// Ends a shelf. Its slabs are the depot's to free.
    static func destroy(_ shelf: UnsafePointer<SlabShelf>) {
        UnsafeMutablePointer(mutating: shelf).deinitialize(count: 1)
        UnsafeMutablePointer(mutating: shelf).deallocate()
    }

    deinit {
        heads.deallocate()
        listed.deallocate()
    }

    // MARK: Taking

    /// Takes `count` free blocks of a class: from the fullest slabs, then from what other heaps left, then from new ones.
    ///
    /// - Returns: how many, at least one, and how many of them lie in memory that was not handed out before.
    /// - Throws: `limitExceeded` when there is not one.
    borrowing func take(
        _ count: Int, of classIndex: Int, into target: UnsafeMutablePointer<UnsafeMutableRawPointer>,
        orphans: UnsafePointer<SlabShelf>
    ) throws(StrataError) -> (count: Int, fresh: Int) {
        var (taken, fresh, committed) = (0, 0, 0)
        lock.lock()
        while taken < count {
            let slab: PoolSlab
            if let known = fullest(of: classIndex) ?? adopt(from: orphans, classIndex) {
                slab = known
            } else {
                do {
                    let (memory, resident) = try depot.pointee.acquire(SizeClass.geometries[classIndex].kind)
                    slab = PoolSlab(base: memory)
                    committed += slab.format(
                        classIndex: classIndex, pool: depot.pointee.identity, resident: resident,
                        pageShift: depot.pointee.pageShift)
                } catch {
                    if taken > 0 { break }
                    lock.unlock()
                    throw error
                }
                list(slab)
            }
            let part = slab.take(count - taken, into: target + taken, pageShift: depot.pointee.pageShift)
            taken += part.count
            fresh += part.fresh
            committed += part.committedBytes
            relist(slab)
        }
        lock.unlock()
        let used = taken * Int(SizeClass.geometries[classIndex].blockBytes)
        depot.pointee.note(usedBytes: used, committedBytes: committed)
        return (taken, fresh)
    }

    private borrowing func fullest(of classIndex: Int) -> PoolSlab? {
        let free = listed[classIndex] & (1 << UInt16(Self.fullGroup) - 1)
        guard free != 0 else { return nil }
        let group = UInt16.bitWidth - 1 - free.leadingZeroBitCount
        return heads[classIndex * Self.groups + group]
    }

    /// Takes over the fullest slab of a class that has room from among those that no heap holds.
    private borrowing func adopt(from orphans: UnsafePointer<SlabShelf>, _ classIndex: Int) -> PoolSlab? {
        // The orphans' lock is always taken after a heap's.
        guard depot.pointee.orphanedSlabs.load(ordering: .relaxed) > 0 else { return nil }
        orphans.pointee.lock.lock()
        defer { orphans.pointee.lock.unlock() }
        guard let slab = orphans.pointee.fullest(of: classIndex) else { return nil }
        orphans.pointee.unlist(slab)
        depot.pointee.orphanedSlabs.subtract(1, ordering: .relaxed)
        list(slab)
        return slab
    }

    // MARK: Giving back

    /// Gives blocks of one class back to the shelves of their slabs.
    ///
    /// - Parameters:
    ///   - blocks: initialised; their order is lost.
    ///   - shelf: the shelf that most of them are from, if the caller knows.
    /// - Complexity: O(`count`), and a lock for each shelf.
    static func give(
        _ blocks: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ count: Int, of classIndex: Int,
        shelf: UnsafePointer<SlabShelf>?, depot: UnsafePointer<SlabDepot>
    ) {
        let geometry = SizeClass.geometries[classIndex]
        // The headers are a cache miss each: together they cost little more than one.
        for index in 0..<count { geometry.slab(of: blocks[index]).prefetch(for: blocks[index], geometry: geometry) }
        var left = count
        var next = shelf
        while left > 0 {
            // A slab with a block that is not free yet stays, and shelves stay as long as the pool.
            let owner =
                next
                ?? UnsafePointer<SlabShelf>(
                    bitPattern: geometry.slab(of: blocks[0]).owner.pointee.load(ordering: .acquiring)
                ).unsafelyUnwrapped
            next = nil
            left = owner.pointee.put(blocks, left, of: classIndex, geometry: geometry, pool: depot.pointee.identity)
        }
        depot.pointee.note(usedBytes: -count * Int(geometry.blockBytes), committedBytes: 0)
    }

    /// Puts those of the blocks back that are from this shelf's slabs.
    ///
    /// - Returns: how many are not; they are moved to the front.
    private borrowing func put(
        _ blocks: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ count: Int, of classIndex: Int,
        geometry: SlabGeometry, pool: UInt32
    ) -> Int {
        var others = 0
        lock.lock()
        for index in 0..<count {
            let block = blocks[index]
            let slab = geometry.slab(of: block)
            guard slab.owner.pointee.load(ordering: .relaxed) == address else {
                blocks[others] = block
                others += 1
                continue
            }
            slab.put(block, classIndex: classIndex, geometry: geometry, pool: pool)
            if slab.header.pointee.used == 0 {
                unlist(slab)
                if holdsOrphans { depot.pointee.orphanedSlabs.subtract(1, ordering: .relaxed) }
                depot.pointee.release(slab)
                continue
            }
            relist(slab)
            if slab.header.pointee.used <= slab.header.pointee.purgeBelow, depot.pointee.isPastCacheLimit {
                depot.pointee.note(
                    usedBytes: 0, committedBytes: -slab.purge(pageShift: depot.pointee.pageShift))
            }
        }
        lock.unlock()
        return others
    }

    // MARK: Handing over, trimming

    /// Moves every slab to the shelf of those that no heap holds.
    ///
    /// - Complexity: O(slabs).
    borrowing func handOver(to orphans: UnsafePointer<SlabShelf>) {
        lock.lock()
        orphans.pointee.lock.lock()
        var moved = 0
        for list in 0..<SizeClass.count * Self.groups {
            while let head = heads[list] {
                unlist(head)
                orphans.pointee.list(head)
                moved += 1
            }
        }
        depot.pointee.orphanedSlabs.add(moved, ordering: .relaxed)
        orphans.pointee.lock.unlock()
        lock.unlock()
    }

    /// Gives back to the system the pages that hold no used block.
    ///
    /// - Complexity: O(slabs with a free block), and a system call for each run of pages.
    borrowing func purge() {
        lock.lock()
        var purged = 0
        for classIndex in 0..<SizeClass.count {
            for group in 0..<Self.fullGroup {
                var link = heads[classIndex * Self.groups + group]
                while let slab = link {
                    purged += slab.purge(pageShift: depot.pointee.pageShift)
                    link = slab.header.pointee.next
                }
            }
        }
        lock.unlock()
        depot.pointee.note(usedBytes: 0, committedBytes: -purged)
    }

    /// The share of a block's slab that is used.
    ///
    /// - Returns: nil when the slab has gone to another shelf meanwhile.
    borrowing func occupancy(of slab: PoolSlab) -> Double? {
        lock.lock()
        defer { lock.unlock() }
        guard slab.owner.pointee.load(ordering: .relaxed) == address else { return nil }
        return Double(slab.header.pointee.used) / Double(slab.geometry.capacity)
    }

    // MARK: Lists, under the lock

    /// Puts a slab first on the list where it belongs now, and makes it this shelf's.
    private borrowing func list(_ slab: PoolSlab) {
        let group = Self.group(of: slab)
        let place = Int(slab.header.pointee.classIndex) * Self.groups + group
        slab.owner.pointee.store(address, ordering: .releasing)
        slab.header.pointee.group = UInt8(group)
        slab.header.pointee.previous = nil
        slab.header.pointee.next = heads[place]
        heads[place]?.header.pointee.previous = slab
        heads[place] = slab
        listed[Int(slab.header.pointee.classIndex)] |= 1 << UInt16(group)
    }

    private borrowing func unlist(_ slab: PoolSlab) {
        let (next, previous) = (slab.header.pointee.next, slab.header.pointee.previous)
        let (classIndex, group) = (Int(slab.header.pointee.classIndex), Int(slab.header.pointee.group))
        next?.header.pointee.previous = previous
        if let previous {
            previous.header.pointee.next = next
        } else {
            heads[classIndex * Self.groups + group] = next
            if next == nil { listed[classIndex] &= ~(1 << UInt16(group)) }
        }
    }

    /// Moves a slab whose number of used blocks has changed, if it belongs elsewhere now.
    private borrowing func relist(_ slab: PoolSlab) {
        guard Self.group(of: slab) != Int(slab.header.pointee.group) else { return }
        unlist(slab)
        list(slab)
    }

    private static func group(of slab: PoolSlab) -> Int {
        let capacity = slab.geometry.capacity
        // All eight eighths are used: that is the full group's number.
        return Int(slab.header.pointee.used &* UInt32(fullGroup) / capacity)
    }
}
