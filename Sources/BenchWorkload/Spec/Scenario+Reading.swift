import BenchYAML
import GraphData

extension Scenario {
    /// Reads a scenario whose profile and overrides are already in the tree, and each point of its sweep.
    init(_ root: Node, vocabulary: ScenarioVocabulary, change: ScenarioChange = .none) throws(DocumentError) {
        let reader = try root.mapping(keys: ScenarioKeys.scenario)
        guard let entry = reader.entries.first(where: { $0.key == "sweep" }) else {
            try self.init(withoutSweep: root, vocabulary, change)
            return
        }
        let sweep = try SweepReading(entry.value, of: root)
        try self.init(withoutSweep: sweep.base, vocabulary, change)
        (self.sweep, points) = try sweep.read(vocabulary)
    }

    /// Reads a scenario that has no sweep, or a single point of one.
    init(
        withoutSweep root: Node, _ vocabulary: ScenarioVocabulary, _ change: ScenarioChange
    ) throws(DocumentError) {
        var reader = try root.mapping(keys: ScenarioKeys.scenario)
        name = try identifier(try reader.required("name"), "name")
        title = try reader.optional("title")?.string() ?? name
        description = try reader.optional("description")?.string() ?? ""
        blocks = try reader.optional("blocks")?.integer(in: 1...100_000) ?? 10
        maximumBlocks = blocks
        warmupBlocks = try reader.optional("warmup_blocks")?.integer(in: 0...1000) ?? 1
        seed = try reader.optional("seed")?.unsignedInteger() ?? 42
        tolerance = try readTolerance(reader.optional("tolerance"))
        targets =
            try reader.optional("targets").map { node throws(DocumentError) in
                try distinct(node) { element throws(DocumentError) in try identifier(element, "target") }
            } ?? []
        configuration = [:]
        phases = []
        arms = ArmsSpecification()
        try readPrecision(reader.entry("precision"), reader.entry("max_blocks"))
        if let entry = reader.entry("command") {
            try readCommand(entry.value, &reader, vocabulary)
        } else {
            try readStore(&reader, vocabulary, change)
        }
    }

    /// Reads what a scenario has that works on a data set.
    private mutating func readStore(
        _ reader: inout MappingReader, _ vocabulary: ScenarioVocabulary, _ change: ScenarioChange
    ) throws(DocumentError) {
        let dataset = try DatasetSpecification(try reader.required("dataset"), seed: seed)
        self.dataset = dataset
        let armsNode = reader.optional("arms")
        if let armsNode { arms = try ArmsSpecification(armsNode, vocabulary: vocabulary) }
        let configurationNode = reader.optional("configuration")
        configuration = try readConfiguration(configurationNode)
        try takeStrategy(from: configurationNode, armsHaveTheirOwn: armsNode?.value(at: ["strategies"]) != nil)
        try readPhases(try reader.required("phases"), of: dataset, change)
    }

    /// Reads `precision` and `max_blocks`, neither of which has an effect without the other.
    private mutating func readPrecision(
        _ precisionEntry: Node.Entry?, _ limitEntry: Node.Entry?
    ) throws(DocumentError) {
        func alone(_ entry: Node.Entry, _ message: String, _ suggestion: String) -> DocumentError {
            DocumentError(
                at: entry.location, keyPath: entry.value.keyPath, message, suggestion: "\(suggestion), or leave it out")
        }
        switch (precisionEntry, limitEntry) {
        case (nil, nil): return
        case (let entry?, nil):
            throw alone(
                entry, "`precision` asks for more blocks where they are needed, and there is no `max_blocks`",
                "add `max_blocks: \(blocks * 3)`")
        case (nil, let entry?):
            throw alone(
                entry, "`max_blocks` is how many blocks a `precision` may take, and there is none",
                "add `precision: 3%`")
        case (let precisionEntry?, let limitEntry?):
            let share = try precisionEntry.value.fraction()
            guard share > 0 else { throw precisionEntry.value.error("a precision must be above 0") }
            precision = share
            maximumBlocks = try limitEntry.value.integer(in: 1...100_000)
            guard maximumBlocks >= blocks else {
                throw limitEntry.value.error(
                    "`max_blocks` is \(maximumBlocks), and `blocks` asks for \(blocks) at least",
                    suggestion: "write max_blocks: \(blocks) or more")
            }
        }
    }

