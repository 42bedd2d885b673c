/// The entry that came first goes first, whatever was asked for since.
public struct FIFOPolicy: MarkingPolicy, ~Copyable {
    @usableFromInline var links = SlotLinks()
    @usableFromInline var marks = SlotMarks()
    @usableFromInline var queue = SlotQueue()

    public init(capacity: Int) {}

    public mutating func reserve(slots: Int) {
        links.reserve(slots: slots)
        marks.reserve(slots: slots)
    }

    public static func byteCount(slots: Int, capacity: Int) -> Int {
        SlotLinks.byteCount(slots: slots) + SlotMarks.byteCount(slots: slots)
    }

    @inlinable public func mark(of slot: UInt32) -> SlotMarks.Mark { marks[slot] }
    @inlinable public static func touch(_ mark: SlotMarks.Mark) {}
    @inlinable public mutating func hit(_ slot: UInt32) {}

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
