import ArgumentParser
import BenchMeasurement
import BenchWorkload

/// The options that choose and change scenarios.
struct ScenarioOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Scenario files, or names of shipped ones; all shipped ones by default.", valueName: "workload"))
    var workloads: [String] = []

    @Option(name: .customLong("profile"), help: "default, quick or full.") var chosenProfile: ProfileName?

    @Option(help: ArgumentHelp("Allocators, separated by commas.", valueName: "a,b")) var allocators: String?

    @Option(help: ArgumentHelp("One more allocator: any library that defines malloc.", valueName: "NAME=PATH"))
    var allocator: [String] = []

    @Option(help: ArgumentHelp("Subjects, separated by commas.", valueName: "a,b")) var subjects: String?

    @Option(help: ArgumentHelp("Allocation strategies, separated by commas.", valueName: "a,b")) var strategies: String?

    @Option(help: ArgumentHelp("Numbers of threads, separated by commas.", valueName: "n,m")) var threads: String?

    @Option(help: "Blocks of each scenario.") var blocks: Int?

    @Option(help: "The seed of the plans.") var seed: UInt64?

    @Option(help: ArgumentHelp("Any key of the scenario, as a dotted path.", valueName: "key=value"))
    var set: [String] = []

    enum ProfileName: String, ExpressibleByArgument, CaseIterable { case `default`, quick, full }

    mutating func validate() throws {
        for text in set where !text.contains("=") { throw ValidationError("--set takes key=value, not '\(text)'") }
        var names: Set<String> = []
        for text in allocator {
            guard
                let split = text.firstIndex(of: "="), split != text.startIndex,
                text.index(after: split) != text.endIndex
            else { throw ValidationError("--allocator takes NAME=PATH, not '\(text)'") }
            let (name, path) = Self.split(text)
            guard name.wholeMatch(of: /[a-z0-9][a-z0-9-]*/) != nil else {
                throw ValidationError("an allocator's name is made of a to z, 0 to 9 and '-', not '\(name)'")
            }
            guard !AllocatorLibrary.knownNames.contains(name), !names.contains(name) else {
                throw ValidationError("the allocator's name '\(name)' is taken; give the library another one")
            }
            guard !path.contains(where: { $0 == ":" || $0.isWhitespace }) else {
                throw ValidationError("the loader takes no library whose path has a space or a colon: '\(path)'")
            }
            names.insert(name)
        }
    }

    /// Libraries by the names that the user gave them.
    var customAllocators: [String: String] {
        Dictionary(allocator.map { Self.split($0) }, uniquingKeysWith: { $1 })
    }

    /// The profile where a command has no other usual one.
    var profile: ProfileName { chosenProfile ?? .default }

    /// The scenarios with all that was said about them.
    ///
    /// - Parameter usual: the profile where none was chosen.
    func scenarios(usual: ProfileName = .default) throws(CommandFailure) -> [Scenario] {
        var overrides: [(key: String, value: String)] = []
        if let allocators { overrides.append(("arms.allocators", "[\(allocators)]")) }
        if let subjects { overrides.append(("arms.subjects", "[\(subjects)]")) }
        if let strategies { overrides.append(("arms.strategies", "[\(strategies)]")) }
        if let threads { overrides.append(("arms.threads", "[\(threads)]")) }
        if let blocks { overrides.append(("blocks", "\(blocks)")) }
        if let seed { overrides.append(("seed", "\(seed)")) }
        overrides += set.map { Self.split($0) }
        let custom = customAllocators
        let vocabulary = ScenarioVocabulary.standard.adding(allocators: custom.keys.sorted())
        var scenarios: [Scenario] = []
        for path in try WorkloadCatalog.paths(workloads) {
            var scenario = try failing {
                try Scenario.load(
                    path: path, profile: (chosenProfile ?? usual).rawValue, overrides: overrides, vocabulary: vocabulary
                )
            }
            for name in custom.keys.sorted() where !scenario.arms.allocators.contains(name) {
                scenario.arms.allocators.append(name)
            }
            guard !scenarios.contains(where: { $0.name == scenario.name }) else {
                throw CommandFailure(
                    "two scenarios are called `\(scenario.name)`; name each once",
                    exitCode: CommandFailure.Code.invalidInput)
            }
            scenarios.append(scenario)
        }
        return scenarios
    }

    private static func split(_ text: String) -> (key: String, value: String) {
        let place = text.firstIndex(of: "=")!
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }
}
