import Glibc

/// Memory of a search that is used again and again: aligned to 64 bytes, and larger only when it has to be.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
    /// Room for `capacity` elements, whose contents are whatever was written last.
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init(_ capacity: Int = 1) {
        self.capacity = capacity
        base = Self.allocate(capacity)
    }

    deinit { free(base) }

    /// Makes sure that there is room for so many; what was in it is gone when it has to grow.
    @inline(__always)
    mutating func reserve(_ count: Int) {
        if count > capacity { grow(to: count) }
    }

    @inline(never)
    private mutating func grow(to count: Int) {
        free(base)
        capacity = Swift.max(count, capacity * 2)
        base = Self.allocate(capacity)
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let bytes = (Swift.max(count, 1) * MemoryLayout<Element>.stride + 63) & ~63
        guard let memory = aligned_alloc(64, bytes) else {
            preconditionFailure("the allocator has no \(bytes) bytes left for a search")
        }
        return memory.bindMemory(to: Element.self, capacity: count)
    }
}
