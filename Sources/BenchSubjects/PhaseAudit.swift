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
    static func serializedEntities(profile: String) -> Int { profile == "quick" ? 10_000 : 100_000 }

    /// The value that an update writes.
    static func updatedValue(_ operation: Operation) -> String { "revision-\(operation.argument % 1_000)" }

    /// The property that an update of an entity without properties writes.
    static let updatedKey = "revision"
}

/// Everything that an audit reads of an entity, hashed: its record, properties, relationships and embedding.
struct EntityContent {
    private var sum: UInt64

    init(id: UInt32, type: UInt64, degree: Int) { sum = AnswerHash.entity(id: id, type: type, degree: degree) }

    mutating func add(key: UInt64, value: UInt64) { sum &+= AnswerHash.property(key: key, value: value) }

    mutating func add(type: UInt64, other: UInt32) { sum &+= AnswerHash.neighbor(type: type, other: other) }

    mutating func add(embedding: Span<Float>) {
        var hash: UInt64 = 0
        for index in embedding.indices { hash = AnswerHash.fold(hash, UInt64(embedding[index].bitPattern)) }
        sum &+= hash
    }

    var hash: UInt64 { AnswerHash.fold(sum, 0xC0_47E47) }
}
