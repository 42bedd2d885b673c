import Glibc
import Synchronization

/// The places of an ``EpochManager``, in segments that are made when the first thread needs them and never move.
///
/// Invariant: a non-zero word of `directory` is the address of a segment: a word whose bits say which places are taken,
/// alone on two cache lines, and ``segmentCapacity`` initialised places.
struct ParticipantTable: ~Copyable, @unchecked Sendable {
    static let segmentCapacity = 64
    static let segmentCount = 64
    static let capacity = segmentCapacity * segmentCount
    private static let headerByteCount = 128
    static let segmentByteCount = headerByteCount + segmentCapacity * EpochPlace.byteCount

    private let directory: UnsafeMutablePointer<Atomic<UInt>>
    /// One past the highest place ever taken: collectors look no further.
    private let bound = Atomic<Int>(0)

    init() {
        directory = .allocate(capacity: Self.segmentCount)
        for segment in 0..<Self.segmentCount { (directory + segment).initialize(to: Atomic(0)) }
    }

    // Atomics of integers are trivial: nothing to deinitialise.
    deinit {
        for segment in 0..<Self.segmentCount { free(memory(segment)) }
        directory.deallocate()
    }

    private func memory(_ segment: Int) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: (directory + segment).pointee.load(ordering: .acquiring))
    }

    /// Whether a segment has been made.
    func hasSegment(_ segment: Int) -> Bool { memory(segment) != nil }

    private func taken(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt64>> {
        memory.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    private func place(_ memory: UnsafeMutableRawPointer, _ index: Int) -> EpochPlace {
        EpochPlace(address: memory + Self.headerByteCount + index % Self.segmentCapacity * EpochPlace.byteCount)
    }

    /// The segment's memory, made when there is none yet.
    private func segment(_ segment: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        if let memory = memory(segment) { return memory }
        guard let memory = aligned_alloc(Self.headerByteCount, Self.segmentByteCount) else {
            throw StrataError(
                .limitExceeded, "the allocator has no memory left for the places of readers", errno: errno)
        }
        memory.bindMemory(to: Atomic<UInt64>.self, capacity: 1).initialize(to: Atomic(0))
        for number in 0..<Self.segmentCapacity {
            let index = segment * Self.segmentCapacity + number
            let place = place(memory, index)
            place.address.bindMemory(to: EpochPlaceFront.self, capacity: 1).initialize(to: EpochPlaceFront())
            (place.address + EpochPlace.byteCount / 2).bindMemory(to: EpochPlaceBack.self, capacity: 1)
                .initialize(to: EpochPlaceBack(index: index))
        }
        let (isFirst, other) = (directory + segment).pointee.compareExchange(
            expected: 0, desired: UInt(bitPattern: memory), ordering: .acquiringAndReleasing)
        if isFirst { return memory }
        free(memory)
        return UnsafeMutableRawPointer(bitPattern: other)!
    }

    /// Takes a free place: one of the lowest, so that collectors look at few.
    ///
    /// - Throws: `limitExceeded` when all ``capacity`` places are taken, or there is no memory for more.
    /// - Complexity: O(segments).
    func claim(thread: Int64) throws(StrataError) -> EpochPlace {
        for number in 0..<Self.segmentCount {
            let memory = try segment(number)
            let taken = taken(memory)
            var word = taken.pointee.load(ordering: .relaxed)
            while word != .max {
                let free = (~word).trailingZeroBitCount
                let (isOurs, now) = taken.pointee.compareExchange(
                    expected: word, desired: word | 1 << UInt64(free), ordering: .acquiringAndReleasing)
                word = now
                guard isOurs else { continue }
                let index = number * Self.segmentCapacity + free
                bound.max(index + 1, ordering: .sequentiallyConsistent)
                let place = place(memory, index)
                place.front.pointee.thread.store(thread, ordering: .relaxed)
                return place
            }
        }
        throw StrataError(
            .limitExceeded, "all \(Self.capacity) places for readers are taken",
            remedy: "register once a thread, and let participants go out of scope")
    }

    /// Gives a place back. Nothing is pinned there, and its bag is gone.
    func release(_ place: EpochPlace) {
        let index = place.back.pointee.index
        guard let memory = memory(index / Self.segmentCapacity) else { preconditionFailure("a place of no segment") }
        place.front.pointee.thread.store(0, ordering: .relaxed)
        taken(memory).pointee.bitwiseAnd(~(1 << UInt64(index % Self.segmentCapacity)), ordering: .releasing)
    }

    /// Calls `body` with each place that was ever taken.
    ///
    /// - Complexity: O(places taken at once).
    func forEach(_ body: (EpochPlace) -> Void) {
        // After the fence of whoever collects: a place that the bound does not show yet was taken after it, and so was
        // the pin there.
        let bound = bound.load(ordering: .sequentiallyConsistent)
        for start in stride(from: 0, to: bound, by: Self.segmentCapacity) {
            guard let memory = memory(start / Self.segmentCapacity) else { continue }
            for index in start..<min(bound, start + Self.segmentCapacity) { body(place(memory, index)) }
        }
    }

    /// The pin with the lowest epoch; nil when nothing is pinned.
    func oldestPin() -> EpochPin? {
        var oldest: EpochPin?
        forEach { place in
            // Acquiring: what the owner read under an earlier pin is done.
            let state = place.front.pointee.state.load(ordering: .acquiring)
            guard state & 1 == 1, oldest.map({ state >> 1 < $0.epoch }) ?? true else { return }
            oldest = EpochPin(epoch: state >> 1, place: place)
        }
        return oldest
    }

    /// Places that are taken now.
    var takenCount: Int {
        var count = 0
        for segment in 0..<Self.segmentCount {
            guard let memory = memory(segment) else { continue }
            count += taken(memory).pointee.load(ordering: .relaxed).nonzeroBitCount
        }
        return count
    }
}

/// A pin that a collector saw.
struct EpochPin {
    let epoch: UInt64
    let place: EpochPlace
}
