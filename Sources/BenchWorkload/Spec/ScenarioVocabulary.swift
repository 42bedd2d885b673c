import BenchYAML

/// The names that a scenario may use where the set of names is closed.
public struct ScenarioVocabulary: Sendable {
    /// The stores that are built in.
    public var subjects: [String]
    /// The allocators that can be asked for.
    public var allocators: [String]
    /// The memory strategies.
    public var strategies: [String]

    public init(subjects: [String], allocators: [String], strategies: [String]) {
        self.subjects = subjects
        self.allocators = allocators
        self.strategies = strategies
    }

    /// What every build knows.
    public static let standard = ScenarioVocabulary(
        subjects: [
            "strata", "standard", "null", "bump-arena", "raw-pointer", "size-class-pool", "malloc", "slot-map",
            "vector", "epochs",
            "plain-pointer", "interner", "interner-batch", "shared-interner", "shared-interner-batch", "interner-peer",
            "string-dictionary", "exact-search", "quantized-search", "naive-search", "hnsw", "ivf",
        ],
        allocators: ["glibc", "jemalloc", "mimalloc", "tcmalloc"],
        strategies: ["direct", "pool", "bump"])

    /// The same with more stores and allocators, such as those of `--allocator NAME=PATH`.
    public func adding(subjects: [String] = [], allocators: [String] = []) -> ScenarioVocabulary {
        var result = self
        result.subjects += subjects.filter { !self.subjects.contains($0) }
        result.allocators += allocators.filter { !self.allocators.contains($0) }
        return result
    }
}

/// The keys of a scenario's mappings, stated once: what is read, and what is known but refused until it works.
public enum ScenarioKeys {
    /// Of the scenario itself.
    public static let scenario = [
        "name", "title", "description", "dataset", "command", "arms", "sweep", "configuration", "phases", "blocks",
        "max_blocks", "precision", "warmup_blocks", "seed", "tolerance", "targets", "profiles",
    ]

    /// Of `dataset`.
    public static let dataset = ["source", "file"] + syntheticDataset + syntheticTrace
    static let syntheticTrace = ["law", "accesses", "keys"]
    static let syntheticDataset = [
        "entities", "edges_per_entity", "degree_distribution", "properties_per_entity", "distinct_values",
        "embedding_dimensions",
    ]

    /// Of `arms`.
    public static let arms = ["subjects", "allocators", "allocator_options", "strategies", "threads"]

    /// Of each of `phases`.
    public static let phase =
        ["name", "count", "duration", "roles", "sizes", "remote_frees", "warmup", "settle", "store"]
        + Mixture.names

    /// Of each of a phase's `roles`.
    public static let role = ["name", "threads", "stalled"] + Mixture.names

    /// Of a phase's `operations`.
    public static let operations = OperationKind.allCases.filter(\.isWorking).map(\.name)

    /// Of `profiles`.
    public static let profiles = ["quick", "full"]

    /// Of `configuration`.
    public static let configuration = ConfigurationKey.allCases.map(\.rawValue)

}

/// The error that something known does not work in this version.
func notYetWorking(_ what: String, at location: Location, keyPath: String) -> DocumentError {
    DocumentError(
        at: location, keyPath: keyPath, "\(what) does not work yet in this version", suggestion: "leave it out")
}
