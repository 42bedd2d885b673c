/// The matches of a question of patterns, found one by one as they are asked for.
///
/// ```swift
/// var matches = try engine.match([.relationship(.any, .type("hypernym"), .entity(dog))])
/// while try matches.next() { print(try matches.triple(0)!.subject) }
/// ```
///
/// It holds the snapshot that was current when the question was asked, and one match: nothing is allocated for a row,
/// and memory stays the same whatever the number of rows. Rows come in no order that is promised.
public struct PatternMatches: ~Copyable {
    /// The names of the question's variables, in the order in which they first stand in it.
    public let variables: [String]

    private let root: ZeroCopyKnowledgeEngine.Root
    private let question: PatternQuestion
    private let plan: PatternPlan
    /// The values of the slots; those of the steps up to `depth` are those of the match.
    private var values: [UInt32]
    private var states: [State]
    /// The step that goes on next; below 0 when there are no more matches.
    private var depth = 0
    private var isOpen = false

    /// Where a step is.
    private struct State {
        /// What is left of a list of relationships, or of positions in the index of values.
        var next = 0
        var end = 0
        /// The next entity of a scan.
        var position = 0
        /// Whether the list is that of the object.
        var isIncoming = false
        /// Counted: times the step began, entries looked at, matches.
        var begun = 0
        var entries = 0
        var matches = 0
    }

    init(_ patterns: [GraphPattern], root: ZeroCopyKnowledgeEngine.Root) throws(StrataError) {
        let question = try PatternQuestion(patterns, in: root.snapshot)
        plan = try PatternPlan(question, in: root.snapshot)
        self.root = root
        self.question = question
        variables = question.variables.map(\.name)
        // A copy of its own from the start: one that is shared would be made when the first match is written.
        values = Array(repeating: 0, count: question.values.count)
        for slot in values.indices { values[slot] = question.values[slot] }
        states = Array(repeating: State(), count: plan.steps.count)
        if plan.steps.isEmpty { depth = -1 }
    }

    /// The bytes that it holds, apart from the snapshot: they do not grow with the matches.
    public var memoryUsage: Int {
        values.capacity * MemoryLayout<UInt32>.stride + states.capacity * MemoryLayout<State>.stride
            + plan.steps.capacity * MemoryLayout<PatternPlan.Step>.stride
            + question.patterns.capacity * MemoryLayout<PatternQuestion.Pattern>.stride
    }

    /// Goes to the next match; `false` when there is none left.
    ///
    /// - Throws: `corrupted` when it meets damage in the snapshot; there are no more matches then.
    public mutating func next() throws(StrataError) -> Bool {
        do throws(StrataError) {
            while depth >= 0 {
                if !isOpen {
                    try begin(depth)
                    isOpen = true
                }
                if try advance(depth) {
                    states[depth].matches += 1
                    if depth == states.count - 1 { return true }
                    depth += 1
                    isOpen = false
                } else {
                    depth -= 1
                }
            }
            return false
        } catch {
            depth = -1
            throw error
        }
    }

    // MARK: The match

    /// What a variable stands for, by its place in ``variables``.
    public func value(_ variable: Int) throws(StrataError) -> PatternValue {
        let variable = question.variables[variable]
        if variable.isRelation { return .relationshipType(values[variable.slot]) }
        return .entity(try root.snapshot.id(at: Int(values[variable.slot])))
    }

    /// The relationship that a pattern has matched, by its place in the question; nil for a property or a type.
    public func triple(_ pattern: Int) throws(StrataError) -> PatternTriple? {
        let pattern = question.patterns[pattern]
        guard let relation = pattern.relation, let object = pattern.object else { return nil }
        return try root.snapshot.triple(values[pattern.subject], values[relation], values[object])
    }

    /// A value as text: an entity's name, or its identifier where it has none; a relationship's type. Allocates.
    public func text(_ value: PatternValue) throws(StrataError) -> String { try root.snapshot.text(of: value) }

    /// All matches that are left, each as the values of the variables.
    ///
    /// - Parameter byteBudget: the most that they may take together.
    /// - Throws: `limitExceeded` when they would take more; those that were read are lost then.
    public consuming func collected(byteBudget: Int) throws(StrataError) -> [[PatternValue]] {
        var rows: [[PatternValue]] = []
        // An array of a row has a head of 32 bytes and a reference to it; that of rows doubles while it grows.
        let rowBytes = 32 + 3 * MemoryLayout<Int>.stride + variables.count * MemoryLayout<PatternValue>.stride
        while try next() {
            guard (rows.count + 1) * rowBytes <= byteBudget else {
                throw StrataError(
                    .limitExceeded,
                    "the answer takes more than \(byteBudget) bytes: it has more than \(rows.count) rows",
                    path: root.snapshot.path, remedy: "take the rows one by one, add a pattern, or allow more bytes")
            }
            var row: [PatternValue] = []
            row.reserveCapacity(variables.count)
            for variable in variables.indices { row.append(try value(variable)) }
            rows.append(row)
        }
        return rows
    }

