import BenchYAML

/// What a phase and a role have in common: a mixture of operations, and the keys that belong to its kinds.
struct Mixture {
    var operations: [WeightedOperation]
    var keys = KeyDistribution.uniform
    var depth = 2
    var k = 10
    var breadth = 64
    var batch = 64
    var arrival: ArrivalSpecification?

    /// The keys that are read.
    static let names = ["operations", "keys", "depth", "k", "breadth", "batch", "rate", "arrival"]

    /// Reads the mixture of a mapping.
    ///
    /// - Parameter owner: `phase` or `role`, for messages.
    init(_ reader: inout MappingReader, of owner: String) throws(DocumentError) {
        let node = try reader.required("operations")
        operations = try Self.operations(node, of: owner)
        try refuseMixedStores(node)
        try readKeys(reader.entry("keys"), owner)
        depth = try parameter(reader.entry("depth"), of: .traverse, in: 1...64, owner) ?? depth
        k = try parameter(reader.entry("k"), of: .similar, in: 1...10_000, owner) ?? k
        breadth = try parameter(reader.entry("breadth"), of: .similar, in: 1...1_000_000, owner) ?? breadth
        batch = try parameter(reader.entry("batch"), of: .getBatch, in: 1...10_000, owner) ?? batch
        arrival = try ArrivalSpecification(
            rate: reader.entry("rate"), arrival: reader.entry("arrival"), of: operations)
    }

    private func has(_ kind: OperationKind) -> Bool { operations.contains { $0.kind == kind } }

    private static func operations(_ node: Node, of owner: String) throws(DocumentError) -> [WeightedOperation] {
        let names = OperationKind.allCases.map(\.name)
        let entries = try node.mapping().entries
        guard !entries.isEmpty else {
            throw node.error("a \(owner) needs at least one operation", suggestion: "such as { get: 1 }")
        }
        var result: [WeightedOperation] = []
        for entry in entries {
            guard let kind = OperationKind(name: entry.key) else {
                throw DocumentError(
                    at: entry.location, keyPath: entry.value.keyPath, "unknown operation `\(entry.key)`",
                    suggestion: suggestion(for: entry.key, among: names))
            }
            guard kind.isWorking else {
                throw notYetWorking(
                    "the operation `\(kind.name)`", at: entry.location, keyPath: entry.value.keyPath)
            }
            result.append(WeightedOperation(kind, weight: try entry.value.integer(in: 1...1_000_000)))
        }
        return result
    }

    /// Keys are drawn over the loaded rows, or over all rows where no store is needed: one mixture has one of the two.
    private func refuseMixedStores(_ node: Node) throws(DocumentError) {
        guard let without = operations.first(where: { !$0.kind.usesTheStore }),
            let with = operations.first(where: \.kind.usesTheStore)
        else { return }
        throw node.error(
            "`\(with.kind.name)` works on the store and `\(without.kind.name)` does without it: they cannot stand in one "
                + "mixture",
            suggestion: "give each a phase or a role of its own")
    }

    private mutating func readKeys(_ entry: Node.Entry?, _ owner: String) throws(DocumentError) {
        let isUsed = operations.contains { $0.kind.usesKeys }
        guard let entry else {
            keys = isUsed ? .uniform : .sequential
            return
        }
        keys = try KeyDistribution(entry.value)
        guard isUsed else {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                operations.allSatisfy { $0.kind == .insert }
                    ? "`insert` always takes the rows in order, so `keys` has no effect"
                    : "the operations of this \(owner) deal with the whole store, so `keys` has no effect",
                suggestion: "leave it out")
        }
        guard has(.getBatch) else { return }
        // The other keys of a call are derived from one operation, which only these two laws allow.
        guard keys == .uniform || keys == .sequential else {
            throw notYetWorking(
                "`get_batch` with the law of keys `\(keys)`", at: entry.value.location, keyPath: entry.value.keyPath)
        }
    }

    /// A whole number that belongs to one kind of operation.
    private func parameter(
        _ entry: Node.Entry?, of kind: OperationKind, in range: ClosedRange<Int>, _ owner: String
    ) throws(DocumentError) -> Int? {
        guard let entry else { return nil }
        guard has(kind) else { throw Self.foreign(entry, to: kind, owner) }
        return try entry.value.integer(in: range)
    }

    /// The error of a key whose operation is not there.
    static func foreign(_ entry: Node.Entry, to kind: OperationKind, _ owner: String) -> DocumentError {
        DocumentError(
            at: entry.location, keyPath: entry.value.keyPath,
            "`\(entry.key)` belongs to the operation `\(kind.name)`, which this \(owner) does not have",
            suggestion: "leave it out")
    }
}
