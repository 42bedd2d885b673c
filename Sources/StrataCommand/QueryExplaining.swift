import Strata

/// How an answer was found, with what was measured meanwhile.
struct MeasuredExplanation: Encodable {
    let explanation: QueryExplanation
    /// Bytes of the snapshot that were touched for the first time, in whole blocks.
    let touchedBytes: Int
    let nanoseconds: Int

    /// For people: a step a line, then bytes and time.
    var text: String {
        var rows = [["step", "index", "tier", "estimated rows", "rows", "entries read", "bytes read"]]
        for step in explanation.steps {
            rows.append([
                step.question, step.index, step.tier.rawValue, step.estimatedRows.map { "\(Int($0.rounded()))" } ?? "-",
                step.rows.map { "\($0)" } ?? "-", step.entriesRead.map { "\($0)" } ?? "-",
                step.bytesRead.map { "\($0)" } ?? "-",
            ])
        }
        return Terminal.columns(rows)
            + "\n\(touchedBytes) bytes of the snapshot touched for the first time, in \(nanoseconds) ns"
    }

    private enum Key: String, CodingKey {
        case steps, nanoseconds, question, index, tier, rows
        case touchedBytes = "touched_bytes"
        case estimatedRows = "estimated_rows"
        case entriesRead = "entries_read"
        case bytesRead = "bytes_read"
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(touchedBytes, forKey: .touchedBytes)
        try values.encode(nanoseconds, forKey: .nanoseconds)
        var steps = values.nestedUnkeyedContainer(forKey: .steps)
        for step in explanation.steps {
            var values = steps.nestedContainer(keyedBy: Key.self)
            try values.encode(step.question, forKey: .question)
            try values.encode(step.index, forKey: .index)
            try values.encode(step.tier.rawValue, forKey: .tier)
            try values.encodeIfPresent(step.estimatedRows, forKey: .estimatedRows)
            try values.encodeIfPresent(step.rows, forKey: .rows)
            try values.encodeIfPresent(step.entriesRead, forKey: .entriesRead)
            try values.encodeIfPresent(step.bytesRead, forKey: .bytesRead)
        }
    }
}

/// Measures from its making to its end.
struct ExplanationMeasurement {
    private let engine: ZeroCopyKnowledgeEngine
    private let touchedBefore: Int
    private let start: ContinuousClock.Instant

    init(_ engine: ZeroCopyKnowledgeEngine) throws(StrataError) {
        self.engine = engine
        touchedBefore = try engine.touchedBytes()
        start = .now
    }

    func end(_ explanation: QueryExplanation) throws(StrataError) -> MeasuredExplanation {
        let time = ContinuousClock.now - start
        return MeasuredExplanation(
            explanation: explanation, touchedBytes: try engine.touchedBytes() - touchedBefore,
            nanoseconds: Int(time / .nanoseconds(1)))
    }
}

/// An answer, and how it was found as one key more.
struct ExplainedAnswer: Encodable {
    let answer: QueryAnswer
    let explanation: MeasuredExplanation?

    private enum Key: CodingKey { case explain }

    func encode(to encoder: any Encoder) throws {
        try answer.encode(to: encoder)
        guard let explanation else { return }
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(explanation, forKey: .explain)
    }
}

extension QueryCommand.Verb {
    /// The sections of a snapshot that the verb reads.
    func index(direction: Direction, by side: QueryCommand.Side, isTyped: Bool, _ all: Bool) -> String {
        let (list, back) =
            direction == .outgoing
            ? ("out_relationships", "in_relationships") : ("in_relationships", "out_relationships")
        let byType = isTyped ? ", by type" : ""
        switch self {
        case .entity: return "name_index or entities, then properties"
        case .neighbors: return list + byType
        case .path where all: return "\(back)\(byType) for what reaches the end, then \(list)\(byType)"
        case .path, .hops: return "\(list)\(byType), breadth first"
        case .pattern: return "by pattern"
        case .find: return "value_pairs, then value_positions"
        case .similar: return "embeddings, all of them"
        case .top: return side == .out ? "entities, all of them" : "in_offsets, all of them"
        }
    }
}

extension QueryAnswer {
    /// How many things it has.
    var rowCount: Int {
        switch self {
        case .entity: 1
        case .neighbors(let neighbors): neighbors.count
        case .path(let path): path?.count ?? 0
        case .paths(let paths): paths.count
        case .hops(let levels): levels.reduce(0, +)
        case .found(let found): found.count
        case .similar(let results): results.count
        case .top(let results): results.count
        }
    }
}
