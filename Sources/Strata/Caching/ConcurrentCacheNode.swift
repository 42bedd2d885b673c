public import Synchronization

/// An entry of a ``ConcurrentCache``: nothing of it but `next` changes after it was published.
@frozen @usableFromInline
struct ConcurrentCacheNode<Key: Hashable, Value>: ~Copyable {
    /// The address of the next node of the bucket; 0 for none.
    @usableFromInline let next: Atomic<UInt>
    @usableFromInline let hash: UInt32
    @usableFromInline let slot: UInt32
    /// The policy's mark of the slot. A reader may mark the slot's next entry by it: it counts as asked for once too
    /// often.
    @usableFromInline let mark: SlotMarks.Mark
    @usableFromInline let deadline: UInt64
    @usableFromInline let version: UInt64
    @usableFromInline let weight: Int
    @usableFromInline let key: Key
    @usableFromInline let value: Value

    @inlinable
    init(
        hash: UInt32, slot: UInt32, mark: SlotMarks.Mark, deadline: UInt64, version: UInt64, weight: Int, key: Key,
        value: Value
    ) {
        next = Atomic(0)
        self.hash = hash
        self.slot = slot
        self.mark = mark
        self.deadline = deadline
        self.version = version
        self.weight = weight
        self.key = key
        self.value = value
    }

    /// Bytes that a node takes, with what an allocator adds to such a block and its place among the garbage later.
    @inlinable static var byteCount: Int { MemoryLayout<Self>.stride + 16 + 32 }
}

/// What the readers of a shard look at, on cache lines that its writers rarely write to.
@frozen @usableFromInline
struct ConcurrentCacheFront: ~Copyable {
    /// The address of the buckets: a power of two of them, each the address of its first node or 0.
    @usableFromInline let buckets = Atomic<UInt>(0)
    /// Odd while nodes go over to other buckets: who found nothing meanwhile looks again under the lock.
    @usableFromInline let moves = Atomic<UInt>(0)

    @inlinable init() {}
}

/// An array of buckets: their number less one, and the addresses of their first nodes.
@frozen @usableFromInline
struct ConcurrentCacheBuckets: BitwiseCopyable {
    @usableFromInline let address: UInt

    @inlinable @inline(__always)
    init(address: UInt) { self.address = address }

    /// Buckets that are all empty.
    @usableFromInline
    init(count: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.byteCount(count), alignment: 16)
        memory.storeBytes(of: UInt(count - 1), as: UInt.self)
        let first = (memory + 8).bindMemory(to: Atomic<UInt>.self, capacity: count)
        for bucket in 0..<count { (first + bucket).initialize(to: Atomic(0)) }
        address = UInt(bitPattern: memory)
    }

    @inlinable static func byteCount(_ count: Int) -> Int { 8 + count * 8 }

    @inlinable @inline(__always)
    var mask: UInt { UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped.load(as: UInt.self) }
    @inlinable var count: Int { Int(mask) + 1 }

    /// The head of the bucket of a hash: an atomic that lives as long as the array.
    @inlinable @inline(__always)
    func head(_ hash: UInt32) -> UnsafeMutablePointer<Atomic<UInt>> {
        let first = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped + 8
        return first.assumingMemoryBound(to: Atomic<UInt>.self) + Int(truncatingIfNeeded: UInt(hash) & mask)
    }

    @usableFromInline func free() { UnsafeMutableRawPointer(bitPattern: address)!.deallocate() }
}
