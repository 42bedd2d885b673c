import BenchWorkload

/// What a subject is asked outside the timed region, to prove that it did the work it was timed for.
enum PhaseAudit {
    /// Entities whose whole content is read back after a phase that changed the store.
    static let sampleCount = 1_000

    /// Identifiers spread evenly over those that were loaded.
    static func sample(of loaded: Int) -> StrideTo<Int> {
        stride(from: 0, to: loaded, by: max(1, loaded / sampleCount))
    }

    /// The most entities that the standard subject writes as JSON, which takes it seconds.
    static func serializedEntities(profile: String) -> Int { profile == "quick" ? 5_000 : 100_000 }

    /// The value that an update writes.
    static func updatedValue(_ operation: Operation) -> String {
        updatedValue(revision: Int(operation.argument) % revisions)
    }

    static func updatedValue(revision: Int) -> String { "revision-\(revision)" }

    /// How many different values updates write.
    static let revisions = 1_000

    /// The property that an update of an entity without properties writes.
    static let updatedKey = "revision"
}

/// Everything that an audit reads of an entity, hashed: its record, properties, relationships and embedding.
///
/// The values of a property are hashed as one text of lines, the form in which the standard store keeps them.
struct EntityContent {
    private var sum: UInt64
    /// The property whose values are coming in, and its lines so far.
    private var key: UInt64?
    private var lines: [UInt8] = []

    init(id: UInt32, type: UInt64, degree: Int) { sum = AnswerHash.entity(id: id, type: type, degree: degree) }

    /// Adds a value of a property. The values of a property come one after the other.
    mutating func add(key: UInt64, value: Span<UInt8>) {
        if key == self.key {
            lines.append(10)
        } else {
            endProperty()
            self.key = key
        }
        for index in value.indices { lines.append(value[index]) }
    }

    private mutating func endProperty() {
        guard let key else { return }
        sum &+= AnswerHash.property(key: key, values: AnswerHash.text(lines.span))
        lines.removeAll(keepingCapacity: true)
        self.key = nil
    }

    mutating func add(type: UInt64, other: UInt32) { sum &+= AnswerHash.neighbor(type: type, other: other) }

    mutating func add(embedding: Span<Float>) {
        var hash: UInt64 = 0
        for index in embedding.indices { hash = AnswerHash.fold(hash, UInt64(embedding[index].bitPattern)) }
        sum &+= hash
    }

    /// The hash of all that was added.
    consuming func finish() -> UInt64 {
        endProperty()
        return AnswerHash.fold(sum, 0xC0_47E47)
    }
}