    /// A strategy in the configuration is that of all arms: a scenario has it in one form, whichever key names it.
    private mutating func takeStrategy(from node: Node?, armsHaveTheirOwn: Bool) throws(DocumentError) {
        let key = ConfigurationKey.allocationStrategy.rawValue
        guard let node, let strategy = configuration.removeValue(forKey: key) else { return }
        guard !armsHaveTheirOwn || arms.strategies == [strategy] else {
            throw node.error(
                "`\(key): \(strategy)` contradicts `arms.strategies: [\(arms.strategies.joined(separator: ", "))]`",
                suggestion: "leave one of the two out")
        }
        arms.strategies = [strategy]
    }

    private mutating func readPhases(
        _ node: Node, of dataset: DatasetSpecification, _ change: ScenarioChange
    ) throws(DocumentError) {
        let nodes = try node.list()
        guard !nodes.isEmpty else { throw node.error("a scenario needs at least one phase") }
        var sequence = PhaseSequence(dataset: dataset, change: change)
        for node in nodes {
            var phase = try PhaseSpecification(node)
            try sequence.check(&phase, node)
            phases.append(phase)
        }
    }
}

extension DatasetSpecification {
    init(_ node: Node, seed: UInt64) throws(DocumentError) {
        var reader = try node.mapping(keys: ScenarioKeys.dataset)
        let sourceNode = try reader.required("source")
        let word = try sourceNode.choice(of: Source.allCases.map(\.rawValue), "source")
        guard let source = Source(rawValue: word), source.isWorking else {
            throw notYetWorking("the source `\(word)`", at: sourceNode.location, keyPath: sourceNode.keyPath)
        }
        let own =
            switch source {
            case .synthetic: ScenarioKeys.syntheticDataset
            case .trace: ["file"] + ScenarioKeys.syntheticTrace
            default: ["file"]
            }
        let foreign = ScenarioKeys.dataset.filter { $0 != "source" && !own.contains($0) }
        for entry in reader.entries where foreign.contains(entry.key) {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                "the source `\(word)` has no key `\(entry.key)`", suggestion: "leave it out")
        }
        let file = source.needsFile ? try reader.required("file") : reader.optional("file")
        self.init(source: source, file: try file?.string())
        if source.needsFile, let file, self.file?.isEmpty ?? true {
            throw file.error("`file` is empty", suggestion: "name the folder of a `csv` graph or the `ntriples` file")
        }
        if source == .synthetic { synthetic = try Self.synthetic(&reader, seed: seed) }
        if source == .trace { trace = try Self.trace(&reader, hasFile: file != nil, seed: seed) }
    }

    /// Reads the law of a trace that is made up; nil for one from a file.
    private static func trace(
        _ reader: inout MappingReader, hasFile: Bool, seed: UInt64
    ) throws(DocumentError) -> SyntheticTrace? {
        guard let node = reader.optional("law") else {
            guard hasFile else {
                throw reader.node.error(
                    "a trace needs a file of keys, or a law to make them up by",
                    suggestion: "add `file: ...` or `law: zipf`")
            }
            for entry in reader.entries where ScenarioKeys.syntheticTrace.contains(entry.key) {
                throw DocumentError(
                    at: entry.location, keyPath: entry.value.keyPath,
                    "`\(entry.key)` belongs to a trace with a law, and this one is a file",
                    suggestion: "leave it out")
            }
            return nil
        }
        guard !hasFile else {
            throw node.error(
                "a trace is a file of keys or made up by a law, not both", suggestion: "remove one of the two")
        }
        let word = try node.choice(of: TraceLaw.allCases.map(\.rawValue), "law")
        var result = SyntheticTrace(law: TraceLaw(rawValue: word) ?? .zipf, seed: seed)
        result.accesses = try reader.optional("accesses")?.integer(in: 1...1_000_000_000) ?? result.accesses
        result.keys = try reader.optional("keys")?.integer(in: 1...1_000_000_000) ?? result.keys
        return result
    }

    private static func synthetic(
        _ reader: inout MappingReader, seed: UInt64
    ) throws(DocumentError) -> SyntheticSpecification {
        let entities = try reader.required("entities").integer(in: 1...4_000_000_000)
        var result = SyntheticSpecification(entities: entities, seed: seed)
        let edges = reader.optional("edges_per_entity")
        result.edgesPerEntity = try edges?.integer(in: 0...1_000_000) ?? result.edgesPerEntity
        if let node = reader.optional("degree_distribution") {
            let word = try node.choice(of: DegreeDistribution.allCases.map(\.rawValue), "degree distribution")
            result.degreeDistribution = DegreeDistribution(rawValue: word) ?? result.degreeDistribution
        }
        if let node = reader.optional("properties_per_entity") {
            result.propertiesPerEntity = try node.integer(in: 0...10_000)
        }
        if let node = reader.optional("distinct_values") {
            result.distinctValues = try node.integer(in: 1...1_000_000_000)
        }
        if let node = reader.optional("embedding_dimensions") {
            result.embeddingDimensions = try node.integer(in: 0...65_536)
        }
        do {
            try result.validate()
        } catch {
            throw (edges ?? reader.node).error(
                "\(result.entities) entities cannot have \(result.edgesPerEntity) relationships each",
                suggestion: "give edges_per_entity a value below the number of entities")
        }
        return result
    }
}

