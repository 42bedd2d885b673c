public import Synchronization

/// Counters of gets, on two cache lines of their own. A stripe is mostly one thread's, but any may add to it: each get
/// is counted exactly once.
///
/// Invariant: `words` is one of the stripes of a living ``CacheCounterStripes``: five initialised atomics.
@frozen @usableFromInline
struct CacheCounterStripe: BitwiseCopyable {
    @usableFromInline static var byteCount: Int { 128 }
    @usableFromInline let words: UnsafeMutablePointer<Atomic<Int>>

    @inlinable init(_ words: UnsafeMutablePointer<Atomic<Int>>) { self.words = words }

    /// Whether the next get is one of those that are timed.
    @inlinable var isTimed: Bool {
        let hits = words[0].load(ordering: .relaxed)
        return (hits &+ words[1].load(ordering: .relaxed)) & (CacheMetrics.timingInterval - 1) == 0
    }

    @inlinable func countHit() { words[0].add(1, ordering: .relaxed) }
    @inlinable func countMiss() { words[1].add(1, ordering: .relaxed) }
    @inlinable func countExpiration() {
        words[1].add(1, ordering: .relaxed)
        words[2].add(1, ordering: .relaxed)
    }
    @usableFromInline func countTime(_ nanoseconds: Int) {
        words[3].add(1, ordering: .relaxed)
        words[4].add(nanoseconds, ordering: .relaxed)
    }
}

/// Sixteen stripes of counters, so that threads that read at once rarely write to one line.
@usableFromInline
final class CacheCounterStripes: Sendable {
    @usableFromInline static var stripeCount: Int { 16 }
    /// The distance of places in the epochs' table.
    @usableFromInline static var placeByteCount: Int { 256 }
    @usableFromInline nonisolated(unsafe) let memory: UnsafeMutableRawPointer

    @usableFromInline
    init() {
        assert(Self.placeByteCount == EpochPlace.byteCount)
        let bytes = Self.stripeCount * CacheCounterStripe.byteCount
        memory = .allocate(byteCount: bytes, alignment: 128)
        let words = memory.bindMemory(to: Atomic<Int>.self, capacity: bytes / MemoryLayout<Int>.stride)
        for word in 0..<bytes / MemoryLayout<Int>.stride { (words + word).initialize(to: Atomic(0)) }
    }

    deinit { memory.deallocate() }

    /// The stripe of a thread by its place among the readers of the epochs: places next to each other have different
    /// ones. Without a place it is the first.
    @inlinable @inline(__always)
    func stripe(_ place: UnsafeRawPointer?) -> CacheCounterStripe {
        stripe((Int(bitPattern: place) / Self.placeByteCount) & (Self.stripeCount &- 1))
    }

    @inlinable @inline(__always)
    func stripe(_ number: Int) -> CacheCounterStripe {
        CacheCounterStripe((memory + number &* CacheCounterStripe.byteCount).assumingMemoryBound(to: Atomic<Int>.self))
    }

    var sum: CacheMetrics {
        var sum = CacheMetrics()
        for number in 0..<Self.stripeCount {
            let words = stripe(number).words
            sum.hits += words[0].load(ordering: .relaxed)
            sum.misses += words[1].load(ordering: .relaxed)
            sum.expirations += words[2].load(ordering: .relaxed)
            sum.timedAccesses += words[3].load(ordering: .relaxed)
            sum.timedNanoseconds += words[4].load(ordering: .relaxed)
        }
        return sum
    }
}
