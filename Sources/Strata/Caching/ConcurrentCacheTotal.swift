import Synchronization

/// The bytes of a ``ConcurrentCache``: entries, tables, and the garbage that readers still see. It never passes the
/// limit: bytes are taken before they are used, and given back after they are free.
@usableFromInline
final class ConcurrentCacheTotal: Sendable {
    let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// The bytes that are taken now.
    @usableFromInline var bytes: Int { taken.load(ordering: .relaxed) }

    /// Takes bytes if that does not pass the limit; whether it did.
    @usableFromInline
    func take(_ byteCount: Int) -> Bool {
        var current = bytes
        while byteCount <= limit - current {
            let (exchanged, original) = taken.weakCompareExchange(
                expected: current, desired: current + byteCount, ordering: .relaxed)
            if exchanged { return true }
            current = original
        }
        return false
    }

    /// Takes bytes that are in use already: what an empty cache has.
    func force(_ byteCount: Int) { taken.add(byteCount, ordering: .relaxed) }

    /// Gives bytes back.
    @usableFromInline
    func give(_ byteCount: Int) { taken.subtract(byteCount, ordering: .relaxed) }
}
