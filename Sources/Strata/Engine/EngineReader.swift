/// Reads an engine's graph on any thread, while the thread that owns the engine changes it.
///
/// ```swift
/// var reader = try engine.reader()
/// let thread = Thread { [reader = consume reader] in ... }
/// ```
///
/// A reader never waits, and no writer waits for it. What it sees of one entity (its record, its property row, each of
/// its two lists) is whole, and as it was at some moment during the call; calls after each other, and lists of several
/// entities, are no snapshot: a relationship may be found in one direction and not yet in the other, and an entity
/// whose identifier is in a list may be gone when it is asked for. Inside ``pinned(_:)`` nothing that was seen is
/// reused, but changes show all the same.
///
/// It names strings by their ids; texts are the engine's. One thread at a time uses a reader: a thread that reads has
/// one of its own. It keeps the engine alive, and keeps the memory that it may see from being reused only during a
/// call, or inside ``pinned(_:)``.
public struct EngineReader: ~Copyable, @unchecked Sendable {
    // The engine is not sendable, since its calls are its owner's: here it is only kept. The view leads to what a
    // writer changes by atomic stores, and is used under a pin.
    private let engine: KnowledgeEngine
    @usableFromInline let view: GraphView
    @usableFromInline var participant: EpochParticipant

    fileprivate init(_ engine: KnowledgeEngine) throws(StrataError) {
        self.engine = engine
        view = engine.view
        participant = try engine.epochs.register()
    }

    /// Holds what is reachable now from being reused until `body` has ended. Calls inside cost less than each alone.
    @inlinable @inline(__always)
    public mutating func pinned<Result: ~Copyable, Failure: Error>(
        _ body: (inout EngineReader) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        participant.pin()
        defer { participant.unpin() }
        return try body(&self)
    }

    /// The record of an entity, or nil.
    ///
    /// - Complexity: O(1): one cache miss in the index, one in the record. Allocates nothing.
    @inlinable @inline(__always)
    public mutating func entity(_ id: UInt32) -> EntityData? {
        participant.withBriefPin { view.entity(id) }
    }

    /// Calls `body` with the place in `ids` and the record of each entity, or nil where there is none; in order.
    ///
    /// - Complexity: O(identifiers); the cache misses of up to 64 overlap. Allocates nothing.
    @inlinable
    public mutating func forEachEntity(_ ids: Span<UInt32>, _ body: (Int, EntityData?) -> Void) {
        participant.pin()
        defer { participant.unpin() }
        view.forEachEntity(ids, body)
    }

    /// Calls `body` with the record of each entity, in no particular order. One that is inserted or deleted meanwhile
    /// may be shown or not, and one that is deleted and inserted again twice.
    ///
    /// - Complexity: O(slots). Allocates nothing.
    @inlinable
    public mutating func forEachEntity(_ body: (EntityData) -> Void) {
        participant.pin()
        defer { participant.unpin() }
        view.records.forEachPresent(body)
    }

    /// The id of an entity's external name; nil when it has none, or is not there.
    public mutating func name(of id: UInt32) -> InternedString? {
        participant.pin()
        defer { participant.unpin() }
        return view.name(of: id)
    }

    /// The number of relationships that end at an entity; 0 when it is not there.
    public mutating func incomingDegree(of id: UInt32) -> Int {
        participant.pin()
        defer { participant.unpin() }
        return view.record(id)?.incomingDegree ?? 0
    }

    /// Calls `body` with the properties of an entity, grouped by key; with none when the entity is not there.
    ///
    /// - Complexity: O(properties of the entity), which are copied.
    public mutating func withProperties<Result, Failure: Error>(
        of id: UInt32, _ body: (Span<InternedProperty>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        participant.pin()
        defer { participant.unpin() }
        return try view.withProperties(of: id, body)
    }

    /// Calls `body` with each relationship of an entity, in no particular order: each that is there all the while once.
    ///
    /// - Complexity: O(relationships of the entity in that direction).
    @inlinable @inline(__always)
    public mutating func forEachRelationship(
        of id: UInt32, type: InternedString? = nil, _ direction: Direction = .outgoing, _ body: (Relationship) -> Void
    ) {
        participant.pin()
        defer { participant.unpin() }
        view.forEachRelationship(of: id, type: type, direction, body)
    }

    /// The entities that have a value of a property, by rising identifier.
    ///
    /// - Complexity: O(properties of all entities).
    public mutating func find(_ key: InternedString, _ value: InternedString) -> [UInt32] {
        participant.pin()
        defer { participant.unpin() }
        return view.find(key, value)
    }

    /// The number of entities at each distance from one, itself at distance 0.
    ///
    /// - Parameter depth: the largest distance; nil for all that can be reached.
    /// - Throws: `notFound` when the start is not there.
    public mutating func hops(
        from id: UInt32, depth: Int?, type: InternedString? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [Int] {
        participant.pin()
        defer { participant.unpin() }
        return try view.hops(from: id, depth: depth, type: type, direction)
    }

    /// A path with the fewest relationships, as identifiers with both ends; nil when none was found.
    ///
    /// - Throws: `notFound` when an end is not there.
    public mutating func path(
        from source: UInt32, to target: UInt32, type: InternedString? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [UInt32]? {
        participant.pin()
        defer { participant.unpin() }
        return try view.path(from: source, to: target, type: type, direction)
    }
}

extension KnowledgeEngine {
    /// A reader for another thread, which this engine's owner may go on writing beside.
    ///
    /// - Throws: `limitExceeded` when there are ``EpochManager/maximumParticipants`` readers.
    public func reader() throws(StrataError) -> EngineReader { try EngineReader(self) }
}
