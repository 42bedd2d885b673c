import Glibc

/// The distinct strings of a data set, numbered from 0 in the order of first sight.
///
/// Bytes stand one after the other in one block; an open-addressing table finds them. It is the only part of a data
/// set that is held in memory while it is written.
struct StringTable: ~Copyable {
    /// Where each string begins in `bytes`, and at the end the length of all.
    private(set) var starts: [UInt64] = [0]
    private(set) var bytes: [UInt8] = []
    /// The upper half of a slot is the hash's upper half, the lower half the id + 1; 0 is a free slot.
    private var slots: [UInt64] = Array(repeating: 0, count: 1 << 10)

    /// The number of strings.
    var count: Int { starts.count - 1 }

    /// The id of a string; it is added when it is new. Amortized constant time for a given length.
    mutating func intern(_ utf8: UnsafeBufferPointer<UInt8>) -> UInt32 {
        if count * 4 >= slots.count * 3 { grow() }
        let hash = ContentDigest.hash(UnsafeRawBufferPointer(utf8))
        let tag = hash >> 32
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while slots[place] != 0 {
            let slot = slots[place]
            if slot >> 32 == tag {
                let id = Int(slot & 0xFFFF_FFFF) - 1
                if holds(utf8, at: id) { return UInt32(id) }
            }
            place = (place + 1) & mask
        }
        precondition(count < Int(UInt32.max) - 1, "a data set holds fewer than 2^32 - 1 distinct strings")
        let id = UInt32(count)
        bytes.append(contentsOf: utf8)
        starts.append(UInt64(bytes.count))
        slots[place] = (tag << 32) | UInt64(id + 1)
        return id
    }

    /// The id of a string that was added, or nil.
    func find(_ utf8: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let hash = ContentDigest.hash(UnsafeRawBufferPointer(utf8))
        let tag = hash >> 32
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while slots[place] != 0 {
            let slot = slots[place]
            if slot >> 32 == tag {
                let id = Int(slot & 0xFFFF_FFFF) - 1
                if holds(utf8, at: id) { return UInt32(id) }
            }
            place = (place + 1) & mask
        }
        return nil
    }

    /// A string that is looked up together with others.
    struct Probe {
        /// Where its bytes are among those of all.
        var start: Int
        var count: Int
        /// The string's id, once it was looked up; nil where the table does not have it.
        var id: UInt32?
        private var hash: UInt64
        /// The first slot to look at, and where the string that it leads to begins.
        private var slot: UInt64 = 0
        private var place = 0

        init(start: Int, count: Int, in bytes: UnsafePointer<UInt8>) {
            self.start = start
            self.count = count
            hash = ContentDigest.hash(UnsafeRawBufferPointer(start: bytes + start, count: count))
        }

        /// Looks up all of some. In a large table each look-up waits three times for memory; here the waiting of all of
        /// them happens at once.
        static func find(
            _ probes: inout [Probe], in bytes: UnsafePointer<UInt8>, _ table: borrowing StringTable
        ) {
            let mask = table.slots.count - 1
            for index in probes.indices {
                probes[index].slot = table.slots[Int(truncatingIfNeeded: probes[index].hash) & mask]
            }
            for index in probes.indices where probes[index].slot != 0 {
                probes[index].place = Int(table.starts[Int(probes[index].slot & 0xFFFF_FFFF) - 1])
            }
            table.bytes.withUnsafeBufferPointer { strings in
                for index in probes.indices where probes[index].slot != 0 {
                    let probe = probes[index]
                    let id = Int(probe.slot & 0xFFFF_FFFF) - 1
                    let isSame =
                        probe.slot >> 32 == probe.hash >> 32
                        && Int(table.starts[id + 1]) - probe.place == probe.count
                        && memcmp(strings.baseAddress.unsafelyUnwrapped + probe.place, bytes + probe.start, probe.count)
                            == 0
                    probes[index].id =
                        isSame
                        ? UInt32(id) : table.find(UnsafeBufferPointer(start: bytes + probe.start, count: probe.count))
                }
            }
        }
    }

    /// Calls `body` with the bytes of a string.
    func withString<Result, Failure: Error>(
        _ id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (start, end) = (Int(starts[Int(id)]), Int(starts[Int(id) + 1]))
        return try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
            try body(UnsafeBufferPointer(rebasing: bytes[start..<end]))
        }
    }

    private func holds(_ utf8: UnsafeBufferPointer<UInt8>, at id: Int) -> Bool {
        let start = Int(starts[id])
        guard Int(starts[id + 1]) - start == utf8.count else { return false }
        guard let other = utf8.baseAddress, utf8.count > 0 else { return true }
        return bytes.withUnsafeBytes { bytes in
            memcmp(bytes.baseAddress.unsafelyUnwrapped + start, other, utf8.count) == 0
        }
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        // The lower half of the hash is not in the slot: it is computed again from the string.
        for id in 0..<count {
            let range = Int(starts[id])..<Int(starts[id + 1])
            let hash = bytes.withUnsafeBytes { ContentDigest.hash(UnsafeRawBufferPointer(rebasing: $0[range])) }
            var place = Int(truncatingIfNeeded: hash) & mask
            while larger[place] != 0 { place = (place + 1) & mask }
            larger[place] = (hash >> 32) << 32 | UInt64(id + 1)
        }
        slots = larger
    }
}