    // MARK: Steps

    /// Finds where the matches of a step are, for the values of the steps before it.
    private mutating func begin(_ depth: Int) throws(StrataError) {
        let step = plan.steps[depth]
        let pattern = question.patterns[step.pattern]
        let subject = Int(values[pattern.subject])
        let type = step.hasRelation ? pattern.relation.map { values[$0] } : nil
        states[depth].begun += 1
        states[depth].position = 0
        states[depth].isIncoming = false
        var range = 0..<0
        switch step.access {
        case .scan, .typeScan: break
        case .outgoing: range = try list(subject, type, .outgoing)
        case .incoming:
            range = try list(Int(values[pattern.object!]), type, .incoming)
            states[depth].isIncoming = true
        case .between:
            range = try list(subject, type, .outgoing)
            let other = try list(Int(values[pattern.object!]), type, .incoming)
            if other.count < range.count {
                range = other
                states[depth].isIncoming = true
            }
        case .probe:
            range = try list(subject, type, .outgoing)
            let (column, object) = (root.snapshot.sections.pointee.outRelationships, values[pattern.object!])
            let start = lowerBound(range) { column[$0].target < object }
            range = start..<lowerBound(start..<range.upperBound) { column[$0].target <= object }
        case .valueIndex:
            range = try root.snapshot.valueRange(pattern.property!.key, pattern.property!.value)
        case .hasValue:
            let (found, entries) = try root.snapshot.hasValue(
                at: subject, pattern.property!.key, pattern.property!.value)
            states[depth].entries += entries
            range = 0..<(found ? 1 : 0)
        case .hasType:
            states[depth].entries += 1
            range = 0..<(try root.snapshot.typeIndex(at: subject) == pattern.type! ? 1 : 0)
        }
        (states[depth].next, states[depth].end) = (range.lowerBound, range.upperBound)
    }

    /// Goes to the next match of a step; `false` when there is none left for the values of the steps before it.
    private mutating func advance(_ depth: Int) throws(StrataError) -> Bool {
        let step = plan.steps[depth]
        let pattern = question.patterns[step.pattern]
        switch step.access {
        case .hasValue, .hasType:
            guard states[depth].next < states[depth].end else { return false }
            states[depth].next += 1
            return true
        case .typeScan:
            while states[depth].position < root.snapshot.entityCount {
                let position = states[depth].position
                states[depth].position += 1
                states[depth].entries += 1
                if try root.snapshot.typeIndex(at: position) == pattern.type! {
                    values[pattern.subject] = UInt32(position)
                    return true
                }
            }
            return false
        case .valueIndex:
            guard states[depth].next < states[depth].end else { return false }
            let position = root.snapshot.sections.pointee.valuePositions[states[depth].next]
            states[depth].next += 1
            states[depth].entries += 1
            values[pattern.subject] = try vertex(UInt32(truncatingIfNeeded: position))
            return true
        case .probe:
            guard states[depth].next < states[depth].end else { return false }
            states[depth].next += 1
            states[depth].entries += 1
            return true
        case .between, .outgoing, .incoming:
            return try advance(along: depth, pattern, isBetween: step.access == .between)
        case .scan:
            let type = step.hasRelation ? pattern.relation.map { values[$0] } : nil
            while true {
                if try advance(along: depth, pattern, isBetween: false) { return true }
                guard states[depth].position < root.snapshot.entityCount else { return false }
                let range = try list(states[depth].position, type, .outgoing)
                values[pattern.subject] = UInt32(states[depth].position)
                (states[depth].next, states[depth].end) = (range.lowerBound, range.upperBound)
                states[depth].position += 1
            }
        }
    }

