/// The hashes of entries that went not long ago, oldest first: who comes back from here was thrown out too early.
///
/// Two keys with the same 32 bits of hash are one ghost: among 100,000 ghosts, one lookup in 40,000 is wrong, which costs
/// a place in the queue and no answer.
@frozen @usableFromInline
struct GhostQueue: ~Copyable, Sendable {
    @usableFromInline var links = SlotLinks()
    @usableFromInline var table = SlotTable(slots: 0)
    @usableFromInline var queue = SlotQueue()
    /// Unused slots, through `older`.
    @usableFromInline var free: UInt32 = 0
    @usableFromInline var used: UInt32 = 0
    /// The most that the ghosts weigh together.
    @usableFromInline let capacity: Int

    @usableFromInline
    init(capacity: Int) { self.capacity = capacity }

    @usableFromInline
    static func byteCount(slots: Int) -> Int { SlotLinks.byteCount(slots: slots) + SlotTable.byteCount(slots: slots) }

    @usableFromInline
    mutating func reserve(slots: Int) {
        links.reserve(slots: slots)
        table.reserve(slots: slots)
    }

    /// Number of ghosts.
    @inlinable var count: Int { queue.count }

    /// Lays a ghost, and forgets the oldest ones that no longer fit.
    @inlinable
    mutating func insert(_ hash: UInt32, weight: Int) {
        guard weight <= capacity, links.slotCount > 0 else { return }
        _ = remove(hash)
        while queue.weight > capacity &- weight || queue.count == links.slotCount { drop(queue.oldest) }
        let slot: UInt32
        if free != 0 {
            slot = free
            free = links[slot].older
        } else {
            used &+= 1
            slot = used
        }
        links[slot] = SlotLink(hash: hash, weight: weight, queue: 0)
        links.push(slot, &queue)
        table.insert(hash, slot)
    }

    /// Takes a ghost out; whether it was there.
    @inlinable
    mutating func remove(_ hash: UInt32) -> Bool {
        let slot = table.find(hash) { _ in true }
        guard slot != 0 else { return false }
        drop(slot)
        return true
    }

    @inlinable
    mutating func drop(_ slot: UInt32) {
        links.remove(slot, &queue)
        table.remove(links[slot].hash, slot)
        links[slot].older = free
        free = slot
    }
}
