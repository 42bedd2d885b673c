import Glibc

/// The header of a block of retired objects. The entries follow it.
///
/// A bag is filled by one thread, sealed with the epoch at which all its objects were out of reach, and emptied by one
/// collector at a time.
///
/// Invariant: entries `first ..< count` are initialised, and `byteCount` is their sum.
@usableFromInline
struct GarbageBag: BitwiseCopyable {
    /// Objects in a full bag.
    static let capacity = 64
    /// A bag with so many bytes of garbage is sealed before it is full.
    @usableFromInline static let byteStep = 256 << 10
    /// The header has a cache line of its own.
    static let headerByteCount = 64

    private static let blockByteCount = headerByteCount + capacity * MemoryLayout<GarbageEntry>.stride

    /// What a bag takes from the allocator, in bytes.
    static let heldByteCount: Int = {
        guard let block = malloc(blockByteCount) else { return blockByteCount }
        defer { free(block) }
        return HeapBlock.usableByteCount(of: block) + HeapBlock.headerByteCount
    }()

    /// The next bag of the list that this one is in.
    var next: UnsafeMutablePointer<GarbageBag>?
    /// The bag's number, in order of sealing.
    var sequence: UInt64 = 0
    /// The epoch that was read after the last object had been made unreachable.
    var epoch: UInt64 = 0
    var first = 0
    var count = 0
    var byteCount = 0

    /// An empty bag. Like any small allocation of Swift's own, it ends the process when there is no memory.
    static func make() -> UnsafeMutablePointer<GarbageBag> {
        let memory = malloc(blockByteCount)
        guard let memory else { fatalError("the allocator has no memory left for a list of garbage") }
        let bag = memory.bindMemory(to: GarbageBag.self, capacity: 1)
        bag.initialize(to: GarbageBag())
        return bag
    }
}

extension UnsafeMutablePointer<GarbageBag> {
    /// The memory of the entries: ``GarbageBag/capacity`` of them, after the header of a bag that `make` made.
    var entries: UnsafeMutablePointer<GarbageEntry> {
        (UnsafeMutableRawPointer(self) + GarbageBag.headerByteCount).assumingMemoryBound(to: GarbageEntry.self)
    }

    /// One past the memory of the last entry.
    var end: UnsafeMutablePointer<GarbageEntry> { entries + GarbageBag.capacity }

    var isEmpty: Bool { pointee.first == pointee.count }

    /// Destroys the next objects.
    ///
    /// - Returns: how many, and their bytes.
    func destroy(atMost limit: Int) -> (objects: Int, bytes: Int) {
        let (first, entries) = (pointee.first, entries)
        let end = first + Swift.min(pointee.count - first, limit)
        var bytes = 0
        for index in first..<end {
            let entry = entries[index]
            bytes += entry.byteCount
            entry.destroy()
        }
        pointee.first = end
        pointee.byteCount -= bytes
        return (end - first, bytes)
    }
}

/// Bags one after another: first in, first out.
///
/// Invariant: `head` leads to `tail` through `next`; both are nil when the list is empty.
struct GarbageBagList: ~Copyable {
    private(set) var head: UnsafeMutablePointer<GarbageBag>?
    private var tail: UnsafeMutablePointer<GarbageBag>?
    private(set) var count = 0

    mutating func append(_ bag: UnsafeMutablePointer<GarbageBag>) {
        bag.pointee.next = nil
        if let tail { tail.pointee.next = bag } else { head = bag }
        tail = bag
        count += 1
    }

    mutating func prepend(_ bag: UnsafeMutablePointer<GarbageBag>) {
        bag.pointee.next = head
        if tail == nil { tail = bag }
        head = bag
        count += 1
    }

    mutating func popFirst() -> UnsafeMutablePointer<GarbageBag>? {
        guard let bag = head else { return nil }
        head = bag.pointee.next
        if head == nil { tail = nil }
        bag.pointee.next = nil
        count -= 1
        return bag
    }
}
