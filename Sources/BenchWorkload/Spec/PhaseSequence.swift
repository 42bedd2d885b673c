import BenchYAML
import GraphData

/// Checks phases against those before them and against the data set.
struct PhaseSequence {
    private let dataset: DatasetSpecification
    /// The names so far, with their lines.
    private var lines: [String: Int] = [:]
    /// Whether some rows are loaded, and how many where that is known.
    private var isLoaded = false
    private var loaded: Int? = 0
    private var isWritten = false
    private let change: ScenarioChange

    init(dataset: DatasetSpecification, change: ScenarioChange) {
        self.dataset = dataset
        self.change = change
    }

    /// Refuses a phase that repeats a name, reads what is not there, or inserts more than there is.
    ///
    /// Where a profile, an override or a sweep has made the data set smaller, a phase that inserts more rows than are
    /// left inserts those that are left: its `count` need not be listed there too.
    mutating func check(_ phase: inout PhaseSpecification, _ node: Node) throws(DocumentError) {
        var reader = try node.mapping()
        let nameNode = try reader.required("name")
        if let line = lines.updateValue(nameNode.location.line, forKey: phase.name) {
            throw nameNode.error(
                "two phases are named `\(phase.name)`",
                suggestion: "the first stands in line \(line); names are unique in a scenario")
        }
        let operations = try reader.required(phase.roles.isEmpty ? "operations" : "roles")
        if !isLoaded, phase.needsLoadedRows {
            throw operations.error(
                "the phase `\(phase.name)` reads before anything is loaded",
                suggestion: "put a phase with `operations: { insert: 1 }` before it")
        }
        for kind in [OperationKind.open, .verify] where phase.has(kind) && !isWritten {
            throw operations.error(
                "the phase `\(phase.name)` has `\(kind.name)`, but no phase before it has written a file",
                suggestion: "put a phase with `operations: { serialize: 1 }` before it")
        }
        try checkTrace(phase, &reader, operations)
        if dataset.source.needsFile, phase.has(.similar) {
            throw operations.error(
                "`similar` needs embeddings, and a graph of the source `\(dataset.source.rawValue)` has none",
                suggestion: "leave it out")
        }
        if let synthetic = dataset.synthetic {
            if phase.has(.similar), synthetic.embeddingDimensions == 0 {
                throw operations.error(
                    "`similar` needs embeddings, and the data set has none",
                    suggestion: "set dataset.embedding_dimensions to at least 1")
            }
            if phase.has(.find), synthetic.propertiesPerEntity == 0 {
                throw operations.error(
                    "`find` needs properties, and the data set has none",
                    suggestion: "set dataset.properties_per_entity to at least 1")
            }
        }
        try countInserts(&phase, reader.optional("count") ?? operations)
        if phase.has(.insert) { isLoaded = true }
        if phase.has(.serialize) { isWritten = true }
    }

    /// A trace has keys and no entities: `cache_get` is the operation on it. And `keys: trace` needs one.
    private func checkTrace(
        _ phase: PhaseSpecification, _ reader: inout MappingReader, _ operations: Node
    ) throws(DocumentError) {
        let keys = reader.optional("keys") ?? operations
        guard dataset.source == .trace else {
            guard phase.keys == .trace || phase.roles.contains(where: { $0.keys == .trace }) else { return }
            throw keys.error(
                "`keys: trace` goes through a trace, and the data set is `\(dataset.source.rawValue)`",
                suggestion: "write `dataset: { source: trace, file: ... }`, or another law of keys")
        }
        guard phase.operations.allSatisfy({ $0.kind == .cacheGet }) else {
            throw operations.error(
                "a trace has keys and no entities, so that nothing but `cache_get` can be done on it",
                suggestion: "write operations: { cache_get: 1 }")
        }
        guard phase.roles.isEmpty, phase.durationNanoseconds == nil || phase.keys != .trace else {
            throw operations.error(
                "a trace has an end, and the phase `\(phase.name)` goes on for a time",
                suggestion: "give `count`, or neither to go through the trace once")
        }
    }

    private mutating func countInserts(_ phase: inout PhaseSpecification, _ node: Node) throws(DocumentError) {
        guard phase.has(.insert) else { return }
        guard let entities = dataset.knownEntityCount, let before = loaded else { return }
        if before >= entities {
            throw node.error("the phases before `\(phase.name)` have inserted all \(entities) rows already")
        }
        guard phase.isInsertOnly else {
            // How many of a mixture are inserts is known when the plan is drawn, and checked there.
            loaded = nil
            return
        }
        var count = phase.count ?? entities - before
        if count > entities - before, change != .none, !change.holds(node) {
            count = entities - before
            phase.count = count
        }
        guard count <= entities - before else {
            throw node.error(
                "the phase `\(phase.name)` inserts \(count) rows, and the data set has only \(entities - before) left",
                suggestion: "leave `count` out to insert all rows")
        }
        loaded = before + count
    }
}
