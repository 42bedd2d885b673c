import BenchYAML

extension Scenario {
    /// The subject of scenarios whose workload is a program.
    public static let commandSubject = "command"

    /// Reads a scenario whose workload is a program, which is all that an arm can differ in but its allocator.
    mutating func readCommand(
        _ node: Node, _ reader: inout MappingReader, _ vocabulary: ScenarioVocabulary
    ) throws(DocumentError) {
        for key in ["dataset", "phases", "configuration"] {
            guard let entry = reader.entry(key) else { continue }
            throw DocumentError(
                at: entry.location, keyPath: entry.value.keyPath,
                "a scenario whose workload is a `command` has no `\(key)`", suggestion: "leave one of the two out")
        }
        let words = try node.list()
        guard let program = words.first else {
            throw node.error("`command` names no program", suggestion: "such as [./server, --once]")
        }
        for word in words {
            let text = try word.scalarText()
            guard !text.unicodeScalars.contains("\0") else { throw word.error("an argument cannot hold a zero byte") }
            command.append(text)
        }
        guard !command[0].isEmpty else { throw program.error("the program's name must not be empty") }
        try readCommandArms(reader.optional("arms"), vocabulary)
    }

    private mutating func readCommandArms(
        _ node: Node?, _ vocabulary: ScenarioVocabulary
    ) throws(DocumentError) {
        arms = ArmsSpecification(subjects: [Self.commandSubject], strategies: ["direct"], threads: [1])
        guard let node else { return }
        for (key, only) in [("subjects", Self.commandSubject), ("strategies", "direct"), ("threads", "1")] {
            guard let given = node.value(at: [key]) else { continue }
            let words = try given.list()
            guard words.count == 1, try words[0].scalarText() == only else {
                throw given.error(
                    "where a `command` is the workload, `arms.\(key)` is [\(only)] and nothing else",
                    suggestion: "leave it out")
            }
        }
        var vocabulary = vocabulary
        vocabulary.subjects = [Self.commandSubject]
        let read = try ArmsSpecification(node, vocabulary: vocabulary)
        arms.allocators = read.allocators
        arms.allocatorOptions = read.allocatorOptions
    }
}
