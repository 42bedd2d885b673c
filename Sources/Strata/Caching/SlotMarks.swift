public import Synchronization

/// A byte a slot, in segments that double and never move, so that readers may mark slots while the cache grows.
///
/// Invariant: `segments` has room for `maximumSegments` addresses, of which the first `segmentCount` are of initialised
/// atomics: segment 0 for slots 0 to 63, and segment k for slots 2^(k+5) to 2^(k+6) - 1.
@frozen
public struct SlotMarks: ~Copyable, @unchecked Sendable {
    public typealias Mark = UnsafeMutablePointer<Atomic<UInt8>>

    private static var maximumSegments: Int { 27 }
    @usableFromInline let segments: UnsafeMutablePointer<Mark?>
    @usableFromInline var segmentCount = 0

    @usableFromInline
    init() {
        segments = .allocate(capacity: Self.maximumSegments)
        segments.initialize(repeating: nil, count: Self.maximumSegments)
    }

    @inlinable deinit {
        // Atomics of integers are trivial: nothing to deinitialise.
        for segment in 0..<segmentCount { segments[segment]!.deallocate() }
        segments.deallocate()
    }

    @inlinable @inline(__always)
    static func segment(of slot: UInt32) -> Int { 26 &- (slot | 63).leadingZeroBitCount }

    /// Bytes for slots up to this number.
    @usableFromInline
    static func byteCount(slots: Int) -> Int {
        (64 << segment(of: UInt32(slots))) + maximumSegments * MemoryLayout<Mark?>.stride
    }

    @usableFromInline
    mutating func reserve(slots: Int) {
        let last = Self.segment(of: UInt32(slots))
        while segmentCount <= last {
            let size = segmentCount == 0 ? 64 : 32 << segmentCount
            let memory = UnsafeMutablePointer<Atomic<UInt8>>.allocate(capacity: size)
            for place in 0..<size { (memory + place).initialize(to: Atomic(0)) }
            segments[segmentCount] = memory
            segmentCount += 1
        }
    }

    /// The mark of a slot for which there is room.
    @inlinable @inline(__always)
    subscript(_ slot: UInt32) -> Mark {
        let segment = Self.segment(of: slot)
        let first: UInt32 = segment == 0 ? 0 : 32 << UInt32(truncatingIfNeeded: segment)
        return segments[segment].unsafelyUnwrapped + Int(slot &- first)
    }
}
