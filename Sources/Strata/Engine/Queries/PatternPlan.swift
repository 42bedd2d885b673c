/// The order in which the patterns of a question are answered, and the way to the matches of each.
///
/// Each pattern is answered for each match of those before it, by an index that the values at hand fit: so what is held
/// is one match, whatever the number of matches. The order is the one with the least estimated work of all orders, found
/// over sets of patterns as in Selinger et al., "Access Path Selection in a Relational Database Management System" (1979).
struct PatternPlan {
    /// The way to the matches of a pattern.
    enum Access {
        /// Both ends and the type are at hand: a search in the subject's relationships.
        case probe
        /// Both ends are at hand: the shorter of their two lists.
        case between
        /// The subject is at hand: its list.
        case outgoing
        /// The object is at hand: its list.
        case incoming
        /// Neither end is at hand: the lists of all entities.
        case scan
        /// Of a property, the entity is at hand: its values.
        case hasValue
        /// Of a property: the index of values.
        case valueIndex
        /// Of a type, the entity is at hand: its record.
        case hasType
        /// Of a type: the records of all entities.
        case typeScan
    }

    struct Step {
        /// The pattern's place in the question.
        var pattern: Int
        var access: Access
        /// Whether the type is at hand.
        var hasRelation: Bool
        /// The matches up to here, as they were estimated.
        var estimatedRows: Double
    }

    private(set) var steps: [Step] = []

    /// - Complexity: O(2^patterns * patterns), and the sample.
    init(_ question: PatternQuestion, in snapshot: borrowing Snapshot) throws(StrataError) {
        if question.isHopeless { return }
        let count = question.patterns.count
        let sample = try RelationshipSample(snapshot)
        var sizes: [KnownSizes] = []
        for pattern in question.patterns { sizes.append(try KnownSizes(pattern, question, snapshot)) }

        /// The best way to have answered a set of patterns.
        struct Best {
            var work = Double.infinity
            var rows = 1.0
            var last = Step(pattern: 0, access: .scan, hasRelation: false, estimatedRows: 0)
        }
        var best = Array(repeating: Best(), count: 1 << count)
        best[0].work = 0
        for set in 0..<best.count where best[set].work < .infinity {
            var bound = question.known
            for index in 0..<count where set & 1 << index != 0 { bound |= question.patterns[index].slots }
            for index in 0..<count where set & 1 << index == 0 {
                let pattern = question.patterns[index]
                let estimate = Self.estimate(
                    pattern, question, bound: bound, sizes[index], sample, Double(max(snapshot.entityCount, 1)))
                let next = set | 1 << index
                let work = best[set].work + best[set].rows * estimate.work
                guard work < best[next].work else { continue }
                let rows = best[set].rows * estimate.rows
                best[next].work = work
                best[next].rows = rows
                best[next].last = Step(
                    pattern: index, access: estimate.access,
                    hasRelation: pattern.relation.map { bound & 1 << UInt64($0) != 0 } ?? false, estimatedRows: rows)
            }
        }
        var set = best.count - 1
        while set != 0 {
            steps.append(best[set].last)
            set &= ~(1 << best[set].last.pattern)
        }
        steps.reverse()
    }

    /// What the snapshot tells exactly of a pattern before it is answered.
    private struct KnownSizes {
        /// The relationships of a subject, and of an object, that the pattern names.
        var ofSubject: Double?
        var ofObject: Double?
        /// The entities that have the pattern's property, or about as many as have its type.
        var ofProperty = 0.0

        init(
            _ pattern: PatternQuestion.Pattern, _ question: PatternQuestion, _ snapshot: borrowing Snapshot
        ) throws(StrataError) {
            func value(_ slot: Int) -> UInt32? { question.known & 1 << UInt64(slot) != 0 ? question.values[slot] : nil }
            if let property = pattern.property {
                ofProperty = Double(try snapshot.positions(withKey: property.key, value: property.value).count)
            }
            if let type = pattern.type { ofProperty = try snapshot.entityCount(ofType: type) }
            guard let relation = pattern.relation, let object = pattern.object else { return }
            let type = value(relation)
            if let position = value(pattern.subject) {
                ofSubject = Double(try snapshot.relationships(at: Int(position), type, .outgoing).count)
            }
            if let position = value(object) {
                ofObject = Double(try snapshot.relationships(at: Int(position), type, .incoming).count)
            }
        }
    }

    /// How a pattern would be answered when the slots of `bound` have values, the entries looked at for each match of
    /// the patterns before it, and the matches that come of each.
    private static func estimate(
        _ pattern: PatternQuestion.Pattern, _ question: PatternQuestion, bound: UInt64, _ sizes: KnownSizes,
        _ sample: RelationshipSample, _ entities: Double
    ) -> (access: Access, work: Double, rows: Double) {
        func has(_ slot: Int) -> Bool { bound & 1 << UInt64(slot) != 0 }
        guard let relation = pattern.relation, let object = pattern.object else {
            let share = min(sizes.ofProperty / entities, 1)
            if pattern.type != nil {
                return has(pattern.subject) ? (.hasType, 1, share) : (.typeScan, entities, sizes.ofProperty)
            }
            return has(pattern.subject)
                ? (.hasValue, 2, share)
                : (.valueIndex, sizes.ofProperty + 1, sizes.ofProperty)
        }
        let type = question.known & 1 << UInt64(relation) != 0 ? question.values[relation] : nil
        // A type that another pattern gives is one of those that there are.
        let all = sample.count(type)
        let ofSubject = sizes.ofSubject ?? sample.perEntity(type, .outgoing)
        let ofObject = sizes.ofObject ?? sample.perEntity(type, .incoming)
        switch (has(pattern.subject), has(object)) {
        case (true, true):
            let rows = pattern.subject == object ? ofSubject / entities : ofSubject * ofObject / all
            return has(relation) ? (.probe, 2, min(rows, ofSubject)) : (.between, min(ofSubject, ofObject) + 1, rows)
        case (true, false): return (.outgoing, ofSubject + 1, ofSubject)
        case (false, true): return (.incoming, ofObject + 1, ofObject)
        case (false, false):
            return (.scan, entities + all, pattern.subject == object ? all / entities : all)
        }
    }
}

extension Snapshot {
    /// About how many entities have a type, from a look at some that are evenly spread; one at least.
    fileprivate func entityCount(ofType type: Int, looks: Int = 256) throws(StrataError) -> Double {
        let looks = min(looks, entityCount)
        var found = 0
        for look in 0..<looks where try typeIndex(at: look * entityCount / looks) == type { found += 1 }
        return max(Double(found) * Double(entityCount) / Double(max(looks, 1)), 1)
    }
}
