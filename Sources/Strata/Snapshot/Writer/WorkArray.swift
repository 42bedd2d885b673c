/// A fixed number of plain values that the writer fills and reads by index: no count of references, no growth.
///
/// Indices are checked in debug builds only; the writer derives all of them from sizes that it has checked.
struct WorkArray<Element: BitwiseCopyable>: ~Copyable {
    let base: UnsafeMutablePointer<Element>
    private(set) var count: Int

    init(repeating value: Element, count: Int) {
        base = .allocate(capacity: max(count, 1))
        base.initialize(repeating: value, count: count)
        self.count = count
    }

    /// The values are what the memory happens to hold: each must be set before it is read.
    init(unsetCount count: Int) {
        base = .allocate(capacity: max(count, 1))
        self.count = count
    }

    deinit { base.deallocate() }

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
