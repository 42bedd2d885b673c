public import Synchronization

/// S3-FIFO: a small queue for a tenth of the weight, through which newcomers pass, a main queue for those that were
/// asked for twice there, and a ghost queue of the hashes that left the small one, from which an entry comes back
/// straight into the main one. The main queue gives entries that were asked for another round (Yang et al., "FIFO queues
/// are all you need for cache eviction", SOSP 2023).
public struct S3FIFOPolicy: MarkingPolicy, ~Copyable {
    @usableFromInline static var small: UInt32 { 0 }
    @usableFromInline static var main: UInt32 { 1 }
    /// Requests are counted up to here.
    @usableFromInline static var mostRequests: UInt8 { 3 }
    /// Requests in the small queue that lead into the main one.
    @usableFromInline static var requestsForMain: UInt8 { 2 }

    @usableFromInline var links = SlotLinks()
    @usableFromInline var marks = SlotMarks()
    @usableFromInline var smallQueue = SlotQueue()
    @usableFromInline var mainQueue = SlotQueue()
    @usableFromInline var ghosts: GhostQueue
    @usableFromInline let smallCapacity: Int
    @usableFromInline let mainCapacity: Int

    public init(capacity: Int) {
        smallCapacity = Swift.max(1, capacity / 10)
        mainCapacity = Swift.max(0, capacity - smallCapacity)
        ghosts = GhostQueue(capacity: mainCapacity)
    }

    public mutating func reserve(slots: Int) {
        links.reserve(slots: slots)
        marks.reserve(slots: slots)
        ghosts.reserve(slots: slots)
    }

    public static func byteCount(slots: Int, capacity: Int) -> Int {
        SlotLinks.byteCount(slots: slots) + SlotMarks.byteCount(slots: slots) + GhostQueue.byteCount(slots: slots)
    }

    @inlinable public func mark(of slot: UInt32) -> SlotMarks.Mark { marks[slot] }

    @inlinable
    public static func touch(_ mark: SlotMarks.Mark) {
        // Two readers at once may count as one.
        let requests = mark.pointee.load(ordering: .relaxed)
        if requests < mostRequests { mark.pointee.store(requests &+ 1, ordering: .relaxed) }
    }

    @inlinable
    public mutating func hit(_ slot: UInt32) { Self.touch(marks[slot]) }

    @inlinable
    public mutating func insert(_ slot: UInt32, hash: UInt32, weight: Int) {
        marks[slot].pointee.store(0, ordering: .relaxed)
        enter(slot, hash, weight, main: ghosts.remove(hash))
    }

    @inlinable
    public mutating func adopt(_ slot: UInt32, hash: UInt32, weight: Int, frequency: Int) {
        // What another policy kept has earned its place as the main queue's entries have; the newest, whatever is above
        // the main queue's room, stay on trial.
        let fits = mainQueue.weight &+ weight <= mainCapacity
        marks[slot].pointee.store(0, ordering: .relaxed)
        enter(slot, hash, weight, main: fits)
    }

    @inlinable
    mutating func enter(_ slot: UInt32, _ hash: UInt32, _ weight: Int, main: Bool) {
        links[slot] = SlotLink(hash: hash, weight: weight, queue: main ? Self.main : Self.small)
        if main { links.push(slot, &mainQueue) } else { links.push(slot, &smallQueue) }
    }

    @inlinable
    public mutating func evict(for weight: Int) -> UInt32 {
        while smallQueue.weight >= smallCapacity || mainQueue.isEmpty {
            guard !smallQueue.isEmpty else { break }
            let slot = links.pop(&smallQueue)
            guard marks[slot].pointee.load(ordering: .relaxed) >= Self.requestsForMain else {
                ghosts.insert(links[slot].hash, weight: links[slot].weight)
                return slot
            }
            marks[slot].pointee.store(0, ordering: .relaxed)
            links[slot].queue = Self.main
            links.push(slot, &mainQueue)
            if mainQueue.weight > mainCapacity { return evictFromMain() }
        }
        return evictFromMain()
    }

    @inlinable
    mutating func evictFromMain() -> UInt32 {
        // Each round takes a request off each entry; readers may add some meanwhile, and then any entry goes.
        var patience = mainQueue.count &* Int(Self.mostRequests &+ 1)
        while true {
            let slot = links.pop(&mainQueue)
            let requests = marks[slot].pointee.load(ordering: .relaxed)
            guard requests > 0, patience > 0 else { return slot }
            marks[slot].pointee.store(requests &- 1, ordering: .relaxed)
            links.push(slot, &mainQueue)
            patience &-= 1
        }
    }

    @inlinable
    public mutating func remove(_ slot: UInt32) {
        if links[slot].queue == Self.main { links.remove(slot, &mainQueue) } else { links.remove(slot, &smallQueue) }
    }
}
