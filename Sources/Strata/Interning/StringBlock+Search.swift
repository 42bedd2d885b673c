import Glibc

extension StringBlock {
    /// Where a string is in a block, or would be.
    @frozen
    public enum Place: Equatable, Sendable {
        /// It is the string with this index.
        case found(Int)
        /// It is not in the block; so many strings of the block are before it (0: it is before all of them).
        case absent(before: Int)
        /// The block is damaged.
        case damaged
    }

    /// Finds a string. Nothing is decoded but the bytes that decide: each is compared once, and a string that shares
    /// more or fewer bytes with the one before it than the probe does is decided by that.
    ///
    /// - Complexity: O(length of the probe + 16).
    public func find(_ probe: Span<UInt8>) -> Place {
        // The pointer is used in this call only; an empty probe may have no address.
        probe.withUnsafeBufferPointer { probe in
            var nowhere: UInt8 = 0
            return withUnsafePointer(to: &nowhere) { find(probe.baseAddress ?? $0, probe.count) }
        }
    }

    private func find(_ probe: UnsafePointer<UInt8>, _ probeCount: Int) -> Place {
        // How many bytes the probe shares with the string before, which is before the probe.
        var agreed = 0
        var remainder = base + headerCount
        for index in 0..<count {
            let stored = length(ofRemainder: index)
            defer { remainder += stored }
            let shared = shared(index)
            // Beyond what the probe shares with the string before, this one is like that: before the probe.
            if shared > agreed { continue }
            // Where it leaves the string before, the probe does not: the probe is before it. Of 255 more may be shared.
            if shared < agreed, shared < Self.sharedLimit { return .absent(before: index) }
            let (order, common) = compare(remainder, stored, with: probe + shared, probeCount &- shared)
            if common < 0 { return .damaged }
            if order == 0 { return .found(index) }
            if order > 0 { return .absent(before: index) }
            agreed = shared &+ common
        }
        return .absent(before: count)
    }

    /// How the block's first string compares with `probe`: below zero when it is before it, zero when equal, above zero
    /// when behind it; nil when the block is damaged. For a search of the block that a string is in: the last one whose
    /// first string is not behind it.
    ///
    /// - Complexity: O(bytes that both begin with).
    public func compareFirst(with probe: Span<UInt8>) -> Int? {
        probe.withUnsafeBufferPointer { probe in
            var nowhere: UInt8 = 0
            return withUnsafePointer(to: &nowhere) {
                let (order, common) = compare(
                    base + headerCount, length(ofRemainder: 0), with: probe.baseAddress ?? $0, probe.count)
                return common < 0 ? nil : order
            }
        }
    }

    /// As ``SymbolDecoder/compare(_:_:with:_:)``, of a remainder that may be coded or not.
    private func compare(
        _ stored: UnsafePointer<UInt8>, _ storedCount: Int, with bytes: UnsafePointer<UInt8>, _ byteCount: Int
    ) -> (order: Int, common: Int) {
        if isCoded { return decoder.compare(stored, storedCount, with: bytes, byteCount) }
        let limit = min(storedCount, byteCount)
        let common = commonPrefix(stored, bytes, limit)
        if common < limit { return (Int(stored[common]) &- Int(bytes[common]), common) }
        return (storedCount &- byteCount, common)
    }
}

/// The number of equal bytes at the beginning of two texts of `count` bytes and more.
func commonPrefix(_ first: UnsafePointer<UInt8>, _ second: UnsafePointer<UInt8>, _ count: Int) -> Int {
    var position = 0
    while position &+ 8 <= count {
        let left = UnsafeRawPointer(first + position).loadUnaligned(as: UInt64.self)
        let right = UnsafeRawPointer(second + position).loadUnaligned(as: UInt64.self)
        if left != right { return position &+ (left ^ right).trailingZeroBitCount / 8 }
        position &+= 8
    }
    while position < count, first[position] == second[position] { position &+= 1 }
    return position
}
