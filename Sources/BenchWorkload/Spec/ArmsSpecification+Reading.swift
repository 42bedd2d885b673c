import BenchYAML

extension ArmsSpecification {
    init(_ node: Node, vocabulary: ScenarioVocabulary) throws(DocumentError) {
        var reader = try node.mapping(keys: ScenarioKeys.arms)
        self.init()
        if let node = reader.optional("subjects") {
            subjects = try distinct(node) { element throws(DocumentError) in
                try element.choice(of: vocabulary.subjects, "subject")
            }
        }
        if let node = reader.optional("allocators") {
            allocators = try distinct(node) { element throws(DocumentError) in
                try element.choice(of: vocabulary.allocators, "allocator")
            }
        }
        if let node = reader.optional("allocator_options") { try readOptions(node, vocabulary.allocators) }
        if let node = reader.optional("strategies") {
            strategies = try distinct(node) { element throws(DocumentError) in
                try element.choice(of: vocabulary.strategies, "strategy")
            }
        }
        if let node = reader.optional("threads") {
            threads = try distinct(node) { element throws(DocumentError) in try element.integer(in: 1...1024) }
        }
    }

    /// Reads the lists of options, an arm each. Without a list, an allocator runs once, with no options; a list is of no
    /// effect as long as its allocator is not among the arms.
    private mutating func readOptions(_ node: Node, _ known: [String]) throws(DocumentError) {
        for entry in try node.mapping().entries {
            guard known.contains(entry.key) else {
                throw DocumentError(
                    at: entry.location, keyPath: entry.value.keyPath, "unknown allocator `\(entry.key)`",
                    suggestion: suggestion(for: entry.key, among: known))
            }
            allocatorOptions[entry.key] = try distinct(entry.value) { element throws(DocumentError) in
                let text = try element.string()
                guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
                    throw element.error("options are one line of text")
                }
                return text
            }
        }
    }
}
