/// W-TinyLFU: a window of a hundredth of the weight, by recency; behind it a main part whose entries are on probation
/// until they are asked for again and then protected, up to four fifths. What leaves the window stays only if a sketch
/// of frequencies says that it is asked for more often than what it would push out (Einziger, Friedman and Manes,
/// "TinyLFU: a highly efficient cache admission policy", 2017).
public struct WTinyLFUPolicy: EvictionPolicy, ~Copyable {
    @usableFromInline static var window: UInt32 { 0 }
    @usableFromInline static var probation: UInt32 { 1 }
    @usableFromInline static var protected: UInt32 { 2 }

    @usableFromInline var links = SlotLinks()
    @usableFromInline var sketch = FrequencySketch()
    @usableFromInline var windowQueue = SlotQueue()
    @usableFromInline var probationQueue = SlotQueue()
    @usableFromInline var protectedQueue = SlotQueue()
    @usableFromInline let windowCapacity: Int
    @usableFromInline let protectedCapacity: Int

    public init(capacity: Int) {
        windowCapacity = Swift.max(1, capacity / 100)
        protectedCapacity = Swift.max(0, capacity - windowCapacity) * 4 / 5
    }

    public mutating func reserve(slots: Int) {
        links.reserve(slots: slots)
        sketch.reserve(slots: slots)
    }

    public static func byteCount(slots: Int, capacity: Int) -> Int {
        SlotLinks.byteCount(slots: slots) + FrequencySketch.byteCount(slots: slots)
    }

    @inlinable @inline(__always)
    mutating func count(_ hash: UInt32) {
        let entries = windowQueue.count &+ probationQueue.count &+ protectedQueue.count
        sketch.add(hash, sample: 10 &* Swift.max(entries, 16))
    }

    @inlinable
    public mutating func hit(_ slot: UInt32) {
        count(links[slot].hash)
        switch links[slot].queue {
        case Self.window: links.renew(slot, &windowQueue)
        case Self.protected: links.renew(slot, &protectedQueue)
        default:
            links.remove(slot, &probationQueue)
            links[slot].queue = Self.protected
            links.push(slot, &protectedQueue)
            while protectedQueue.weight > protectedCapacity {
                let demoted = links.pop(&protectedQueue)
                links[demoted].queue = Self.probation
                links.push(demoted, &probationQueue)
            }
        }
    }

    @inlinable
    public mutating func insert(_ slot: UInt32, hash: UInt32, weight: Int) {
        count(hash)
        links[slot] = SlotLink(hash: hash, weight: weight, queue: Self.window)
        links.push(slot, &windowQueue)
        while windowQueue.weight > windowCapacity, windowQueue.count > 1 { leaveWindow(links.pop(&windowQueue)) }
    }

    @inlinable
    public mutating func adopt(_ slot: UInt32, hash: UInt32, weight: Int, frequency: Int) {
        // Without a history of its own, the sketch is told what the other policy knew.
        while sketch.frequency(of: hash) < frequency { sketch.add(hash, sample: .max) }
        links[slot] = SlotLink(hash: hash, weight: weight, queue: Self.window)
        leaveWindow(slot)
    }

    @inlinable
    mutating func leaveWindow(_ slot: UInt32) {
        links[slot].queue = Self.probation
        links.push(slot, &probationQueue)
    }

    @inlinable
    public mutating func evict(for weight: Int) -> UInt32 {
        if windowQueue.weight &+ weight > windowCapacity, !windowQueue.isEmpty {
            let candidate = links.pop(&windowQueue)
            let victim = probationQueue.isEmpty ? protectedQueue.oldest : probationQueue.oldest
            guard victim != 0, sketch.frequency(of: links[candidate].hash) > sketch.frequency(of: links[victim].hash)
            else { return candidate }
            remove(victim)
            leaveWindow(candidate)
            return victim
        }
        if !probationQueue.isEmpty { return links.pop(&probationQueue) }
        if !protectedQueue.isEmpty { return links.pop(&protectedQueue) }
        return links.pop(&windowQueue)
    }

    @inlinable
    public mutating func remove(_ slot: UInt32) {
        switch links[slot].queue {
        case Self.window: links.remove(slot, &windowQueue)
        case Self.protected: links.remove(slot, &protectedQueue)
        default: links.remove(slot, &probationQueue)
        }
    }
}
