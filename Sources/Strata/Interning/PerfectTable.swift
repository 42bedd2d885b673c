/// A table for hashes that are all known: each is found at the first look, in 5 bytes a hash.
///
/// Hashes are thrown into buckets of four on average. Bucket by bucket, the fullest first, a *pilot* is looked for that
/// sends all hashes of the bucket to slots which are free; 97 of 100 slots get one. A look-up reads the pilot of its
/// bucket and then the slot (Pibiri and Trani, "PTHash: revisiting FCH minimal perfect hashing", 2021). Hashes that are
/// equal, and buckets for which no pilot is found, go to a list aside.
///
/// Invariant: `pilots` and `slots` are initialised and this table's own; the value of each hash is in the slot that its
/// bucket's pilot gives, or in `rest`, which is sorted.
final class PerfectTable: @unchecked Sendable {
    typealias Rest = (hash: UInt64, value: UInt32)

    private let memory: InternerMemory
    private let pilots: UnsafeMutablePointer<UInt16>
    private let slots: UnsafeMutablePointer<UInt32>
    private let places: PerfectPlaces
    /// What has no slot of its own, sorted by hash.
    private(set) var rest: [Rest] = []

    /// - Parameters:
    ///   - hashes: one for each value.
    ///   - values: not 0.
    /// - Throws: `limitExceeded` when there is no memory.
    /// - Complexity: O(n), some hundred nanoseconds a hash.
    init(
        _ hashes: UnsafeBufferPointer<UInt64>, _ values: UnsafeBufferPointer<UInt32>, _ memory: InternerMemory
    ) throws(StrataError) {
        places = PerfectPlaces(hashes.count)
        self.memory = memory
        let pilotMemory = try memory.allocate(places.bucketCount * 2)
        let slotMemory: UnsafeMutableRawPointer
        do throws(StrataError) { slotMemory = try memory.allocate(places.slotCount * 4) } catch {
            memory.release(pilotMemory, places.bucketCount * 2)
            throw error
        }
        pilots = pilotMemory.bindMemory(to: UInt16.self, capacity: places.bucketCount)
        slots = slotMemory.bindMemory(to: UInt32.self, capacity: places.slotCount)
        fill(hashes, values)
    }

    deinit {
        memory.release(pilots, places.bucketCount * 2)
        memory.release(slots, places.slotCount * 4)
    }

    /// The value of a hash, if it is not in ``rest``; that of another, or 0, for a hash that is not in the table.
    @inline(__always)
    func value(_ hash: UInt64) -> UInt32 {
        let index = places.bucket(hash)
        return slots[places.slot(hash, pilots[index])]
    }

