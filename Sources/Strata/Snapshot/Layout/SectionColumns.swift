/// A section of numbers as it lies in the file: each takes the same 1 to 8 bytes, as few as the largest one needs.
@frozen
@usableFromInline
struct NumberColumn: @unchecked Sendable {
    // Unchecked: the bytes are only read.

    /// The first number; the mapping outlives the column. Behind every such section the file goes on for 8 bytes and
    /// more, since the checksums end it: so 8 bytes may be loaded where the last number begins.
    @usableFromInline let base: UnsafeRawPointer
    /// The bytes of each number.
    @usableFromInline let stride: Int
    /// The bits of a number among those that are loaded.
    @usableFromInline let mask: UInt64

    init(base: UnsafeRawPointer, stride: Int) {
        assert(1...8 ~= stride)
        self.base = base
        self.stride = stride
        mask = .max >> UInt64(64 - 8 * stride)
    }

    /// The bytes that each number takes where `largest` is the largest.
    static func stride(largest: UInt64) -> Int { max(1, (64 - largest.leadingZeroBitCount + 7) / 8) }

    /// Where a number lies.
    @inlinable
    func place(_ index: Int) -> UnsafeRawPointer { base + index &* stride }

    /// The index is inside the section, and the number's bytes were checked.
    @inlinable
    subscript(index: Int) -> UInt64 { place(index).loadUnaligned(as: UInt64.self) & mask }
}

/// A section of relationships as it lies in the file: each is one number, the index of the type above `targetBits` bits
/// of the position at the other end. So numbers sort by (type, position).
@frozen
@usableFromInline
struct RelationshipColumn: Sendable {
    @usableFromInline let numbers: NumberColumn
    /// At most 32.
    @usableFromInline let targetBits: UInt64

    init(_ numbers: NumberColumn, targetBits: UInt64) {
        assert(targetBits <= 32)
        self.numbers = numbers
        self.targetBits = targetBits
    }

    /// The index is inside the section, and its bytes were checked. Neither field is compared with a count.
    @inlinable
    subscript(index: Int) -> ZeroCopyRelationship {
        let number = numbers[index]
        return ZeroCopyRelationship(
            target: UInt32(truncatingIfNeeded: number & (1 &<< targetBits &- 1)),
            type: UInt32(truncatingIfNeeded: number &>> targetBits))
    }
}

/// A section of properties as it lies in the file: each is one number, the index of the key above `valueBits` bits of the
/// value's string id. So numbers sort by (key, value). In version 1 each was two string ids of 4 bytes.
@frozen
@usableFromInline
struct PropertyColumn: @unchecked Sendable {
    // Unchecked: the bytes are only read.

    @usableFromInline let numbers: NumberColumn
    /// The string ids of the keys, ascending; their bytes were checked before a property is read.
    @usableFromInline let keys: UnsafePointer<UInt32>
    @usableFromInline let keyCount: Int
    /// At most 32.
    @usableFromInline let valueBits: UInt64
    /// Whether a property is two string ids.
    @usableFromInline let isPlain: Bool

    init(_ numbers: NumberColumn, keys: UnsafePointer<UInt32>, keyCount: Int, valueBits: UInt64) {
        assert(valueBits <= 32)
        self.numbers = numbers
        self.keys = keys
        self.keyCount = keyCount
        self.valueBits = valueBits
        isPlain = false
    }

    /// Of version 1, without a list of keys.
    init(plain numbers: NumberColumn) {
        self.numbers = numbers
        keys = numbers.base.assumingMemoryBound(to: UInt32.self)
        keyCount = 0
        valueBits = 0
        isPlain = true
    }

    /// The index is inside the section, and the bytes of the property and of the keys were checked. A key that is not
    /// in the list, which damage can cause, becomes ``SnapshotFormat/absent``: no string has this id.
    @inlinable
    subscript(index: Int) -> InternedProperty {
        guard !isPlain else { return numbers.place(index).loadUnaligned(as: InternedProperty.self) }
        let number = numbers[index]
        let key = Int(truncatingIfNeeded: number &>> valueBits)
        return InternedProperty(
            key: InternedString(
                id: UInt(bitPattern: key) < UInt(bitPattern: keyCount) ? keys[key] : SnapshotFormat.absent),
            value: InternedString(id: UInt32(truncatingIfNeeded: number & (1 &<< valueBits &- 1))))
    }
}

/// How pairs of indices are put into numbers: decided by the counts of what they lead to, and by nothing else.
struct PairPacking: Hashable {
    /// The bits of the lower index: as many as tell all of them apart. At most 32.
    let lowBits: UInt64
    /// The bytes of a number.
    let stride: Int

    private init(lowCount: Int, highCount: Int) {
        func bits(_ count: Int) -> Int { count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount }
        lowBits = UInt64(bits(lowCount))
        stride = max(1, (bits(lowCount) + bits(highCount) + 7) / 8)
    }

    /// Relationships: the position at the other end below the index of the type.
    static func relationships(entityCount: Int, typeCount: Int) -> PairPacking {
        PairPacking(lowCount: entityCount, highCount: typeCount)
    }

    /// Properties: the value's string id below the index of the key.
    static func properties(stringCount: Int, keyCount: Int) -> PairPacking {
        PairPacking(lowCount: stringCount, highCount: keyCount)
    }

    func number(high: UInt32, low: UInt32) -> UInt64 { UInt64(high) << lowBits | UInt64(low) }
}
