import Glibc

/// The nearest nodes that a search has met, nearest first, and which of them it has still to look around from.
///
/// One sorted array serves as the queue of candidates and as the result. The usual two heaps hold the same nodes: a
/// candidate that is farther than the `breadth` nearest is never expanded. Keys are words that sort by distance, then by
/// number, so that a search is the same on every run: the larger number first, since equal vectors that all were linked to
/// the first of them would be found by nobody.
///
/// Nodes may be in the pool without counting as results (those a filter rejects, those that are deleted): the search
/// passes through them. What lies behind the last of `breadth` results is dropped.
///
/// Invariant: `keys[0..<count]` ascend; `accepted` of them have the accepted bit; all in front of `cursor` are expanded.
struct CandidatePool: ~Copyable {
    /// Largest count of nodes that a key can number.
    static let nodeLimit = 1 << 30
    private static let expandedBit: UInt64 = 1
    private static let acceptedBit: UInt64 = 2

    private var keys = IndexArray<UInt64>()
    private(set) var count = 0
    private(set) var accepted = 0
    private var cursor = 0
    private var breadth = 1
    private var room = 1
    /// Only what is nearer than this is worth an offer.
    private(set) var bound = Float.infinity

    var reservedBytes: Int { keys.reservedBytes }

    /// Starts anew, to keep `breadth` results among at most `room` nodes.
    mutating func start(breadth: Int, room: Int) throws(StrataError) {
        let room = max(room, breadth)
        try keys.reserve(room + 1)
        self.breadth = breadth
        self.room = room
        (count, accepted, cursor, bound) = (0, 0, 0, .infinity)
    }

    /// Words that compare as the floats do. Nothing that is not a number is offered.
    @inline(__always)
    static func sortable(_ distance: Float) -> UInt64 {
        let bits = distance.bitPattern
        let mask = UInt32(bitPattern: Int32(bitPattern: bits) >> 31) | 0x8000_0000
        return UInt64(bits ^ mask) << 32
    }

    @inline(__always)
    static func distance(_ key: UInt64) -> Float {
        let bits = UInt32(truncatingIfNeeded: key >> 32)
        let mask = UInt32(bitPattern: Int32(bitPattern: ~bits) >> 31) | 0x8000_0000
        return Float(bitPattern: bits ^ mask)
    }

    @inline(__always)
    static func node(_ key: UInt64) -> UInt32 { ~UInt32(truncatingIfNeeded: key) >> 2 }

    @inline(__always)
    static func key(_ node: UInt32, _ distance: Float) -> UInt64 { sortable(distance) | UInt64(~node &<< 2 & ~3) }

    @inline(__always)
    func node(at index: Int) -> UInt32 { Self.node(keys.base[index]) }
    @inline(__always)
    func distance(at index: Int) -> Float { Self.distance(keys.base[index]) }
    @inline(__always)
    func isAccepted(at index: Int) -> Bool { keys.base[index] & Self.acceptedBit != 0 }

    /// Puts a node in its place when it is nearer than ``bound``.
    @inline(__always)
    mutating func offer(_ node: UInt32, _ distance: Float, isAccepted: Bool) {
        guard distance < bound else { return }
        insert(Self.key(node, distance) | (isAccepted ? Self.acceptedBit : 0))
    }

    private mutating func insert(_ key: UInt64) {
        let base = keys.base
        var low = 0
        var length = count
        while length > 0 {
            let half = length >> 1
            // Without a branch: which half it is, cannot be foreseen.
            let goesUp = base[low + half] < key
            low = goesUp ? low + half + 1 : low
            length = goesUp ? length - half - 1 : half
        }
        memmove(base + low + 1, base + low, (count - low) &* 8)
        base[low] = key
        count += 1
        if low < cursor { cursor = low }
        if key & Self.acceptedBit != 0 { accepted += 1 }
        if accepted > breadth { dropLastAccepted() }
        if accepted == breadth {
            while base[count - 1] & Self.acceptedBit == 0 { count -= 1 }
            bound = Self.distance(base[count - 1])
        }
        if count > room {
            count -= 1
            if base[count] & Self.acceptedBit != 0 { accepted -= 1 }
            bound = Self.distance(base[count - 1])
        }
        if cursor > count { cursor = count }
    }

    private mutating func dropLastAccepted() {
        while keys.base[count - 1] & Self.acceptedBit == 0 { count -= 1 }
        count -= 1
        accepted -= 1
    }

    /// The nearest node that was not expanded yet, marked as expanded; nil when there is none.
    @inline(__always)
    mutating func next() -> UInt32? {
        let base = keys.base
        while cursor < count {
            let key = base[cursor]
            cursor += 1
            if key & Self.expandedBit == 0 {
                base[cursor - 1] = key | Self.expandedBit
                return Self.node(key)
            }
        }
        return nil
    }

    /// The node that ``next()`` would give, for a prefetch; it may have been expanded already.
    @inline(__always)
    var upcoming: UInt32? { cursor < count ? Self.node(keys.base[cursor]) : nil }
}
