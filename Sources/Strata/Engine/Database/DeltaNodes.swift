import Synchronization

// The nodes of a delta. All lie in its arena, never move, and are whole before their address is stored, releasing, to where
// readers load it, acquiring. A node names the one that was the head before it, so that a reader who loads a head once has the
// whole history behind it. A *sequence* is the number of the transaction that made the node; a reader passes over nodes
// of transactions that its own state does not have.

/// What a delta knows of one entity: the newest node of each of its three histories, 0 for none.
///
/// Invariant: `start` leads to ``byteCount`` bytes of the delta's arena: the addresses of the newest ``EntityVersion`` and of
/// the newest ``EdgeOperation`` of each direction, initialised, and the identifier.
struct DeltaRecord: BitwiseCopyable {
    static let byteCount = 32

    private let start: UnsafeMutableRawPointer

    @inline(__always)
    init(_ start: UnsafeMutableRawPointer) { self.start = start }

    /// Makes the record of an entity that has no history yet.
    init(_ start: UnsafeMutableRawPointer, id: UInt32) {
        self.start = start
        start.bindMemory(to: Atomic<UInt>.self, capacity: 3)
        for index in 0..<3 { cell(index).initialize(to: Atomic(0)) }
        start.storeBytes(of: id, toByteOffset: 24, as: UInt32.self)
    }

    @inline(__always)
    private func cell(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
        start.assumingMemoryBound(to: Atomic<UInt>.self) + index
    }

    var id: UInt32 { start.load(fromByteOffset: 24, as: UInt32.self) }

    /// Where the address of the newest version is.
    @inline(__always)
    var version: UnsafeMutablePointer<Atomic<UInt>> { cell(0) }

    /// Where the address of the newest operation on relationships is.
    @inline(__always)
    func edges(_ direction: Direction) -> UnsafeMutablePointer<Atomic<UInt>> {
        cell(direction == .outgoing ? 1 : 2)
    }
}

/// An entity from one transaction on: these 24 bytes, and behind them its ``EntityBody``, unless it is deleted.
struct EntityVersion: BitwiseCopyable {
    let sequence: UInt64
    /// The address of the version before this one in the same delta, or 0.
    let previous: UInt
    /// The bytes of the body.
    let byteCount: UInt32
    let isDeleted: Bool

    static let bodyOffset = 24
}

/// A change of one entity's relationships in one direction.
struct EdgeOperation: BitwiseCopyable {
    enum Kind: UInt8 {
        case add, remove
        /// All that were there before are gone.
        case clear
    }

    let sequence: UInt64
    /// The address of the operation before this one in the same delta, or 0.
    let previous: UInt
    /// The entity at the other end.
    let other: UInt32
    /// The number of the relationship's type in the database's interner.
    let type: UInt32
    /// How many relationships the entity has in this direction after the operation.
    let degree: UInt32
    /// 2 bits for the kind below the number of operations in this history, this one included.
    private let lengthAndKind: UInt32

    init(
        _ kind: Kind, sequence: UInt64, previous: UInt, other: UInt32, type: UInt32, degree: UInt32, length: Int
    ) {
        self.sequence = sequence
        self.previous = previous
        self.other = other
        self.type = type
        self.degree = degree
        lengthAndKind = UInt32(clamping: min(length, Int(UInt32.max >> 2))) << 2 | UInt32(kind.rawValue)
    }

    @inline(__always)
    var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: lengthAndKind & 3)).unsafelyUnwrapped }
    var length: Int { Int(lengthAndKind >> 2) }
}

/// One of the entities that were inserted with a name of the same hash.
struct NamedNode: BitwiseCopyable {
    /// The address of the node before this one, or 0.
    let previous: UInt
    let id: UInt32
}
