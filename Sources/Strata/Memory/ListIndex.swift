// Where the entries of a long relationship list stand, for the writer who takes some of them out.
//
// A *place* of the table is a position in the list and, in the bits that positions do not need, a part of the entry's
// hash; or it is *free*, or a *grave* (see EntityIndex). An entry is compared with the list itself, so that a place
// takes four bytes. Entries that are equal share one place: it names the last of them, and each of them links to the
// next one, the last to the first. So one of many equal entries is found as fast as any other, and the first of them
// is the one that goes.

import Glibc

/// A table of the entries of one list, made when the list has been searched often.
///
/// Nobody but the writer knows it: what readers see is the list. The list may grow at its end meanwhile, where
/// ``extend()`` takes note of it, and may lose holes at its end, of which ``shorten(to:)`` is told.
///
/// Source: open addressing with linear probing, Knuth, volume 3, section 6.4.
///
/// Invariant: the entries before `covered` that are no holes are in the table, each once; no position behind is.
struct ListIndex: ~Copyable {
    private static var free: UInt32 { .max }
    private static var grave: UInt32 { .max - 1 }
    /// Positions are below 2^31, and the two marks need two more.
    static var greatestCapacity: Int { 1 << 31 - 2 }

    private let list: Payload
    /// `1 << logarithm` initialised places, of this table alone.
    private let places: UnsafeMutablePointer<UInt32>
    private let logarithm: Int
    private let positionMask: UInt32
    /// Places that are not free; some always are.
    private var used = 0
    private var covered = 0
    /// For each position the one of the next equal entry; nil until two entries are equal. As long as the list has room.
    private var links: UnsafeMutablePointer<UInt32>?
    private var charge: MemoryCharge

    /// Bytes that links take for a list with so much room.
    private static func linkBytes(capacity: Int) -> Int {
        (capacity * MemoryLayout<UInt32>.stride + pageBytes - 1) & ~(pageBytes - 1)
    }

    /// At most three quarters are in use when an eighth more have come.
    private static func logarithm(entries: Int) -> Int {
        var logarithm = 10
        while 3 << (logarithm - 2) < entries + entries / 8 { logarithm += 1 }
        return logarithm
    }

    private static var pageBytes: Int { 4_096 }

    /// A table of a list, in which no entry is yet: ``extend()`` is to be called.
    ///
    /// - Parameters:
    ///   - list: with room for at most ``greatestCapacity`` entries.
    ///   - live: its entries that are no holes.
    ///   - budget: what the table is taken from; nil for no bound.
    /// - Throws: `limitExceeded` when there is no memory.
    /// - Complexity: O(live).
    init(of list: Payload, live: Int, budget: MemoryBudget?) throws(StrataError) {
        precondition(list.capacity <= Self.greatestCapacity)
        var charge = MemoryCharge(budget)
        let logarithm = Self.logarithm(entries: live)
        let places = try Self.allocate(MemoryLayout<UInt32>.stride << logarithm, &charge)
        places.initialize(repeating: Self.free, count: 1 << logarithm)
        self.list = list
        self.logarithm = logarithm
        self.places = places
        self.charge = charge
        positionMask = UInt32.max >> UInt32((list.capacity + 2).leadingZeroBitCount - 32)
    }

    deinit {
        Self.release(places, MemoryLayout<UInt32>.stride << logarithm)
        if let links { Self.release(links, Self.linkBytes(capacity: list.capacity)) }
    }

    /// Bytes held from the process's allocator.
    var byteCount: Int { charge.byteCount }

    /// Takes note of the entries that were added to the list since the last call.
    ///
    /// - Returns: whether there was room for all of them; another table is needed otherwise.
    /// - Throws: `limitExceeded` when there is no memory for links; another table would want for it as well.
    /// - Complexity: O(entries added).
    mutating func extend() throws(StrataError) -> Bool {
        let count = list.count
        while covered < count {
            guard used < 3 << (logarithm - 2) else { return false }
            let word = list[word: covered]
            if word != Relationship.hole { try add(word, at: covered) }
            covered += 1
        }
        return true
    }

