import BenchYAML

extension PhaseSpecification {
    /// Reads a phase and checks what can be checked without its neighbours.
    init(_ node: Node) throws(DocumentError) {
        var reader = try node.mapping(keys: ScenarioKeys.phase)
        let name = try identifier(try reader.required("name"), "phase's name")
        if let entry = reader.entry("roles") {
            try self.init(name, roles: entry.value, &reader)
        } else {
            let mixture = try Mixture(&reader, of: "phase")
            self.init(
                name: name, operations: mixture.operations, keys: mixture.keys, depth: mixture.depth, k: mixture.k,
                breadth: mixture.breadth, batch: mixture.batch, arrival: mixture.arrival)
            try readExtent(&reader)
        }
        if let entry = reader.entry("sizes") {
            guard has(.allocate) else { throw Mixture.foreign(entry, to: .allocate, "phase") }
            sizes = try SizeDistribution(entry.value)
        }
        if let entry = reader.entry("remote_frees") {
            guard has(.allocate) || has(.free) else {
                throw DocumentError(
                    at: entry.location, keyPath: entry.value.keyPath,
                    "`remote_frees` belongs to the operations `allocate` and `free`, and this phase has neither",
                    suggestion: "leave it out")
            }
            remoteFrees = try entry.value.fraction()
        }
        if let entry = reader.entry("store") { try readStore(entry) }
        try readWarmup(reader.entry("warmup"))
        if let node = reader.optional("settle") {
            // The first reading is due after 100 ms.
            settleNanoseconds = UInt64(try node.nanoseconds(in: 100_000_000...3_600_000_000_000))
        }
    }

    /// A phase with roles: everything about operations is the roles', and time alone ends it.
    private init(_ name: String, roles node: Node, _ reader: inout MappingReader) throws(DocumentError) {
        for key in Mixture.names {
            guard let entry = reader.entry(key) else { continue }
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath, "in a phase with roles, `\(key)` is each role's own",
                suggestion: "move it into the roles")
        }
        if let entry = reader.entry("count") {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                "a phase with roles goes on for a time and has no `count`", suggestion: "give `duration: 5s` instead")
        }
        let roles = try Self.roles(node)
        guard let duration = reader.optional("duration") else {
            throw reader.node.error(
                "the phase `\(name)` has roles, and no `duration`", suggestion: "add `duration: 5s`")
        }
        self.init(name: name, operations: Self.union(roles), roles: roles)
        durationNanoseconds = try Self.duration(duration)
    }

    /// The operations of all roles, weights of a kind summed.
    static func union(_ roles: [RoleSpecification]) -> [WeightedOperation] {
        var weights: [OperationKind: Int] = [:]
        for operation in roles.flatMap(\.operations) { weights[operation.kind, default: 0] += operation.weight }
        return weights.map { WeightedOperation($0.key, weight: $0.value) }
    }

    private static func duration(_ node: Node) throws(DocumentError) -> UInt64 {
        UInt64(try node.nanoseconds(in: 1_000_000...86_400_000_000_000))
    }

    /// Reads `count` or `duration`.
    private mutating func readExtent(_ reader: inout MappingReader) throws(DocumentError) {
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
            durationNanoseconds = try Self.duration(entry.value)
        }
        if count == nil, durationNanoseconds == nil, !isInsertOnly {
            // A trace is gone through once.
            if keys == .trace { return }
            guard isWholeStore else {
                throw reader.node.error(
                    "the phase `\(name)` has neither `count` nor `duration`",
                    suggestion: "add `count: ...`, the number of operations")
            }
            count = 1
        }
    }

    private mutating func readStore(_ entry: Node.Entry) throws(DocumentError) {
        let word = try entry.value.choice(of: StoreForm.allCases.map(\.rawValue), "store")
        store = StoreForm(rawValue: word)!
        guard store != .memory else { return }
        guard roles.isEmpty, operations.allSatisfy({ StoreForm.fileOperations.contains($0.kind) }) else {
            let names = OperationKind.allCases.filter { StoreForm.fileOperations.contains($0) }.map { "`\($0.name)`" }
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                "the store `\(word)` is a file that is only read: by \(names.joined(separator: ", ")), without roles",
                suggestion: "leave it out")
        }
    }

    /// Reads `warmup`; without it, phases of cheap reads in a closed loop and of a fixed length are warmed up.
    private mutating func readWarmup(_ entry: Node.Entry?) throws(DocumentError) {
        guard let entry else {
            warmsUp = Self.warmsUp(self)
            return
        }
        let isSteady = try entry.value.choice(of: ["steady", "none"], "warm-up") == "steady"
        if isSteady, !canWarmUp {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                "only a closed loop of reads without roles can be gone through untimed first",
                suggestion: "write `warmup: none`, or leave it out")
        }
        warmsUp = isSteady
    }

    /// Whether the phase can be gone through without leaving a trace, and means the same afterwards: what is similar is
    /// remembered by a cache.
    var canWarmUp: Bool {
        roles.isEmpty && arrival == nil && store != .coldSnapshot
            && operations.allSatisfy { $0.kind.onlyReads && !$0.kind.isWholeStore && $0.kind != .similar }
    }

    /// Whether a phase is warmed up where its scenario does not say.
    private static func warmsUp(_ phase: PhaseSpecification) -> Bool {
        let cheap: Set<OperationKind> = [.get, .getBatch, .neighbors, .traverse, .find]
        return phase.canWarmUp && phase.durationNanoseconds == nil
            && phase.operations.allSatisfy { cheap.contains($0.kind) }
    }
}
