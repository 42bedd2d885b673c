import Glibc

/// The nearest identifiers that were offered, nearest first; equal distances in order of the identifiers.
///
/// Other than in ``CandidatePool`` the identifiers may be any 32 bits.
struct NearestIdentifiers: ~Copyable {
    private var keys = IndexArray<UInt64>()
    private(set) var count = 0
    private var limit = 1
    /// Nothing that is farther is taken.
    private(set) var bound = Float.infinity

    var reservedBytes: Int { keys.reservedBytes }

    /// Starts anew, to keep `limit`.
    mutating func start(_ limit: Int) throws(StrataError) {
        try keys.reserve(limit + 1)
        self.limit = limit
        (count, bound) = (0, .infinity)
    }

    @inline(__always)
    mutating func offer(_ id: UInt32, _ distance: Float) {
        guard distance <= bound, distance < .infinity else { return }
        insert(CandidatePool.sortable(distance) | UInt64(id))
    }

    private mutating func insert(_ key: UInt64) {
        let base = keys.base
        if count == limit, key >= base[count - 1] { return }
        var low = 0
        var length = count
        while length > 0 {
            let half = length >> 1
            let goesUp = base[low + half] < key
            low = goesUp ? low + half + 1 : low
            length = goesUp ? length - half - 1 : half
        }
        memmove(base + low + 1, base + low, (count - low) &* 8)
        base[low] = key
        count = min(count + 1, limit)
        if count == limit { bound = CandidatePool.distance(base[count - 1]) }
    }

    func id(at index: Int) -> UInt32 { UInt32(truncatingIfNeeded: keys.base[index]) }
    func distance(at index: Int) -> Float { CandidatePool.distance(keys.base[index]) }
}