    /// Takes note that the list was made shorter, by taking off holes.
    mutating func shorten(to count: Int) { covered = Swift.min(covered, count) }

    /// Finds the first entry that is equal to a word, and takes it out of the table.
    ///
    /// - Returns: its position, where the caller puts a hole; nil when there is none.
    /// - Precondition: ``extend()`` was called after the last entry came.
    /// - Complexity: O(1) expected.
    mutating func take(_ word: UInt64) -> Int? {
        let hash = Self.hash(word)
        var index = home(hash)
        while true {
            let place = places[index]
            if place == Self.free { return nil }
            if isEntry(place, word, hash) { break }
            index = next(index)
        }
        let last = places[index] & positionMask
        if let links, links[Int(last)] != last {
            let first = links[Int(last)]
            links[Int(last)] = links[Int(first)]
            return Int(first)
        }
        bury(index)
        return Int(last)
    }

    // MARK: Places

    private mutating func add(_ word: UInt64, at position: Int) throws(StrataError) {
        let hash = Self.hash(word)
        var index = home(hash)
        var target: Int?
        while true {
            let place = places[index]
            if place == Self.free { break }
            if place == Self.grave {
                if target == nil { target = index }
            } else if isEntry(place, word, hash) {
                try link(UInt32(position), behind: place & positionMask)
                places[index] = UInt32(position) | tag(hash)
                return
            }
            index = next(index)
        }
        if target == nil { used += 1 }
        places[target ?? index] = UInt32(position) | tag(hash)
        links?[position] = UInt32(position)
    }

    /// Puts an entry behind the last one that is equal.
    private mutating func link(_ position: UInt32, behind last: UInt32) throws(StrataError) {
        if links == nil {
            let capacity = list.capacity
            let fresh = try Self.allocate(Self.linkBytes(capacity: capacity), &charge)
            // One that has no equal is the next one of itself.
            for position in 0..<capacity { (fresh + position).initialize(to: UInt32(position)) }
            links = fresh
        }
        links![Int(position)] = links![Int(last)]
        links![Int(last)] = position
    }

    /// Makes a place a grave, or free where nothing can stand behind it, with the graves before it.
    private mutating func bury(_ place: Int) {
        guard places[next(place)] == Self.free else {
            places[place] = Self.grave
            return
        }
        var index = place
        repeat {
            places[index] = Self.free
            used -= 1
            index = (index &- 1) & (1 << logarithm &- 1)
        } while places[index] == Self.grave
    }

    @inline(__always)
    private func next(_ index: Int) -> Int { (index &+ 1) & (1 << logarithm &- 1) }

    /// Whether a place that is not free names an entry with this word.
    @inline(__always)
    private func isEntry(_ place: UInt32, _ word: UInt64, _ hash: UInt64) -> Bool {
        // The position of a grave lies past every list's end: it is told first.
        (place ^ tag(hash)) & ~positionMask == 0 && place & positionMask < positionMask - 1
            && list[word: Int(place & positionMask)] == word
    }

    @inline(__always)
    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> UInt64(64 - logarithm)) }

    @inline(__always)
    private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) & ~positionMask }

    /// The finaliser of MurmurHash3 (Appleby, 2011): its upper and its lower half both depend on every bit.
    @inline(__always)
    private static func hash(_ word: UInt64) -> UInt64 {
        var hash = word ^ word >> 33
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        hash = hash &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }

    // MARK: Memory

    /// Whole pages: an allocator that keeps what is freed between blocks in use would else keep their memory as well.
    private static func allocate(
        _ byteCount: Int, _ charge: inout MemoryCharge
    ) throws(StrataError) -> UnsafeMutablePointer<UInt32> {
        try charge.grow(by: byteCount)
        guard let memory = aligned_alloc(pageBytes, byteCount) else {
            charge.settle(at: charge.byteCount - byteCount)
            throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: errno)
        }
        return memory.assumingMemoryBound(to: UInt32.self)
    }

    private static func release(_ memory: UnsafeMutablePointer<UInt32>, _ byteCount: Int) {
        BackedMemory.discard(from: UnsafeMutableRawPointer(memory), byteCount: byteCount)
        Glibc.free(memory)
    }
}
