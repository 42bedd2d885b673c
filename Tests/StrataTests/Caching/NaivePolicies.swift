@testable import Strata

/// A cache of keys as lists that are searched from end to end: what a policy must do, said as simply as can be.
protocol NaivePolicy {
    init(capacity: Int)
    /// Keys and weights that are in the cache.
    var entries: [NaiveEntry] { get }
    /// A request; whether the key was there.
    mutating func hit(_ key: Int)
    /// Takes out whatever goes first.
    mutating func evict(for weight: Int)
    mutating func insert(_ entry: NaiveEntry)
    mutating func remove(_ key: Int)
    /// What the policy under test has room for by now.
    mutating func reserve(_ slots: Int)
}

struct NaiveEntry: Equatable {
    var key: Int
    var weight: Int
    var requests = 0
}

extension NaivePolicy {
    var weight: Int { entries.reduce(0) { $0 + $1.weight } }
    func contains(_ key: Int) -> Bool { entries.contains { $0.key == key } }
    mutating func reserve(_ slots: Int) {}

    mutating func put(_ key: Int, weight entryWeight: Int, capacity: Int) {
        if contains(key) { remove(key) }
        guard entryWeight <= capacity else { return }
        while weight + entryWeight > capacity { evict(for: entryWeight) }
        insert(NaiveEntry(key: key, weight: entryWeight))
    }
}

extension [NaiveEntry] {
    fileprivate func place(_ key: Int) -> Int? { firstIndex { $0.key == key } }
    var weight: Int { reduce(0) { $0 + $1.weight } }
    fileprivate mutating func take(_ key: Int) -> NaiveEntry? { place(key).map { remove(at: $0) } }
}

/// Oldest first.
struct NaiveFIFO: NaivePolicy {
    var entries: [NaiveEntry] = []
    init(capacity: Int) {}
    mutating func hit(_ key: Int) {}
    mutating func evict(for weight: Int) { entries.removeFirst() }
    mutating func insert(_ entry: NaiveEntry) { entries.append(entry) }
    mutating func remove(_ key: Int) { _ = entries.take(key) }
}

/// Least recently used first.
struct NaiveLRU: NaivePolicy {
    var entries: [NaiveEntry] = []
    init(capacity: Int) {}
    mutating func hit(_ key: Int) { entries.append(entries.take(key)!) }
    mutating func evict(for weight: Int) { entries.removeFirst() }
    mutating func insert(_ entry: NaiveEntry) { entries.append(entry) }
    mutating func remove(_ key: Int) { _ = entries.take(key) }
}

/// Oldest first, with the hand at a place in the list.
struct NaiveSieve: NaivePolicy {
    var entries: [NaiveEntry] = []
    var hand = 0
    init(capacity: Int) {}
    mutating func hit(_ key: Int) { entries[entries.place(key)!].requests = 1 }
    mutating func evict(for weight: Int) {
        if hand == entries.count { hand = 0 }
        while entries[hand].requests > 0 {
            entries[hand].requests = 0
            hand = (hand + 1) % entries.count
        }
        entries.remove(at: hand)
        // At the end of the list the next one to look at is the oldest, whatever comes in meanwhile.
        if hand == entries.count { hand = 0 }
    }
    mutating func insert(_ entry: NaiveEntry) { entries.append(entry) }
    mutating func remove(_ key: Int) {
        let place = entries.place(key)!
        entries.remove(at: place)
        if place < hand { hand -= 1 }
        if hand == entries.count { hand = 0 }
    }
}

struct NaiveS3FIFO: NaivePolicy {
    var small: [NaiveEntry] = []
    var main: [NaiveEntry] = []
    var ghosts: [NaiveEntry] = []
    let smallCapacity: Int
    let mainCapacity: Int
    var mostGhosts = 0

    init(capacity: Int) {
        smallCapacity = max(1, capacity / 10)
        mainCapacity = max(0, capacity - smallCapacity)
    }

