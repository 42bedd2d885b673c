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

    init(dataset: DatasetSpecification) { self.dataset = dataset }

    /// Refuses a phase that repeats a name, reads what is not there, or inserts more than there is.
    mutating func check(_ phase: PhaseSpecification, _ node: Node) throws(DocumentError) {
        var reader = try node.mapping()
        let nameNode = try reader.required("name")
        if let line = lines.updateValue(nameNode.location.line, forKey: phase.name) {
            throw nameNode.error(
                "two phases are named `\(phase.name)`",
                suggestion: "the first stands in line \(line); names are unique in a scenario")
        }
        let operations = try reader.required("operations")
        if !isLoaded, !phase.isInsertOnly {
            throw operations.error(
                "the phase `\(phase.name)` reads before anything is loaded",
                suggestion: "put a phase with `operations: { insert: 1 }` before it")
        }
        for kind in [OperationKind.open, .verify] where phase.has(kind) && !isWritten {
            throw operations.error(
                "the phase `\(phase.name)` has `\(kind.name)`, but no phase before it has written a file",
                suggestion: "put a phase with `operations: { serialize: 1 }` before it")
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
        try countInserts(phase, reader.optional("count") ?? operations)
        if phase.has(.insert) { isLoaded = true }
        if phase.has(.serialize) { isWritten = true }
    }

    private mutating func countInserts(_ phase: PhaseSpecification, _ node: Node) throws(DocumentError) {
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
        let count = phase.count ?? entities - before
        guard count <= entities - before else {
            throw node.error(
                "the phase `\(phase.name)` inserts \(count) rows, and the data set has only \(entities - before) left",
                suggestion: "leave `count` out to insert all rows")
        }
        loaded = before + count
    }
}
