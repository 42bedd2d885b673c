import BenchYAML

extension RoleSpecification {
    /// The most threads of a role, and of all roles of a phase together.
    static let threadLimit = 1024

    /// Reads a role and checks what can be checked without its neighbours.
    init(_ node: Node) throws(DocumentError) {
        var reader = try node.mapping(keys: ScenarioKeys.role)
        let name = try identifier(try reader.required("name"), "role's name")
        let threadsNode = reader.optional("threads")
        let threads = try threadsNode?.integer(in: 1...Self.threadLimit) ?? 1
        let operationsNode = try reader.required("operations")
        let mixture = try Mixture(&reader, of: "role")
        self.init(
            name: name, threads: threads, operations: mixture.operations, keys: mixture.keys, depth: mixture.depth,
            k: mixture.k, breadth: mixture.breadth, batch: mixture.batch, arrival: mixture.arrival)
        try refuseEndlessKinds(operationsNode)
        if changesTheStore, threads > 1 {
            throw (threadsNode ?? node).error(
                "the role `\(name)` changes the store, so that it has one thread, found \(threads)",
                suggestion: "write threads: 1")
        }
        isStalled = try reader.optional("stalled")?.bool() ?? false
        if isStalled { try checkStalled(operationsNode, rate: reader.entry("rate")) }
    }

    /// A role goes on for a time beside others: kinds that run out of rows or stop everything else have no place in it.
    private func refuseEndlessKinds(_ node: Node) throws(DocumentError) {
        for entry in try node.mapping().entries {
            guard let kind = OperationKind(name: entry.key), kind == .insert || kind.isWholeStore else { continue }
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                kind == .insert
                    ? "`insert` goes through the rows once, and a role goes on for a time"
                    : "`\(kind.name)` deals with the whole store and cannot run beside other roles",
                suggestion: "give it a phase of its own")
        }
    }

    private func checkStalled(_ node: Node, rate: Node.Entry?) throws(DocumentError) {
        guard operations.count == 1, operations[0].kind.onlyReads else {
            throw node.error(
                "the role `\(name)` is stalled: it does one read, and holds what it read until the phase is over",
                suggestion: "give it one kind of read, such as { get: 1 }")
        }
        if let rate {
            throw DocumentError(
                at: rate.location, keyPath: rate.value.keyPath,
                "the role `\(name)` is stalled and sends nothing, so `rate` has no effect", suggestion: "leave it out")
        }
    }
}

extension PhaseSpecification {
    /// Reads the roles of a phase and checks them against each other.
    static func roles(_ node: Node) throws(DocumentError) -> [RoleSpecification] {
        let nodes = try node.list()
        guard !nodes.isEmpty else { throw node.error("`roles` needs at least one role", suggestion: "leave it out") }
        var result: [RoleSpecification] = []
        for node in nodes {
            let role = try RoleSpecification(node)
            if result.contains(where: { $0.name == role.name }) {
                throw (node.value(at: ["name"]) ?? node).error(
                    "two roles of the phase are named `\(role.name)`", suggestion: "rename one of the two")
            }
            if role.changesTheStore, let writer = result.first(where: \.changesTheStore) {
                throw node.error(
                    "the role `\(role.name)` changes the store, and so does `\(writer.name)`: a phase has one writing "
                        + "role at most",
                    suggestion: "join their operations in one role")
            }
            result.append(role)
        }
        let threads = result.reduce(0) { $0 + $1.threads }
        guard threads <= RoleSpecification.threadLimit else {
            throw node.error(
                "the roles have \(threads) threads, and at most \(RoleSpecification.threadLimit) are possible")
        }
        guard !result.allSatisfy(\.isStalled) else {
            throw node.error(
                "all roles are stalled, so that nothing happens", suggestion: "add a role that reads or writes")
        }
        return result
    }
}
