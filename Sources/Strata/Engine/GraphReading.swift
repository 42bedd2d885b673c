// What an engine and its readers ask of the graph. Under a pin, every call here may run beside the one writer: it sees
// each row and each list whole, as it was at some moment since the call began, and no snapshot over several. So what an
// identifier in a list names may be gone, or not come yet, when it is looked up: such a relationship leads nowhere.

/// The graph of an engine as look-ups see it, also those of other threads.
///
/// It leads to the index and the records by ways that do not change, so that no reader touches what a writer's calls
/// change in place. The engine must outlive it.
@frozen @usableFromInline
struct GraphView: BitwiseCopyable {
    @usableFromInline let index: EntityIndexView
    @usableFromInline let records: RecordView

    /// The part at hand of an entity, or nil.
    @inlinable @inline(__always)
    func entity(_ id: UInt32) -> EntityData? {
        guard let slot = index.slot(of: id) else { return nil }
        return records.data(at: slot)
    }

    /// Calls `body` with the place in `ids` and the part at hand of each entity; up to 64 cache misses overlap.
    @inlinable @inline(__always)
    func forEachEntity(_ ids: Span<UInt32>, _ body: (Int, EntityData?) -> Void) {
        var slots = InlineArray<64, UInt32>(repeating: EntityData.none)
        var start = 0
        while start < ids.count {
            let count = min(slots.count, ids.count - start)
            for place in 0..<count { index.prefetch(ids[start + place]) }
            for place in 0..<count {
                slots[place] = index.slot(of: ids[start + place]) ?? EntityData.none
                if slots[place] != EntityData.none { records.prefetch(slots[place]) }
            }
            for place in 0..<count {
                body(start + place, slots[place] == EntityData.none ? nil : records.data(at: slots[place]))
            }
            start += count
        }
    }

    /// The record of an entity that is present.
    @inlinable @inline(__always)
    func record(_ id: UInt32) -> EntityReference? {
        guard let slot = index.slot(of: id) else { return nil }
        let record = records.record(at: slot)
        return record.isPresent ? record : nil
    }

    /// Calls `body` with a copy of an entity's properties; with none when it is not there.
    ///
    /// A copy, since a value may be overwritten while `body` looks at it; one of up to 1 KiB is made on the stack.
    func withProperties<Result, Failure: Error>(
        of id: UInt32, _ body: (Span<InternedProperty>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let row = record(id)?.payload(.properties).payload else { return try body(Span()) }
        let count = row.count
        let result = withUnsafeTemporaryAllocation(of: InternedProperty.self, capacity: count) {
            copy -> Swift.Result<Result, Failure> in
            for place in 0..<count { copy.initializeElement(at: place, to: InternedProperty(word: row[word: place])) }
            do throws(Failure) { return .success(try body(copy.span)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Calls `body` with each relationship of an entity, in no particular order.
    @inlinable @inline(__always)
    func forEachRelationship(
        of id: UInt32, type: InternedString?, _ direction: Direction, _ body: (Relationship) -> Void
    ) {
        record(id)?.forEachRelationship(direction) { relationship in
            if type == nil || relationship.type == type { body(relationship) }
        }
    }

    /// The entities that have a value of a property, by rising identifier.
    func find(_ key: InternedString, _ value: InternedString) -> [UInt32] {
        let wanted = InternedProperty(key: key, value: value).word
        var found: [UInt32] = []
        records.forEach { record in
            guard record.isPresent, let row = record.payload(.properties).payload else { return }
            for place in 0..<row.count where row[word: place] == wanted {
                found.append(record.id)
                return
            }
        }
        found.sort()
        // One that was deleted and inserted again meanwhile is met in both of its slots.
        var unique = 0
        for place in found.indices where place == 0 || found[place] != found[place - 1] {
            found[unique] = found[place]
            unique += 1
        }
        found.removeSubrange(unique...)
        return found
    }

    /// The slot of an entity that must be there.
    func vertex(_ id: UInt32) throws(StrataError) -> UInt32 {
        guard let slot = index.slot(of: id), records.record(at: slot).isPresent else {
            throw StrataError(.notFound, "entity \(id) is not in the graph")
        }
        return slot
    }
}

/// The engine's graph with its slots as vertices, as far as they went when a search began.
///
/// To be used under one pin from the first vertex on: a slot then stands for one entity all the while.
struct EngineTopology: GraphTopology {
    private let view: GraphView
    let vertexBound: Int

    init(_ view: GraphView) {
        self.view = view
        vertexBound = Int(view.records.bound)
    }

    func forEachNeighbor(
        of vertex: UInt32, type: UInt32?, direction: Direction, _ body: (UInt32) -> Void
    ) throws(StrataError) {
        view.records.record(at: vertex).forEachRelationship(direction) { relationship in
            guard type == nil || relationship.type.id == type else { return }
            // Gone by now, or younger than the search.
            guard let slot = view.index.slot(of: relationship.other), Int(slot) < vertexBound else { return }
            body(slot)
        }
    }
}

extension GraphView {
    /// The number of entities at each distance from one.
    func hops(
        from id: UInt32, depth: Int?, type: InternedString?, _ direction: Direction
    ) throws(StrataError) -> [Int] {
        // The bound comes last, so that the start lies below it.
        let start = try vertex(id)
        return try EngineTopology(self).breadthFirstLevels(
            from: start, depth: depth, type: type?.id, direction: direction)
    }

    /// A path with the fewest relationships, as identifiers with both ends; nil when none was found.
    func path(
        from source: UInt32, to target: UInt32, type: InternedString?, _ direction: Direction
    ) throws(StrataError) -> [UInt32]? {
        let (start, goal) = (try vertex(source), try vertex(target))
        let path = try EngineTopology(self).shortestPath(
            from: start, to: goal, type: type?.id, direction: direction)
        return path?.map { records.record(at: $0).id }
    }

    /// The id of an entity's external name; nil when it has none, or is not there.
    func name(of id: UInt32) -> InternedString? {
        guard let name = record(id)?.name, name != EntityData.none else { return nil }
        return InternedString(id: name)
    }
}
