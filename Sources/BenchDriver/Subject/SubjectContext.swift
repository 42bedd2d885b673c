public import GraphData

/// What a subject is given when it is made.
public struct SubjectContext: Sendable {
    /// The graph, mapped read-only. Rows are the entities' ids.
    public let dataset: MappedDataset
    /// The allocation strategy of the arm; `direct` for subjects that have none.
    public let strategy: String
    /// The arm's number of threads. A phase that changes the store uses one.
    public let threads: Int
    /// A folder for files, empty at first and removed after the block.
    public let scratchDirectory: String
    /// The scenario's configuration by key.
    public let configuration: [String: String]
    /// The scenario's seed.
    public let seed: UInt64
    /// The run's profile: `default`, `quick` or `full`.
    public let profile: String

    public init(
        dataset: MappedDataset, strategy: String = "direct", threads: Int = 1, scratchDirectory: String,
        configuration: [String: String] = [:], seed: UInt64 = 0, profile: String = "default"
    ) {
        self.dataset = dataset
        self.strategy = strategy
        self.threads = threads
        self.scratchDirectory = scratchDirectory
        self.configuration = configuration
        self.seed = seed
        self.profile = profile
    }
}
