/// A cache without values: it says whether a request would have been a hit under a policy.
///
/// Invariant: the slots up to `used` are in table and policy, or on the list `free`, whose links are their hashes.
@frozen @usableFromInline
struct ShadowCache<Policy: EvictionPolicy & ~Copyable>: ~Copyable {
    @usableFromInline var policy: Policy
    @usableFromInline var table = SlotTable(slots: 0)
    /// Hash and weight of each slot.
    @usableFromInline var entries = SlotLinks()
    @usableFromInline var free: UInt32 = 0
    @usableFromInline var used: UInt32 = 0
    @usableFromInline var held = 0
    @usableFromInline var capacity: Int
    @usableFromInline var slotCount = 0

    @usableFromInline
    init(capacity: Int) {
        self.capacity = capacity
        policy = Policy(capacity: capacity)
    }

    @usableFromInline
    static func byteCount(slots: Int, capacity: Int) -> Int {
        SlotTable.byteCount(slots: slots) + SlotLinks.byteCount(slots: slots)
            + Policy.byteCount(slots: slots, capacity: capacity)
    }

    @usableFromInline var byteCount: Int { Self.byteCount(slots: slotCount, capacity: capacity) }

    @usableFromInline
    mutating func reserve(slots: Int) {
        guard slots > slotCount else { return }
        table.reserve(slots: slots)
        entries.reserve(slots: slots)
        policy.reserve(slots: slots)
        slotCount = slots
    }

    /// A request; whether it is a hit. After a miss the entry is there, unless it is too heavy.
    @usableFromInline
    mutating func request(_ hash: UInt32, weight: Int) -> Bool {
        let known = table.find(hash) { _ in true }
        if known != 0 {
            policy.hit(known)
            return true
        }
        guard weight <= capacity, slotCount > 0 else { return false }
        while table.count > 0, held > capacity - weight || (free == 0 && Int(used) == slotCount) {
            release(policy.evict(for: weight))
        }
        let slot: UInt32
        if free != 0 {
            slot = free
            free = entries[slot].hash
        } else {
            used += 1
            slot = used
        }
        entries[slot] = SlotLink(hash: hash, weight: weight, queue: 0)
        held += entries[slot].weight
        table.insert(hash, slot)
        policy.insert(slot, hash: hash, weight: weight)
        return false
    }

    /// Forgets the entries that `keeps` says no to, for a simulation of another capacity.
    mutating func thin(capacity: Int, keeps: (UInt32) -> Bool) {
        var kept: [SlotLink] = []
        for _ in 0..<table.count {
            let entry = entries[policy.evict(for: 0)]
            if keeps(entry.hash) { kept.append(entry) }
        }
        policy = Policy(capacity: capacity)
        policy.reserve(slots: slotCount)
        table.removeAll()
        (used, free, held) = (0, 0, 0)
        self.capacity = capacity
        for entry in kept {
            used += 1
            entries[used] = entry
            held += entry.weight
            table.insert(entry.hash, used)
            policy.adopt(used, hash: entry.hash, weight: entry.weight, frequency: 0)
        }
        while held > capacity { release(policy.evict(for: 0)) }
    }

    @usableFromInline
    mutating func release(_ slot: UInt32) {
        table.remove(entries[slot].hash, slot)
        held -= entries[slot].weight
        entries[slot].hash = free
        free = slot
    }
}

extension ShadowCache: Sendable where Policy: ~Copyable {}
