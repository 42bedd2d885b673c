import BenchYAML

extension PhaseSpecification {
    /// Reads a phase and checks what can be checked without its neighbours.
    init(_ node: Node) throws(DocumentError) {
        var reader = try node.mapping(keys: ScenarioKeys.phase, pending: ScenarioKeys.pendingPhase)
        let name = try identifier(try reader.required("name"), "phase's name")
        self.init(name: name, operations: try Self.operations(try reader.required("operations")))
        let countEntry = reader.entry("count")
        count = try countEntry?.value.integer(in: 1...4_000_000_000)
        if let entry = reader.entry("duration") {
            if countEntry != nil {
                throw DocumentError(
                    at: entry.location, keyPath: entry.value.keyPath,
                    "a phase has either `count` or `duration`, not both",
                    suggestion: "remove one; a profile removes a key by setting it to null")
            }
            guard !has(.insert) else {
                throw DocumentError(
                    at: entry.location, keyPath: entry.value.keyPath,
                    "`insert` goes through the rows once and cannot go on for a time",
                    suggestion: "give `count`, or neither to insert all rows")
            }
            durationNanoseconds = UInt64(try entry.value.nanoseconds(in: 1_000_000...86_400_000_000_000))
        }
        if count == nil, durationNanoseconds == nil, !isInsertOnly {
            guard isWholeStore else {
                throw DocumentError(
                    at: node.location, keyPath: node.keyPath,
                    "the phase `\(name)` has neither `count` nor `duration`",
                    suggestion: "add `count: ...`, the number of operations")
            }
            count = 1
        }
        try readKeys(reader.entry("keys"))
        depth = try parameter(reader.entry("depth"), of: .traverse, in: 1...64) ?? depth
        k = try parameter(reader.entry("k"), of: .similar, in: 1...10_000) ?? k
        batch = try parameter(reader.entry("batch"), of: .getBatch, in: 1...10_000) ?? batch
    }

    private static func operations(_ node: Node) throws(DocumentError) -> [WeightedOperation] {
        let names = OperationKind.allCases.map(\.name)
        let entries = try node.mapping().entries
        guard !entries.isEmpty else {
            throw node.error("a phase needs at least one operation", suggestion: "such as { get: 1 }")
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

    private mutating func readKeys(_ entry: Node.Entry?) throws(DocumentError) {
        guard let entry else {
            keys = usesKeys ? .uniform : .sequential
            return
        }
        keys = try KeyDistribution(entry.value)
        guard usesKeys else {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                isInsertOnly
                    ? "`insert` always takes the rows in order, so `keys` has no effect"
                    : "the operations of this phase deal with the whole store, so `keys` has no effect",
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
        _ entry: Node.Entry?, of kind: OperationKind, in range: ClosedRange<Int>
    ) throws(DocumentError) -> Int? {
        guard let entry else { return nil }
        guard has(kind) else {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                "`\(entry.key)` belongs to the operation `\(kind.name)`, which this phase does not have",
                suggestion: "leave it out")
        }
        return try entry.value.integer(in: range)
    }
}
