import Glibc

/// A growing array of plain values in memory of the process's allocator, 64-byte aligned, with stable addresses between
/// calls that grow it.
///
/// Large arrays are asked for in huge pages: an index is read at random, and each page of 4 KiB would cost a miss in the
/// table of translations.
///
/// Invariant: `base` has room for `capacity` values, of which the first `count` are set.
struct IndexArray<Element: BitwiseCopyable>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private(set) var capacity = 0

    /// An empty array; takes no memory.
    init() { base = Self.nowhere }

    deinit { if capacity > 0 { free(base) } }

    private static var hugePageBytes: Int { 2 << 20 }
    private static var alignment: Int { 64 }
    /// Never read: it only is not null.
    private static var nowhere: UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer(bitPattern: alignment)!.assumingMemoryBound(to: Element.self)
    }

    /// Bytes held from the allocator.
    var reservedBytes: Int { capacity * MemoryLayout<Element>.stride }

    /// Bytes of a block for so many values; nil when they have no such number.
    private static func byteCount(_ values: Int) -> Int? {
        let (bytes, overflows) = values.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflows, bytes < Int.max / 2 else { return nil }
        let unit = bytes >= 2 * hugePageBytes ? hugePageBytes : alignment
        return (bytes + unit - 1) & ~(unit - 1)
    }

    /// Makes room for `wanted` values in all; exactly so many when there is none for more than a few.
    ///
    /// - Throws: `limitExceeded` when the allocator has no memory; the array is as before then.
    mutating func reserve(_ wanted: Int) throws(StrataError) {
        guard wanted > capacity else { return }
        guard let bytes = Self.byteCount(wanted),
            let block = aligned_alloc(bytes >= 2 * Self.hugePageBytes ? Self.hugePageBytes : Self.alignment, bytes)
        else {
            throw StrataError(.limitExceeded, "the allocator has no memory for \(wanted) values of an index")
        }
        // Advice: whether it is taken does not matter.
        if bytes >= 2 * Self.hugePageBytes { _ = madvise(block, bytes, Int32(MADV_HUGEPAGE)) }
        let moved = block.bindMemory(to: Element.self, capacity: bytes / MemoryLayout<Element>.stride)
        moved.update(from: base, count: count)
        if capacity > 0 { free(base) }
        base = moved
        capacity = bytes / MemoryLayout<Element>.stride
    }

    /// Makes room for `more` values behind the last one; the capacity grows by half, so that many calls cost little.
    mutating func reserveMore(_ more: Int) throws(StrataError) {
        guard count + more > capacity else { return }
        try reserve(max(count + more, capacity + capacity / 2))
    }

    /// - Precondition: there is room.
    @inline(__always)
    mutating func append(_ value: Element) {
        precondition(count < capacity)
        base[count] = value
        count += 1
    }

    /// - Precondition: there is room.
    mutating func append(repeating value: Element, count more: Int) {
        precondition(more >= 0)
        precondition(more <= capacity - count)
        (base + count).update(repeating: value, count: more)
        count += more
    }

    /// - Precondition: there is room.
    mutating func append(copying source: UnsafePointer<Element>, count more: Int) {
        precondition(more >= 0)
        precondition(more <= capacity - count)
        (base + count).update(from: source, count: more)
        count += more
    }

    /// Counts `more` values that were written behind the last one.
    ///
    /// - Precondition: there is room.
    mutating func append(placed more: Int) {
        precondition(more >= 0)
        precondition(more <= capacity - count)
        count += more
    }

    /// Takes the last value out; nil when there is none.
    mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        return base[count]
    }

    /// Forgets the values from `count` on and keeps the memory.
    mutating func truncate(to count: Int) {
        precondition(count >= 0)
        precondition(count <= self.count)
        self.count = count
    }

    subscript(_ index: Int) -> Element {
        @inline(__always)
        get {
            assert(index >= 0)
            assert(index < count)
            return base[index]
        }
        @inline(__always)
        nonmutating set {
            assert(index >= 0)
            assert(index < count)
            base[index] = newValue
        }
    }
}
