/// Decides which entry of a cache goes when room is needed.
///
/// A policy knows entries by slot, a number from 1 that the cache gives out, by a hash of the key, and by weight. The
/// cache calls it through a generic parameter, so that its calls are specialised. It is told of each hit and of each
/// new entry, and asked for a victim as long as the newcomer does not fit.
///
/// Slots are in the policy from ``insert(_:hash:weight:)`` or ``adopt(_:hash:weight:frequency:)`` until ``evict(for:)``
/// gives them back or ``remove(_:)`` takes them out.
public protocol EvictionPolicy: ~Copyable, Sendable {
    /// A policy of an empty cache whose entries may weigh so much together.
    init(capacity: Int)

    /// Makes room for slots up to this number; called before one of them is used.
    mutating func reserve(slots: Int)
    /// Bytes that the policy takes from the allocator with room for so many slots, in a cache of this capacity.
    static func byteCount(slots: Int, capacity: Int) -> Int

    /// An entry was found.
    mutating func hit(_ slot: UInt32)
    /// An entry is new, and the most recent one.
    mutating func insert(_ slot: UInt32, hash: UInt32, weight: Int)
    /// An entry comes over from another policy, the first to go first.
    ///
    /// - Parameter frequency: about how often it was asked for lately; 0 when that is not known.
    mutating func adopt(_ slot: UInt32, hash: UInt32, weight: Int, frequency: Int)
    /// Takes out the entry that is to go before one of this weight comes in.
    ///
    /// - Precondition: the policy holds an entry.
    /// - Complexity: O(1) amortised.
    mutating func evict(for weight: Int) -> UInt32
    /// Takes out an entry for another reason than room.
    mutating func remove(_ slot: UInt32)
}

/// A policy whose hits only mark the slot, by a relaxed store: readers need no lock for them.
///
/// SIEVE, S3-FIFO and FIFO are such policies; those that move an entry at a hit are not.
public protocol MarkingPolicy: EvictionPolicy, ~Copyable {
    /// The mark of a slot. It stays where it is as long as the policy lives.
    func mark(of slot: UInt32) -> SlotMarks.Mark
    /// Marks a slot as asked for; from any thread.
    static func touch(_ mark: SlotMarks.Mark)
}

/// The policies by their names in configurations.
public enum CachePolicyName: String, Sendable, CaseIterable {
    case lru
    case fifo
    case sieve
    case s3FIFO = "s3-fifo"
    case wTinyLFU = "w-tinylfu"
    case adaptive
}
