import CStrata
import Glibc

/// From identifiers to slots: open addressing with linear probing, at most five eighths full.
///
/// Eight consecutive identifiers share a home of eight places, one cache line: data sets number their entities densely,
/// and loading or scanning one then touches each line once. A lookup costs one cache miss.
///
/// Invariant: no free place stands between an entry's home and the entry.
struct EntityIndex: ~Copyable {
    /// A place: the identifier in the low half, the slot plus one in the high half; 0 when free.
    private var places: UnsafeMutablePointer<UInt64>
    private var mask: Int
    /// The number of entries.
    private(set) var count = 0

    /// An empty index.
    ///
    /// - Throws: `limitExceeded` when there is no memory.
    init() throws(StrataError) {
        places = try Self.allocate(64)
        mask = 63
    }

    deinit { free(places) }

    /// The slot of an identifier, or nil.
    ///
    /// - Complexity: O(1) average.
    borrowing func slot(of id: UInt32) -> UInt32? {
        var place = Self.home(id, mask)
        while places[place] != 0 {
            if UInt32(truncatingIfNeeded: places[place]) == id { return UInt32(places[place] >> 32) - 1 }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Has the cache line fetched that a look-up of an identifier will read first.
    borrowing func prefetch(_ id: UInt32) { strata_prefetch(places + Self.home(id, mask)) }

    /// Adds an identifier that is not there yet.
    ///
    /// - Throws: `limitExceeded` when there is no memory to grow; the index is as before.
    /// - Precondition: `slot` is not `UInt32.max`.
    mutating func insert(_ id: UInt32, slot: UInt32) throws(StrataError) {
        precondition(slot < .max)
        if (count + 1) * 8 > (mask + 1) * 5 { try grow() }
        Self.place(UInt64(id) | (UInt64(slot) + 1) << 32, in: places, mask)
        count += 1
    }

    /// Takes an identifier out; the entries behind it move up, so that no marks are left.
    mutating func remove(_ id: UInt32) {
        var hole = Self.home(id, mask)
        while UInt32(truncatingIfNeeded: places[hole]) != id || places[hole] == 0 {
            guard places[hole] != 0 else { return }
            hole = (hole + 1) & mask
        }
        places[hole] = 0
        count -= 1
        var next = (hole + 1) & mask
        while places[next] != 0 {
            let home = Self.home(UInt32(truncatingIfNeeded: places[next]), mask)
            // Moves up unless its home lies cyclically after the hole.
            if (next - home) & mask >= (next - hole) & mask {
                places[hole] = places[next]
                places[next] = 0
                hole = next
            }
            next = (next + 1) & mask
        }
    }

    /// Bytes held from the process's allocator.
    var reservedBytes: Int { (mask + 1) * MemoryLayout<UInt64>.stride }

    private static func home(_ id: UInt32, _ mask: Int) -> Int {
        // Fibonacci hashing of the group of eight (Knuth, volume 3, section 6.4); the low bits stay.
        let group = UInt64(id >> 3) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: (group >> 29) & ~7 | UInt64(id & 7)) & mask
    }

    private static func place(_ entry: UInt64, in places: UnsafeMutablePointer<UInt64>, _ mask: Int) {
        var place = home(UInt32(truncatingIfNeeded: entry), mask)
        while places[place] != 0 { place = (place + 1) & mask }
        places[place] = entry
    }

    private static func allocate(_ count: Int) throws(StrataError) -> UnsafeMutablePointer<UInt64> {
        let bytes = count * MemoryLayout<UInt64>.stride
        guard let memory = aligned_alloc(64, bytes) else {
            throw StrataError(.limitExceeded, "the allocator has no \(bytes) bytes left", errno: errno)
        }
        memset(memory, 0, bytes)
        return memory.bindMemory(to: UInt64.self, capacity: count)
    }

    private mutating func grow() throws(StrataError) {
        let larger = try Self.allocate((mask + 1) * 2)
        for place in 0...mask where places[place] != 0 {
            Self.place(places[place], in: larger, (mask + 1) * 2 - 1)
        }
        free(places)
        places = larger
        mask = (mask + 1) * 2 - 1
    }
}
