public import Synchronization

/// SIEVE: one queue in order of arrival, and a hand that walks from the oldest entry to newer ones. It passes over the
/// entries that were asked for since it last came by, takes their mark, and evicts the first without one. New entries
/// come in at the newest end; the hand stays where it is (Zhang et al., "SIEVE is simpler than LRU", NSDI 2024).
public struct SievePolicy: MarkingPolicy, ~Copyable {
    @usableFromInline var links = SlotLinks()
    @usableFromInline var marks = SlotMarks()
    @usableFromInline var queue = SlotQueue()
    /// The next entry to look at; 0 for the oldest one.
    @usableFromInline var hand: UInt32 = 0

    public init(capacity: Int) {}

    public mutating func reserve(slots: Int) {
        links.reserve(slots: slots)
        marks.reserve(slots: slots)
    }

    public static func byteCount(slots: Int, capacity: Int) -> Int {
        SlotLinks.byteCount(slots: slots) + SlotMarks.byteCount(slots: slots)
    }

    @inlinable public func mark(of slot: UInt32) -> SlotMarks.Mark { marks[slot] }

    @inlinable
    public static func touch(_ mark: SlotMarks.Mark) {
        // A line that is only read stays in every reader's own cache.
        if mark.pointee.load(ordering: .relaxed) == 0 { mark.pointee.store(1, ordering: .relaxed) }
    }

    @inlinable
    public mutating func hit(_ slot: UInt32) { Self.touch(marks[slot]) }

    @inlinable
    public mutating func insert(_ slot: UInt32, hash: UInt32, weight: Int) {
        links[slot] = SlotLink(hash: hash, weight: weight, queue: 0)
        marks[slot].pointee.store(0, ordering: .relaxed)
        links.push(slot, &queue)
    }

    @inlinable
    public mutating func adopt(_ slot: UInt32, hash: UInt32, weight: Int, frequency: Int) {
        insert(slot, hash: hash, weight: weight)
    }

    @inlinable
    public mutating func evict(for weight: Int) -> UInt32 {
        var slot = hand == 0 ? queue.oldest : hand
        // Readers may mark entries as fast as the hand unmarks them: one round and a bit, and then any entry goes.
        var patience = queue.count &* 2 &+ 1
        while patience > 0, marks[slot].pointee.load(ordering: .relaxed) != 0 {
            marks[slot].pointee.store(0, ordering: .relaxed)
            slot = links[slot].newer == 0 ? queue.oldest : links[slot].newer
            patience &-= 1
        }
        hand = links[slot].newer
        links.remove(slot, &queue)
        return slot
    }

    @inlinable
    public mutating func remove(_ slot: UInt32) {
        if hand == slot { hand = links[slot].newer }
        links.remove(slot, &queue)
    }
}
