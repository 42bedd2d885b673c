/// From identifiers to row numbers: open addressing that stores the rows alone and looks identifiers up where the index
/// keeps them, so that an entry costs 4 bytes at a load of 35 to 70 %.
///
/// Every operation is O(1) on average. Removal moves later entries back (Knuth, volume 3, section 6.4, algorithm R), so no
/// mark stays behind.
struct IdentifierTable: ~Copyable {
    static let empty: UInt32 = .max

    private var slots = IndexArray<UInt32>()
    private var used = 0
    private var shift: UInt64 = 64

    var reservedBytes: Int { slots.reservedBytes }

    @inline(__always)
    private func home(_ id: UInt32) -> Int {
        Int(truncatingIfNeeded: (UInt64(id) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    /// The row of an identifier; nil when it has none.
    ///
    /// - Parameter ids: the identifier of each row.
    func row(of id: UInt32, ids: UnsafePointer<UInt32>) -> UInt32? {
        guard used > 0 else { return nil }
        let mask = slots.count - 1
        var at = home(id)
        while slots[at] != Self.empty {
            let row = slots[at]
            if ids[Int(row)] == id { return row }
            at = (at + 1) & mask
        }
        return nil
    }

    /// Makes room for `count` identifiers in all.
    ///
    /// - Throws: `limitExceeded` when there is no memory; the table is as before then.
    mutating func reserve(_ count: Int, ids: UnsafePointer<UInt32>) throws(StrataError) {
        guard count * 10 > slots.count * 7 else { return }
        var size = max(slots.count, 16)
        while count * 10 > size * 7 { size *= 2 }
        var larger = IndexArray<UInt32>()
        try larger.reserve(size)
        larger.append(repeating: Self.empty, count: size)
        swap(&slots, &larger)
        shift = UInt64(64 - size.trailingZeroBitCount)
        for index in 0..<larger.count where larger[index] != Self.empty { place(larger[index], ids) }
    }

    private func place(_ row: UInt32, _ ids: UnsafePointer<UInt32>) {
        let mask = slots.count - 1
        var at = home(ids[Int(row)])
        while slots[at] != Self.empty { at = (at + 1) & mask }
        slots[at] = row
    }

    /// - Precondition: there is room, and the identifier of `row` is not in the table.
    mutating func insert(_ row: UInt32, ids: UnsafePointer<UInt32>) {
        precondition(used < slots.count)
        place(row, ids)
        used += 1
    }

    /// Takes an identifier out; nil when it is not in.
    mutating func remove(_ id: UInt32, ids: UnsafePointer<UInt32>) -> UInt32? {
        guard used > 0 else { return nil }
        let mask = slots.count - 1
        var at = home(id)
        while slots[at] != Self.empty, ids[Int(slots[at])] != id { at = (at + 1) & mask }
        let found = slots[at]
        guard found != Self.empty else { return nil }
        var next = at
        while true {
            next = (next + 1) & mask
            let row = slots[next]
            guard row != Self.empty else { break }
            // An entry may move to the hole unless its home lies behind the hole, up to where it is.
            let distance = (next - home(ids[Int(row)])) & mask
            if distance >= (next - at) & mask {
                slots[at] = row
                at = next
            }
        }
        slots[at] = Self.empty
        used -= 1
        return found
    }

    mutating func removeAll() {
        slots.base.update(repeating: Self.empty, count: slots.count)
        used = 0
    }
}
