import Glibc

/// A fixed number of plain values that the writer fills and reads by index: no count of references, no growth.
///
/// Indices are checked in debug builds only; the writer derives all of them from sizes that it has checked.
struct WorkArray<Element: BitwiseCopyable>: ~Copyable {
    let base: UnsafeMutablePointer<Element>
    private(set) var count: Int

    init(repeating value: Element, count: Int) {
        base = Self.allocate(count)
        base.initialize(repeating: value, count: count)
        self.count = count
    }

    /// The values are what the memory happens to hold: each must be set before it is read.
    init(unsetCount count: Int) {
        base = Self.allocate(count)
        self.count = count
    }

    deinit { free(base) }

    private static var hugePageByteCount: Int { 2 << 20 }

    /// Memory for so many values. That of large arrays, which are filled once and soon gone, is asked for in huge pages: a
    /// fault for each page of 4 KiB would take longer than the filling.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let byteCount = max(count, 1) * MemoryLayout<Element>.stride
        let isLarge = byteCount >= 2 * hugePageByteCount
        // Aligned memory is asked for in whole alignments, of which the last one is touched as far as it is used.
        let memory =
            isLarge
            ? aligned_alloc(hugePageByteCount, (byteCount + hugePageByteCount - 1) & ~(hugePageByteCount - 1))
            : malloc(byteCount)
        guard let memory else { fatalError("no memory for \(byteCount) bytes to work in") }
        // Advice: whether it is taken does not matter.
        if isLarge { _ = madvise(memory, byteCount & ~(hugePageByteCount - 1), Int32(MADV_HUGEPAGE)) }
        return memory.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    subscript(_ index: Int) -> Element {
        get {
            assert(index >= 0)
            assert(index < count)
            return base[index]
        }
        nonmutating set {
            assert(index >= 0)
            assert(index < count)
            base[index] = newValue
        }
    }

    /// Forgets the values from `count` on.
    mutating func truncate(to count: Int) {
        assert(count <= self.count)
        self.count = count
    }

    /// The values of a range of indices.
    func slice(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
        assert(range.upperBound <= count)
        return UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// The memory of all values.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Element>.stride)
    }
}

extension WorkArray where Element: FixedWidthInteger {
    /// Turns counts into the offsets where each group starts; the last value becomes the total.
    func accumulate() {
        var sum: Element = 0
        for index in 0..<count {
            let value = self[index]
            self[index] = sum
            sum += value
        }
    }
}
