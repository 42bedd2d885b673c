import CStrata
import Synchronization

/// A table that finds the records of an ``InternerStore`` by their bytes: open addressing with linear probing, 8 bytes a
/// place.
///
/// A place is 32 bits of the hash above 32 bits of location, 0 when free. The home of a hash are its uppermost bits, of
/// which a place has the first 32: a larger table is filled from a smaller one front to back, without a look at any
/// string. Bits of the hash that the home does not use tell strings apart; past 2^24 places they are few, and the bytes
/// are compared more often.
///
/// The table is a word: the address of its places, whose low six bits are free and hold the logarithm of their number.
/// A reader that loads the word has both. Places are only ever filled, by a release after the record was written; one
/// thread at a time fills, any reads.
///
/// Invariant: the word's address is that of 2^logarithm places, initialised, at least one of them free; each location in
/// them is that of a whole record, and no place between its hash's home and its own is free.
struct InternerTable: BitwiseCopyable, @unchecked Sendable {
    let word: UInt

    typealias Place = Atomic<UInt64>

    @inline(__always)
    init(word: UInt) { self.word = word }

    /// A table of 2^logarithm free places.
    init(logarithm: Int, _ memory: InternerMemory) throws(StrataError) {
        // Zeroed memory of 64-bit words: initialised atomics of 0, all free.
        let block = try memory.allocateTable(Self.byteCount(logarithm))
        word = UInt(bitPattern: block) | UInt(logarithm)
    }

    func destroy(_ memory: InternerMemory) {
        memory.releaseTable(UnsafeMutableRawPointer(bitPattern: word & ~63).unsafelyUnwrapped, byteCount)
    }

    static func byteCount(_ logarithm: Int) -> Int { MemoryLayout<Place>.stride << logarithm }

    /// The logarithm of a table that takes `count` strings without growing, with at most three quarters of its places.
    static func logarithm(for count: Int) -> Int {
        var logarithm = 5
        while room(logarithm) < count { logarithm += 1 }
        return logarithm
    }

    /// Strings that a table takes: three quarters of its places.
    @inline(__always)
    static func room(_ logarithm: Int) -> Int { 3 << (logarithm - 2) }

    @inline(__always)
    var logarithm: Int { Int(word & 63) }
    var byteCount: Int { Self.byteCount(logarithm) }

    @inline(__always)
    private var places: UnsafeMutablePointer<Place> {
        UnsafeMutableRawPointer(bitPattern: word & ~63).unsafelyUnwrapped.assumingMemoryBound(to: Place.self)
    }

    @inline(__always)
    private var mask: Int { 1 &<< logarithm &- 1 }

    @inline(__always)
    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> (0 &- UInt64(word & 63))) }

    /// Brings the line of a hash's home near.
    @inline(__always)
    func prefetch(_ hash: UInt64) { strata_prefetch(places + home(hash)) }

    /// The location of the first record from the hash's home whose 32 bits are those of the hash; 0 for none.
    ///
    /// Nearly always that of the string with this hash, if there is one.
    @inline(__always)
    func candidate(_ hash: UInt64) -> UInt32 {
        var index = home(hash)
        while true {
            let place = (places + index).pointee.load(ordering: .acquiring)
            if place == 0 || (place ^ hash) &>> 32 == 0 { return UInt32(truncatingIfNeeded: place) }
            index = (index &+ 1) & mask
        }
    }

    /// The record of a string, or nil.
    @inline(__always)
    func find(_ hash: UInt64, _ bytes: UnsafeRawPointer, count: Int, in records: InternerRecords) -> InternerRecord? {
        var index = home(hash)
        while true {
            let place = (places + index).pointee.load(ordering: .acquiring)
            if place == 0 { return nil }
            if (place ^ hash) &>> 32 == 0 {
                let record = records.record(at: UInt32(truncatingIfNeeded: place))
                if _fastPath(record.matches(bytes, count: count)) { return record }
            }
            index = (index &+ 1) & mask
        }
    }

    /// Enters a record that was written whole. One thread at a time.
    ///
    /// - Precondition: a place would still be free afterwards.
    @inline(__always)
    func insert(_ hash: UInt64, _ location: UInt32) {
        fill(home(hash), hash & 0xFFFF_FFFF_0000_0000 | UInt64(location))
    }

    @inline(__always)
    private func fill(_ home: Int, _ value: UInt64) {
        var index = home
        while (places + index).pointee.load(ordering: .relaxed) != 0 { index = (index &+ 1) & mask }
        (places + index).pointee.store(value, ordering: .releasing)
    }

    /// Fills an empty, larger table with what this one has. Nobody fills either meanwhile.
    func copy(to larger: InternerTable) {
        for index in 0...mask {
            let place = (places + index).pointee.load(ordering: .relaxed)
            if place != 0 { larger.fill(larger.home(place), place) }
        }
    }
}
