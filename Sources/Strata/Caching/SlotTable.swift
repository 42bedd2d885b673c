public import CStrata

/// Finds slot numbers by hash: open addressing with linear probing, and no tombstones.
///
/// A bucket is one word: the hash above, the slot below; 0 is empty, and no slot is 0. A bucket's home is its hash's
/// share of the table (Lemire, "Fast random integer generation in an interval", 2019), so that the table may have any
/// size: half as many buckets again as slots. A miss mostly reads one line and no key. What is removed is filled by
/// moving later buckets back (Knuth, volume 3, algorithm R of section 6.4).
///
/// Invariant: `buckets` holds `bucketCount` words, at least one of which is 0.
@frozen @usableFromInline
struct SlotTable: ~Copyable {
    @usableFromInline var buckets: UnsafeMutablePointer<UInt64>
    @usableFromInline var bucketCount: Int
    /// Number of slots in the table.
    @usableFromInline var count = 0

    /// An empty table with room for so many slots.
    @usableFromInline
    init(slots: Int) {
        bucketCount = Self.bucketCount(slots: slots)
        buckets = Self.allocate(bucketCount)
    }

    @inlinable deinit { UnsafeMutableRawPointer(buckets).deallocate() }

    @usableFromInline
    static func bucketCount(slots: Int) -> Int { slots + slots / 2 + 4 }

    /// Bytes that a table for so many slots takes.
    @usableFromInline
    static func byteCount(slots: Int) -> Int { bucketCount(slots: slots) * MemoryLayout<UInt64>.stride }

    @usableFromInline var byteCount: Int { bucketCount * MemoryLayout<UInt64>.stride }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt64> {
        precondition(count <= Int(UInt32.max), "a cache holds at most 2.8 billion entries")
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<UInt64>.stride, alignment: 64)
        return memory.initializeMemory(as: UInt64.self, repeating: 0, count: count)
    }

    @inlinable @inline(__always)
    func home(_ hash: UInt32) -> Int { Int(truncatingIfNeeded: (UInt64(hash) &* UInt64(bucketCount)) >> 32) }

    @inlinable @inline(__always)
    func after(_ place: Int) -> Int { place &+ 1 == bucketCount ? 0 : place &+ 1 }

    /// Brings the bucket where a hash is at home nearer.
    @inlinable @inline(__always)
    func prefetch(_ hash: UInt32) { strata_prefetch(buckets + home(hash)) }

    /// The first slot with this hash for which `matches` says yes; 0 when there is none.
    @inlinable @inline(__always)
    func find(_ hash: UInt32, where matches: (UInt32) -> Bool) -> UInt32 {
        var place = home(hash)
        while true {
            let bucket = buckets[place]
            if bucket == 0 { return 0 }
            if UInt32(truncatingIfNeeded: bucket >> 32) == hash {
                let slot = UInt32(truncatingIfNeeded: bucket)
                if matches(slot) { return slot }
            }
            place = after(place)
        }
    }

    /// Puts a slot in. It must not be there.
    @inlinable @inline(__always)
    mutating func insert(_ hash: UInt32, _ slot: UInt32) {
        var place = home(hash)
        while buckets[place] != 0 { place = after(place) }
        buckets[place] = UInt64(hash) << 32 | UInt64(slot)
        count &+= 1
    }

    /// Takes a slot out. It must be there.
    @inlinable
    mutating func remove(_ hash: UInt32, _ slot: UInt32) {
        let word = UInt64(hash) << 32 | UInt64(slot)
        var hole = home(hash)
        while buckets[hole] != word { hole = after(hole) }
        var place = after(hole)
        while buckets[place] != 0 {
            let start = home(UInt32(truncatingIfNeeded: buckets[place] >> 32))
            // The bucket may fill the hole when its home does not lie behind the hole.
            if distance(start, place) >= distance(hole, place) {
                buckets[hole] = buckets[place]
                hole = place
            }
            place = after(place)
        }
        buckets[hole] = 0
        count &-= 1
    }

    @inlinable @inline(__always)
    func distance(_ from: Int, _ to: Int) -> Int { to >= from ? to &- from : to &- from &+ bucketCount }

    /// Calls `body` for each slot, in no order.
    @inlinable
    func forEach(_ body: (UInt32) -> Void) {
        for place in 0..<bucketCount where buckets[place] != 0 { body(UInt32(truncatingIfNeeded: buckets[place])) }
    }

    /// Makes room for so many slots.
    ///
    /// - Complexity: O(buckets).
    @usableFromInline
    mutating func reserve(slots: Int) {
        let wanted = Self.bucketCount(slots: slots)
        guard wanted > bucketCount else { return }
        let (old, oldCount) = (buckets, bucketCount)
        buckets = Self.allocate(wanted)
        bucketCount = wanted
        count = 0
        for place in 0..<oldCount where old[place] != 0 {
            insert(UInt32(truncatingIfNeeded: old[place] >> 32), UInt32(truncatingIfNeeded: old[place]))
        }
        UnsafeMutableRawPointer(old).deallocate()
    }

    @usableFromInline
    mutating func removeAll() {
        buckets.update(repeating: 0, count: bucketCount)
        count = 0
    }
}

extension SlotTable: @unchecked Sendable {}