    /// Goes to the next entry of a step's list that fits, and takes what it tells.
    private mutating func advance(
        along depth: Int, _ pattern: PatternQuestion.Pattern, isBetween: Bool
    ) throws(StrataError) -> Bool {
        let isIncoming = states[depth].isIncoming
        let sections = root.snapshot.sections
        let column = isIncoming ? sections.pointee.inRelationships : sections.pointee.outRelationships
        let (own, other) = isIncoming ? (pattern.object!, pattern.subject) : (pattern.subject, pattern.object!)
        // A pattern may ask for one and the same entity at both ends.
        let isFixed = isBetween || own == other
        while states[depth].next < states[depth].end {
            let entry = column[states[depth].next]
            states[depth].next += 1
            states[depth].entries += 1
            if isFixed {
                if entry.target != values[other] { continue }
            } else {
                values[other] = try vertex(entry.target)
            }
            values[pattern.relation!] = entry.type
            return true
        }
        return false
    }

    /// Where an entity's relationships are in their section.
    private func list(_ position: Int, _ type: UInt32?, _ direction: Direction) throws(StrataError) -> Range<Int> {
        try root.snapshot.relationshipRange(at: position, type, direction)
    }

    /// A position that came from a list.
    private func vertex(_ position: UInt32) throws(StrataError) -> UInt32 {
        guard Int(position) < root.snapshot.entityCount else {
            throw StrataError(
                .corrupted, "a list leads to position \(position) of \(root.snapshot.entityCount)",
                path: root.snapshot.path, remedy: "restore the file from a copy")
        }
        return position
    }
}

// Ranges of sections that were checked and touched: a list itself cannot be kept between two matches.
extension Snapshot {
    fileprivate func relationshipRange(
        at position: Int, _ type: UInt32?, _ direction: Direction
    ) throws(StrataError) -> Range<Int> {
        try relationships(at: position, type, direction).range
    }

    /// The relationship between two positions, by its type's index.
    fileprivate func triple(_ subject: UInt32, _ type: UInt32, _ object: UInt32) throws(StrataError) -> PatternTriple {
        let (start, end) = (try id(at: Int(subject)), try id(at: Int(object)))
        return PatternTriple(subject: start, type: type, object: end)
    }

    fileprivate func text(of value: PatternValue) throws(StrataError) -> String {
        switch value {
        case .entity(let id):
            let position = try requirePosition(ofID: id)
            guard let name = try nameText(at: position) else { return "\(id)" }
            return name
        case .relationshipType(let index):
            let string = try relationshipType(index)
            return try text(string)
        }
    }

    /// Of the index of values.
    fileprivate func valueRange(_ key: UInt32, _ value: UInt32) throws(StrataError) -> Range<Int> {
        try positions(withKey: key, value: value).range
    }

    /// Whether an entity has a value of a property, and how many values of that key were looked at.
    fileprivate func hasValue(
        at position: Int, _ key: UInt32, _ value: UInt32
    ) throws(StrataError) -> (found: Bool, entries: Int) {
        let values = try properties(at: position, key: key)
        for index in values.indices where values[index].value.id == value { return (true, index + 1) }
        return (false, values.count)
    }
}

extension PatternMatches {
    /// How the question is answered, and what was counted so far.
    public var explanation: QueryExplanation {
        var explanation = QueryExplanation()
        if question.isHopeless {
            explanation.steps.append(
                QueryExplanation.Step("a type, key or value is named that the snapshot does not have", index: "strings")
            )
        }
        let sections = root.snapshot.sections
        for (step, state) in zip(plan.steps, states) {
            let (index, bytes) =
                switch step.access {
                case .probe: ("out_relationships, by type and object", sections.pointee.outRelationships.numbers.stride)
                case .between:
                    (
                        "out_relationships or in_relationships, the shorter",
                        sections.pointee.outRelationships.numbers.stride
                    )
                case .outgoing: ("out_relationships of the subject", sections.pointee.outRelationships.numbers.stride)
                case .incoming: ("in_relationships of the object", sections.pointee.inRelationships.numbers.stride)
                case .scan: ("out_relationships of all entities", sections.pointee.outRelationships.numbers.stride)
                case .hasValue: ("properties of the entity", sections.pointee.properties.numbers.stride)
                case .valueIndex: ("value_positions", sections.pointee.valuePositions.stride)
                case .hasType: ("entities, the record", MemoryLayout<ZeroCopyEntity>.stride)
                case .typeScan: ("entities, all of them", MemoryLayout<ZeroCopyEntity>.stride)
                }
            explanation.steps.append(
                QueryExplanation.Step(
                    "pattern \(step.pattern + 1)",
                    index: index + (step.hasRelation && step.access != .probe ? ", by type" : ""),
                    estimatedRows: step.estimatedRows, rows: state.matches, entriesRead: state.entries,
                    bytesRead: state.entries * bytes))
        }
        return explanation
    }
}
