/// The entry that was not asked for the longest time goes first.
public struct LRUPolicy: EvictionPolicy, ~Copyable {
    @usableFromInline var links = SlotLinks()
    @usableFromInline var queue = SlotQueue()

    public init(capacity: Int) {}

    public mutating func reserve(slots: Int) { links.reserve(slots: slots) }

    public static func byteCount(slots: Int, capacity: Int) -> Int { SlotLinks.byteCount(slots: slots) }

    @inlinable
    public mutating func hit(_ slot: UInt32) { links.renew(slot, &queue) }

    @inlinable
    public mutating func insert(_ slot: UInt32, hash: UInt32, weight: Int) {
        links[slot] = SlotLink(hash: hash, weight: weight, queue: 0)
        links.push(slot, &queue)
    }

    @inlinable
    public mutating func adopt(_ slot: UInt32, hash: UInt32, weight: Int, frequency: Int) {
        insert(slot, hash: hash, weight: weight)
    }

    @inlinable
    public mutating func evict(for weight: Int) -> UInt32 { links.pop(&queue) }

    @inlinable
    public mutating func remove(_ slot: UInt32) { links.remove(slot, &queue) }
}