    /// Values of a hash that are in the list aside.
    func valuesAside(_ hash: UInt64) -> ArraySlice<Rest> {
        var (low, high) = (0, rest.count)
        while low < high {
            let middle = (low + high) / 2
            if rest[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < rest.count, rest[end].hash == hash { end += 1 }
        return rest[low..<end]
    }

    private func fill(_ hashes: UnsafeBufferPointer<UInt64>, _ values: UnsafeBufferPointer<UInt32>) {
        // Numbers of hashes by bucket: a counting sort.
        let buckets = places.bucketCount
        var ends = [UInt32](repeating: 0, count: buckets + 1)
        for hash in hashes { ends[places.bucket(hash) + 1] += 1 }
        for index in 0..<buckets { ends[index + 1] += ends[index] }
        var next = ends
        var members = [UInt32](repeating: 0, count: hashes.count)
        for (number, hash) in hashes.enumerated() {
            let bucket = places.bucket(hash)
            members[Int(next[bucket])] = UInt32(number)
            next[bucket] += 1
        }
        // Buckets by how full they are.
        let largest = (0..<buckets).reduce(0) { max($0, Int(ends[$1 + 1] - ends[$1])) }
        var bySize = [[UInt32]](repeating: [], count: largest + 1)
        for bucket in 0..<buckets { bySize[Int(ends[bucket + 1] - ends[bucket])].append(UInt32(bucket)) }
        var search = PilotSearch(places, largestBucket: largest)
        for size in stride(from: largest, to: 0, by: -1) {
            for bucket in bySize[size] {
                let numbers = members[Int(ends[Int(bucket)])..<Int(ends[Int(bucket) + 1])]
                search.load(numbers, hashes)
                guard let pilot = search.pilot() else {
                    for number in numbers { rest.append((hashes[Int(number)], values[Int(number)])) }
                    continue
                }
                pilots[Int(bucket)] = pilot
                for (index, number) in numbers.enumerated() { slots[search.take(index)] = values[Int(number)] }
            }
        }
        rest.sort { ($0.hash, $0.value) < ($1.hash, $1.value) }
    }
}

/// Where the hashes of a ``PerfectTable`` go.
struct PerfectPlaces: BitwiseCopyable {
    let bucketCount: Int
    let slotCount: Int

    init(_ count: Int) {
        bucketCount = count / 4 + 1
        slotCount = count + count / 32 + 1
    }

    /// The bucket of a hash: its uppermost bits, by the upper half of a product instead of a division.
    @inline(__always)
    func bucket(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(bucketCount)).high)
    }

    /// Where a pilot sends a hash.
    @inline(__always)
    func slot(_ hash: UInt64, _ pilot: UInt16) -> Int {
        let mixed = ByteHash.fold(hash ^ UInt64(pilot) &* 0x9E37_79B9_7F4A_7C15, ByteHash.keys.1)
        return Int(truncatingIfNeeded: mixed.multipliedFullWidth(by: UInt64(slotCount)).high)
    }
}

/// Looks for the pilots of a ``PerfectTable``.
///
/// Invariant: bit `n % 64` of word `n / 64` in `taken` says that slot n is; `hashes` and `found` have room for the
/// largest bucket. All three are this value's own.
struct PilotSearch: ~Copyable {
    private let places: PerfectPlaces
    private let taken: UnsafeMutablePointer<UInt64>
    private let hashes: UnsafeMutablePointer<UInt64>
    private let found: UnsafeMutablePointer<Int>
    private var count = 0

    init(_ places: PerfectPlaces, largestBucket: Int) {
        self.places = places
        taken = .allocate(capacity: places.slotCount / 64 + 1)
        taken.initialize(repeating: 0, count: places.slotCount / 64 + 1)
        hashes = .allocate(capacity: largestBucket)
        found = .allocate(capacity: largestBucket)
    }

    deinit {
        taken.deallocate()
        hashes.deallocate()
        found.deallocate()
    }

    mutating func load(_ numbers: ArraySlice<UInt32>, _ all: UnsafeBufferPointer<UInt64>) {
        count = 0
        for number in numbers {
            hashes[count] = all[Int(number)]
            count += 1
        }
    }

    /// The first pilot that sends the bucket's hashes to free slots, all different; nil when none does.
    mutating func pilot() -> UInt16? {
        // Equal hashes go the same way with every pilot.
        for index in 0..<count {
            for other in 0..<index where hashes[other] == hashes[index] { return nil }
        }
        for pilot in 0...UInt16.max where fits(pilot) { return pilot }
        return nil
    }

    @inline(__always)
    private func fits(_ pilot: UInt16) -> Bool {
        for index in 0..<count {
            let slot = places.slot(hashes[index], pilot)
            guard taken[slot &>> 6] &>> UInt64(slot & 63) & 1 == 0 else { return false }
            for earlier in 0..<index where found[earlier] == slot { return false }
            found[index] = slot
        }
        return true
    }

    /// Takes the slot that was found for a member of the bucket.
    func take(_ index: Int) -> Int {
        let slot = found[index]
        taken[slot &>> 6] |= 1 &<< UInt64(slot & 63)
        return slot
    }
}
