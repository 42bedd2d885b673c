public import BenchYAML

/// The documented targets, as `Workloads/targets.yaml` holds them: a mapping with the one key `targets`, a list.
///
/// Each element has the keys `id source claim scenario metric comparison threshold`, and may have `phase operation
/// unit arm relative_to aggregate bar minimum_profile minimum_entities`. `arm` is a mapping of `subject allocator
/// allocator_options strategy threads parameters`; `relative_to` takes those and `phase metric operation`.
public struct TargetCatalog: Sendable {
    /// The targets, in the order of the file.
    public let definitions: [TargetDefinition]

    /// Reads a file.
    ///
    /// - Throws: `DocumentError` with file, line, column and key path for whatever is wrong in it.
    public init(path: String) throws(DocumentError) { try self.init(Document(path: path)) }

    /// Reads text; `file` is what errors name.
    ///
    /// - Throws: `DocumentError` with file, line, column and key path for whatever is wrong in it.
    public init(text: String, file: String) throws(DocumentError) { try self.init(Document(text: text, file: file)) }

    private init(_ document: Document) throws(DocumentError) {
        var reader = try document.root.mapping(keys: ["targets"])
        var seen: Set<String> = []
        var definitions: [TargetDefinition] = []
        for node in try reader.required("targets").list() {
            let definition = try TargetDefinition(node)
            guard seen.insert(definition.id).inserted else {
                throw node.error("the target `\(definition.id)` occurs twice", suggestion: "give it an id of its own")
            }
            definitions.append(definition)
        }
        self.definitions = definitions
    }
}

extension TargetDefinition {
    private static let keys = [
        "id", "source", "claim", "scenario", "phase", "metric", "operation", "unit", "arm", "relative_to",
        "aggregate", "comparison", "threshold", "bar", "minimum_profile", "minimum_entities",
    ]

    init(_ node: Node) throws(DocumentError) {
        var reader = try node.mapping(keys: Self.keys)
        id = try reader.required("id").identifier()
        source = try reader.required("source").sentence()
        claim = try reader.required("claim").sentence()
        scenario = try reader.required("scenario").identifier()
        phase = try reader.optional("phase")?.identifier()
        metric = try reader.required("metric").sentence()
        operation = try reader.optional("operation")?.sentence()
        unit = try reader.optional("unit")?.sentence()
        arm = try reader.optional("arm").map { (node) throws(DocumentError) in try ArmSelector(node) } ?? ArmSelector()
        reference = try reader.optional("relative_to").map { (node) throws(DocumentError) in try Reference(node) }
        aggregate = try reader.optional("aggregate")?.choice("aggregate") ?? .median
        comparison = try reader.required("comparison").choice("comparison")
        threshold = try reader.required("threshold").double()
        bar = try reader.optional("bar")?.double()
        minimumProfile = try reader.optional("minimum_profile")?.choice("profile") ?? .quick
        minimumEntities = try reader.optional("minimum_entities")?.integer(in: 1...Int.max)

        if aggregate == .reduction, reference == nil {
            throw node.error(
                "the aggregate `reduction` needs `relative_to`", suggestion: "say what the saving is measured against")
        }
        if let bar, !isHarder(bar) {
            throw try reader.required("bar").error(
                "the bar \(bar) is easier than the threshold \(threshold)", suggestion: "a bar is at least as hard")
        }
    }

    /// Whether a bar is at least as hard to reach as the threshold.
    private func isHarder(_ bar: Double) -> Bool {
        switch comparison {
        case .atLeast, .above: bar >= threshold
        case .atMost, .below: bar <= threshold
        case .equal: bar == threshold
        }
    }
}

extension TargetDefinition.ArmSelector {
    static let keys = ["subject", "allocator", "allocator_options", "strategy", "threads", "parameters"]

    init(_ node: Node) throws(DocumentError) {
        var reader = try node.mapping(keys: Self.keys)
        try self.init(&reader)
    }

    init(_ reader: inout MappingReader) throws(DocumentError) {
        subject = try reader.optional("subject")?.scalarText()
        allocator = try reader.optional("allocator")?.scalarText()
        allocatorOptions = try reader.optional("allocator_options")?.scalarText()
        strategy = try reader.optional("strategy")?.scalarText()
        threads = try reader.optional("threads")?.integer(in: 1...Int.max)
        parameters = try reader.optional("parameters")?.scalarText()
    }
}

extension TargetDefinition.Reference {
    init(_ node: Node) throws(DocumentError) {
        let keys = TargetDefinition.ArmSelector.keys + ["phase", "metric", "operation"]
        var reader = try node.mapping(keys: keys)
        arm = try TargetDefinition.ArmSelector(&reader)
        phase = try reader.optional("phase")?.identifier()
        metric = try reader.optional("metric")?.sentence()
        operation = try reader.optional("operation")?.sentence()
        guard !reader.entries.isEmpty else {
            throw node.error("`relative_to` names nothing that differs", suggestion: "write `{ subject: standard }`")
        }
    }
}

extension Node {
    /// Text that is not empty.
    fileprivate func sentence() throws(DocumentError) -> String {
        let text = try string()
        guard !text.isEmpty else { throw error("the text is empty", suggestion: "say it in words") }
        return text
    }

    /// Lower-case words and digits joined by `-`.
    fileprivate func identifier() throws(DocumentError) -> String {
        let text = try scalarText()
        let plain = text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
        }
        guard plain, !text.isEmpty else {
            throw error("\"\(text)\" is no name", suggestion: "use lower-case letters, digits and `-`")
        }
        return text
    }

    /// The case that a word names.
    fileprivate func choice<Choice>(_ what: String) throws(DocumentError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        let text = try choice(of: Choice.allCases.map(\.rawValue), what)
        guard let value = Choice(rawValue: text) else { throw error("unknown \(what) \"\(text)\"") }
        return value
    }
}
