/// Patterns with every name looked up: what stands for entities are positions, for types indices, and each place of a
/// pattern has a *slot* that holds its value while the question is answered.
struct PatternQuestion {
    /// A pattern by its slots.
    struct Pattern {
        var subject: Int
        /// Of a relationship; a property has none.
        var relation: Int?
        var object: Int?
        /// Of a property: its key and its value as string ids.
        var property: (key: UInt32, value: UInt32)?
        /// Of an entity's type: its index.
        var type: Int?

        /// The slots, a bit each.
        var slots: UInt64 {
            var bits: UInt64 = 1 << UInt64(subject)
            if let relation { bits |= 1 << UInt64(relation) }
            if let object { bits |= 1 << UInt64(object) }
            return bits
        }
    }

    /// A name that stands in the patterns.
    struct Variable {
        var name: String
        var slot: Int
        var isRelation: Bool
    }

    private(set) var patterns: [Pattern] = []
    private(set) var variables: [Variable] = []
    /// The values of slots that are known from the start; 0 in the others.
    private(set) var values: [UInt32] = []
    /// The slots that are known from the start, a bit each.
    private(set) var known: UInt64 = 0
    /// Whether a type, key or value is named that the snapshot does not have: then there is no match.
    private(set) var isHopeless = false

    /// Looks up what patterns name.
    ///
    /// - Throws: `notFound` when an entity is not there, `invalidArgument` when there is no pattern or a name stands both
    ///   for an entity and for a type, `limitExceeded` when there are too many patterns.
    init(_ patterns: [GraphPattern], in snapshot: borrowing Snapshot) throws(StrataError) {
        guard !patterns.isEmpty else { throw StrataError(.invalidArgument, "a question without a pattern") }
        guard patterns.count <= GraphPattern.maximumCount else {
            throw StrataError(
                .limitExceeded,
                "a question of \(patterns.count) patterns, and at most \(GraphPattern.maximumCount) are "
                    + "answered together", path: snapshot.path, remedy: "ask for a part of them first")
        }
        for pattern in patterns {
            switch pattern {
            case .relationship(let subject, let relation, let object):
                let subject = try slot(subject, snapshot)
                let relation = try slot(relation, snapshot)
                let object = try slot(object, snapshot)
                self.patterns.append(Pattern(subject: subject, relation: relation, object: object))
            case .property(let subject, let key, let value):
                let subject = try slot(subject, snapshot)
                let (key, value) = (try snapshot.stringID(of: key), try snapshot.stringID(of: value))
                if key == nil || value == nil { isHopeless = true }
                self.patterns.append(Pattern(subject: subject, property: (key ?? 0, value ?? 0)))
            case .type(let subject, let type):
                let subject = try slot(subject, snapshot)
                let index = try snapshot.entityTypeIndex(type)
                if index == nil { isHopeless = true }
                self.patterns.append(Pattern(subject: subject, type: index ?? 0))
            }
        }
    }

    private mutating func slot(_ end: GraphPattern.End, _ snapshot: borrowing Snapshot) throws(StrataError) -> Int {
        switch end {
        case .entity(let id): return slot(known: UInt32(try snapshot.requirePosition(ofID: id)))
        case .variable(let name): return try slot(named: name, isRelation: false)
        case .any: return openSlot()
        }
    }

    private mutating func slot(
        _ relation: GraphPattern.Relation, _ snapshot: borrowing Snapshot
    ) throws(StrataError) -> Int {
        switch relation {
        case .type(let type):
            guard let filter = try snapshot.typeFilter(type), let index = filter else {
                isHopeless = true
                return slot(known: 0)
            }
            return slot(known: index)
        case .variable(let name): return try slot(named: name, isRelation: true)
        case .any: return openSlot()
        }
    }

    private mutating func slot(known value: UInt32) -> Int {
        known |= 1 << UInt64(values.count)
        values.append(value)
        return values.count - 1
    }

    private mutating func openSlot() -> Int {
        values.append(0)
        return values.count - 1
    }

    private mutating func slot(named name: String, isRelation: Bool) throws(StrataError) -> Int {
        // Compared byte by byte: canonically equivalent names are not the same.
        if let variable = variables.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
            guard variable.isRelation == isRelation else {
                throw StrataError(
                    .invalidArgument, "?\(name) stands for an entity and for a relationship type",
                    remedy: "give one of the two another name")
            }
            return variable.slot
        }
        variables.append(Variable(name: name, slot: openSlot(), isRelation: isRelation))
        return values.count - 1
    }
}

extension Snapshot {
    /// The index of an entity type given as text; nil when no entity has it. O(types).
    fileprivate func entityTypeIndex(_ type: String) throws(StrataError) -> Int? {
        guard let string = try stringID(of: type) else { return nil }
        for index in 0..<entityTypeCount where try entityType(index) == string { return index }
        return nil
    }
}