    var entries: [NaiveEntry] { small + main }
    mutating func reserve(_ slots: Int) { mostGhosts = slots }

    mutating func hit(_ key: Int) {
        if let place = small.place(key) { small[place].requests = min(3, small[place].requests + 1) }
        if let place = main.place(key) { main[place].requests = min(3, main[place].requests + 1) }
    }

    mutating func evict(for weight: Int) {
        while !small.isEmpty, small.weight >= smallCapacity || main.isEmpty {
            var entry = small.removeFirst()
            if entry.requests < 2 {
                guard entry.weight <= mainCapacity else { return }
                _ = ghosts.take(entry.key)
                while ghosts.weight + entry.weight > mainCapacity || ghosts.count == mostGhosts { ghosts.removeFirst() }
                ghosts.append(entry)
                return
            }
            entry.requests = 0
            main.append(entry)
            if main.weight > mainCapacity { return evictFromMain() }
        }
        evictFromMain()
    }

    private mutating func evictFromMain() {
        while main[0].requests > 0 {
            var entry = main.removeFirst()
            entry.requests -= 1
            main.append(entry)
        }
        main.removeFirst()
    }

    mutating func insert(_ entry: NaiveEntry) {
        if ghosts.take(entry.key) != nil { main.append(entry) } else { small.append(entry) }
    }

    mutating func remove(_ key: Int) {
        if small.take(key) == nil { _ = main.take(key) }
    }
}

/// Shares the sketch with the policy under test, which has tests of its own.
struct NaiveWTinyLFU: NaivePolicy {
    final class Sketch {
        var counts = FrequencySketch()
        func add(_ hash: UInt32, sample: Int) { counts.add(hash, sample: sample) }
        func frequency(_ hash: UInt32) -> Int { counts.frequency(of: hash) }
        func reserve(_ slots: Int) { counts.reserve(slots: slots) }
    }

    var window: [NaiveEntry] = []
    var probation: [NaiveEntry] = []
    var protected: [NaiveEntry] = []
    let sketch = Sketch()
    let hasher = CacheHasher()
    let windowCapacity: Int
    let protectedCapacity: Int

    init(capacity: Int) {
        windowCapacity = max(1, capacity / 100)
        protectedCapacity = max(0, capacity - windowCapacity) * 4 / 5
    }

    var entries: [NaiveEntry] { window + probation + protected }
    mutating func reserve(_ slots: Int) { sketch.reserve(slots) }

    private func count(_ key: Int) { sketch.add(hasher.hash(key), sample: 10 * max(entries.count, 16)) }
    private func frequency(_ entry: NaiveEntry) -> Int { sketch.frequency(hasher.hash(entry.key)) }

    mutating func hit(_ key: Int) {
        count(key)
        if let entry = window.take(key) { window.append(entry) }
        if let entry = protected.take(key) { protected.append(entry) }
        if let entry = probation.take(key) {
            protected.append(entry)
            while protected.weight > protectedCapacity { probation.append(protected.removeFirst()) }
        }
    }

    mutating func evict(for weight: Int) {
        if window.weight + weight > windowCapacity, !window.isEmpty {
            let candidate = window.removeFirst()
            guard let victim = probation.first ?? protected.first, frequency(candidate) > frequency(victim) else {
                return
            }
            remove(victim.key)
            probation.append(candidate)
        } else if !probation.isEmpty {
            probation.removeFirst()
        } else if !protected.isEmpty {
            protected.removeFirst()
        } else {
            window.removeFirst()
        }
    }

    mutating func insert(_ entry: NaiveEntry) {
        count(entry.key)
        window.append(entry)
        while window.weight > windowCapacity, window.count > 1 { probation.append(window.removeFirst()) }
    }

    mutating func remove(_ key: Int) {
        if window.take(key) == nil, probation.take(key) == nil { _ = protected.take(key) }
    }
}