/// A list with at least one element and none twice.
func distinct<Element: Hashable>(
    _ node: Node, _ read: (Node) throws(DocumentError) -> Element
) throws(DocumentError) -> [Element] {
    let nodes = try node.list()
    guard !nodes.isEmpty else { throw node.error("the list must not be empty") }
    var result: [Element] = []
    for element in nodes {
        let value = try read(element)
        guard !result.contains(value) else {
            throw element.error("`\(value)` stands in the list twice", suggestion: "remove one of the two")
        }
        result.append(value)
    }
    return result
}

/// A name of lower-case letters, digits and hyphens that does not start or end with a hyphen.
func identifier(_ node: Node, _ what: String) throws(DocumentError) -> String {
    let text = try node.scalarText()
    let isAllowed = text.utf8.allSatisfy { byte in
        isLowerCaseOrDigit(byte) || byte == UInt8(ascii: "-")
    }
    guard !text.isEmpty, isAllowed, !text.hasPrefix("-"), !text.hasSuffix("-") else {
        throw node.error(
            "a \(what) is made of lower-case letters, digits and hyphens, found \(node.kindDescription)")
    }
    return text
}

private func isLowerCaseOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func readConfiguration(_ node: Node?) throws(DocumentError) -> [String: String] {
    guard let node else { return [:] }
    var result: [String: String] = [:]
    for entry in try node.mapping(keys: ScenarioKeys.configuration).entries {
        guard let key = ConfigurationKey(rawValue: entry.key) else { continue }
        result[entry.key] = try key.normalized(entry.value)
    }
    return result
}

/// The metrics whose names a slip of the pen is recognized by; subjects may measure others of their own.
private let knownMetrics =
    [
        "throughput", "latency_p50", "latency_p90", "latency_p99", "latency_p999", "latency_max", "wall_time",
        "cpu_time",
        "resident_bytes_peak", "live_bytes", "bytes_per_entity", "fragmentation_ratio", "allocations",
        "allocated_bytes",
        "minor_faults", "major_faults", "context_switches", "instructions", "hit_ratio", "recall_at_10",
        "compression_ratio", "epoch_oldest_pin_age", "retired_bytes", "bandwidth", "temporary_allocations",
        "system_calls",
        "resident_bytes_after_100ms", "resident_bytes_after_1s", "resident_bytes_after_5s", "resident_bytes_after_30s",
        "time",
    ]
    + ["service", "queueing", "response"].flatMap { quantity in
        ["p50", "p90", "p99", "p999", "max"].map { "\(quantity)_\($0)" }
    }

private func readTolerance(_ node: Node?) throws(DocumentError) -> [String: Double] {
    guard let node else { return [:] }
    var result: [String: Double] = [:]
    for entry in try node.mapping().entries {
        if !knownMetrics.contains(entry.key), let nearest = nearestName(to: entry.key, in: knownMetrics) {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath, "unknown metric `\(entry.key)`",
                suggestion: "did you mean `\(nearest)`?")
        }
        guard entry.key.utf8.allSatisfy({ isLowerCaseOrDigit($0) || $0 == UInt8(ascii: "_") }) else {
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                "a metric is made of lower-case letters, digits and underscores, found `\(entry.key)`")
        }
        result[entry.key] = try entry.value.fraction()
    }
    return result
}
