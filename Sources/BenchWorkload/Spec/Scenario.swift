public import GraphData

/// A scenario after its profile and overrides were applied: everything that a run needs to know, and nothing unchecked.
public struct Scenario: Sendable, Hashable, Codable {
    /// The name, which is the file's: lower-case letters, digits and hyphens.
    public var name: String
    /// One line for headings.
    public var title: String
    /// What the scenario shows, and for whom.
    public var description: String
    /// The graph that the phases work on; nil where `command` is the workload.
    public var dataset: DatasetSpecification?
    /// A program with its arguments that is the workload, instead of phases; empty for none.
    public var command: [String] = []
    /// What is compared.
    public var arms: ArmsSpecification
    /// Keys of the store's configuration that the scenario sets, with their values in one form: sizes in bytes, whole
    /// numbers without underscores, shares as fractions.
    public var configuration: [String: String]
    /// What is done, in this order.
    public var phases: [PhaseSpecification]
    /// What is varied: the product of the lists. Empty for no sweep.
    public var sweep: [SweepAxis] = []
    /// The scenario at each point of the sweep, in the order of the product; empty for no sweep.
    public var points: [SweepPoint] = []
    /// How often each arm runs and is counted, at least.
    public var blocks: Int
    /// How often each arm runs and is counted, at most: more than `blocks` where intervals do not settle before.
    public var maximumBlocks: Int
    /// The half-width of the 95 % interval of a paired ratio, as a fraction, below which it has settled; nil to run
    /// `blocks` blocks whatever comes out.
    public var precision: Double?
    /// How often each arm runs before, uncounted.
    public var warmupBlocks: Int
    /// Where all that is random starts from.
    public var seed: UInt64
    /// The change of a metric that the gate tolerates, as a fraction.
    public var tolerance: [String: Double]
    /// The documented targets that the scenario is meant to show.
    public var targets: [String]
}

/// The graph that the phases of a scenario work on.
public struct DatasetSpecification: Sendable, Hashable, Codable {
    /// Where graphs come from.
    public enum Source: String, Sendable, Hashable, Codable, CaseIterable {
        /// Made from a seed.
        case synthetic
        /// Debian's WordNet 3.0.
        case wordnet
        /// Debian's Fashion-MNIST images.
        case fashionMNIST = "fashion-mnist"
        /// A folder with `entities.csv` and `relationships.csv`.
        case csv
        /// An N-Triples file.
        case ntriples
        /// A snapshot file.
        case snapshot
        /// A trace of accesses.
        case trace

        /// Whether this version can read the source.
        public var isWorking: Bool { self != .snapshot }

        /// Whether the source is read from a place that the scenario names.
        public var needsFile: Bool { self == .csv || self == .ntriples }
    }

    /// Where the graph comes from.
    public var source: Source
    /// For `csv` the folder of the two files, for `ntriples` the file, for `trace` the file of its keys; for `wordnet` and
    /// `fashion-mnist` the folder of their files where it is not the usual one.
    public var file: String?
    /// What to make, for `synthetic`; its seed is the scenario's.
    public var synthetic: SyntheticSpecification?
    /// What to make, for `trace` without a file; its seed is the scenario's.
    public var trace: SyntheticTrace?

    public init(
        source: Source, file: String? = nil, synthetic: SyntheticSpecification? = nil, trace: SyntheticTrace? = nil
    ) {
        self.source = source
        self.file = file
        self.synthetic = synthetic
        self.trace = trace
    }

    /// The number of entities where it is known before the data set is built.
    public var knownEntityCount: Int? {
        if let synthetic { return synthetic.entities }
        guard file == nil else { return nil }
        switch source {
        case .wordnet: return Self.wordNetEntityCount
        case .fashionMNIST: return Self.fashionMNISTEntityCount
        default: return nil
        }
    }

    /// The synsets of WordNet 3.0.
    public static let wordNetEntityCount = 117_659
    /// The pictures of both sets of Fashion-MNIST.
    public static let fashionMNISTEntityCount = 70_000
}

/// What a scenario compares: the product of these lists, an arm each.
public struct ArmsSpecification: Sendable, Hashable, Codable {
    /// The stores: `strata`, `standard`, `null`, and rivals where they are built in.
    public var subjects: [String]
    /// The allocators that own `malloc`.
    public var allocators: [String]
    /// Options to try for an allocator.
    public var allocatorOptions: [String: [String]]
    /// The memory strategies of the subject `strata`; the others have none, and run once as `direct`.
    public var strategies: [String]
    /// The numbers of threads, for phases that do not change the store.
    public var threads: [Int]

    public init(
        subjects: [String] = ["strata"], allocators: [String] = ["glibc"], allocatorOptions: [String: [String]] = [:],
        strategies: [String] = ["bump"], threads: [Int] = [1]
    ) {
        self.subjects = subjects
        self.allocators = allocators
        self.allocatorOptions = allocatorOptions
        self.strategies = strategies
        self.threads = threads
    }
}

/// One thing that a sweep varies.
public struct SweepAxis: Sendable, Hashable, Codable {
    /// The key as a dotted path: `dataset.entities`.
    public var key: String
    /// Its values as a scenario writes them, in one form.
    public var values: [String]

    public init(key: String, values: [String]) {
        self.key = key
        self.values = values
    }
}

/// A scenario with the values of one point of its sweep put in their places.
public struct SweepPoint: Sendable, Hashable, Codable {
    /// The point, `key=value;...` sorted by key, as results have it.
    public var parameters: String
    /// The scenario there. It has no sweep itself.
    public var scenario: Scenario

    public init(parameters: String, scenario: Scenario) {
        self.parameters = parameters
        self.scenario = scenario
    }
}
