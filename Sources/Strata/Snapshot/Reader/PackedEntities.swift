public import CStrata

/// The entities of a snapshot in their packed form, in memory: 8 bytes each, in place of the 20 in the file.
///
/// For whoever looks up or goes through more records than a cache holds, and can spare the memory: less of it is moved,
/// no record lies in two cache lines, and since making the column has checked every block of records, no access asks
/// again. It outlives the snapshot that it was made from.
@frozen
public struct PackedEntities: ~Copyable, @unchecked Sendable {
    // Unchecked: the words are written in `init` alone.

    /// `count` words of memory of its own, ascending.
    @usableFromInline let words: UnsafeMutablePointer<UInt64>
    /// The count of entities.
    public let count: Int
    /// Whether the id of every entity is its position.
    public let hasDenseIDs: Bool

    /// Packs all entities of a snapshot.
    ///
    /// - Throws: `corrupted` when a block of records is damaged, or their ids do not ascend.
    /// - Complexity: O(entities), and 8 bytes of memory for each.
    public init(_ snapshot: borrowing Snapshot) throws(StrataError) {
        let count = snapshot.entityCount
        let hasDenseIDs = snapshot.storage.hasDenseIDs
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: max(count, 1))
        var previous: Int64 = -1
        do throws(StrataError) {
            try snapshot.forEachEntity(at: 0..<count) { position, record throws(StrataError) in
                // Look-ups rely on it, and do not look at the file again.
                let id = Int64(record.id)
                guard hasDenseIDs ? id == Int64(position) : id > previous else {
                    throw StrataError(
                        .corrupted, "the ids do not ascend at position \(position)", path: snapshot.path,
                        remedy: "restore the file from a copy or write it again")
                }
                previous = id
                (words + position).initialize(to: PackedEntity(record).word)
            }
        } catch {
            words.deallocate()
            throw error
        }
        self.words = words
        self.count = count
        self.hasDenseIDs = hasDenseIDs
    }

    deinit { words.deallocate() }

    /// Bytes of memory that the column takes.
    public var byteCount: Int { count * MemoryLayout<PackedEntity>.stride }

    /// The entity at a position. Traps when there is none. O(1).
    @inlinable
    public subscript(position: Int) -> PackedEntity {
        precondition(UInt(bitPattern: position) < UInt(bitPattern: count), "there is no entity at this position")
        return PackedEntity(word: words[position])
    }

    /// The position and the packed form of the entity with an id; nil when there is none. O(1) when ids are dense, else
    /// O(log n).
    @inlinable
    @inline(__always)
    public func entity(withID id: UInt32) -> (position: Int, record: PackedEntity)? {
        guard hasDenseIDs else { return search(forID: id) }
        guard Int(id) < count else { return nil }
        return (Int(id), PackedEntity(word: words[Int(id)]))
    }

    @usableFromInline
    @inline(never)
    func search(forID id: UInt32) -> (position: Int, record: PackedEntity)? {
        let words = words
        let position = lowerBound(0..<count) { PackedEntity(word: words[$0]).id < id }
        guard position < count, PackedEntity(word: words[position]).id == id else { return nil }
        return (position, PackedEntity(word: words[position]))
    }

    /// Calls `body` with the position and the packed form of each entity of a range, in order. Traps when the range is
    /// not one of positions. Allocates nothing.
    @inlinable
    @inline(__always)
    public func forEachEntity<Failure: Error>(
        at positions: Range<Int>, _ body: (Int, PackedEntity) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(positions.lowerBound >= 0 && positions.upperBound <= count, "there are no such positions")
        var position = positions.lowerBound
        while position < positions.upperBound {
            try body(position, PackedEntity(word: words[position]))
            position &+= 1
        }
    }

    /// Calls `body` with the place in `ids`, the position and the packed form of the entity with each id, in order; with
    /// nil where there is none. For random ids several times as fast as single calls: see
    /// ``Snapshot/forEachEntity(withIDs:_:)``.
    @inlinable
    @inline(__always)
    public func forEachEntity<Failure: Error>(
        withIDs ids: Span<UInt32>, _ body: (Int, (position: Int, record: PackedEntity)?) throws(Failure) -> Void
    ) throws(Failure) {
        let ahead = min(Snapshot.recordsAhead, ids.count)
        for place in 0..<ahead { prefetch(ids[unchecked: place]) }
        for place in 0..<ids.count {
            if place &+ ahead < ids.count { prefetch(ids[unchecked: place &+ ahead]) }
            try body(place, entity(withID: ids[unchecked: place]))
        }
    }

    /// Asks for the memory of a word where ids are positions; where they are not, of some word or of none.
    @inlinable
    @inline(__always)
    func prefetch(_ id: UInt32) {
        // A hint, for which any address will do: nothing is read.
        let start = UInt(bitPattern: words) &+ UInt(id) &* UInt(MemoryLayout<PackedEntity>.stride)
        strata_prefetch(UnsafeRawPointer(bitPattern: start))
    }
}
