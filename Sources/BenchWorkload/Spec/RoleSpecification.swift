/// A group of threads of a phase that do something else than the others at the same time.
public struct RoleSpecification: Sendable, Hashable, Codable {
    /// The role's name, unique in its phase: lower-case letters, digits and hyphens.
    public var name: String
    /// How many threads.
    public var threads: Int
    /// The mixture, ordered by kind; no kind twice, not empty.
    public var operations: [WeightedOperation]
    /// The law of the keys.
    public var keys: KeyDistribution
    /// How deep `traverse` walks.
    public var depth: Int
    /// How many neighbours `similar` finds.
    public var k: Int
    /// How widely `similar` looks in an index.
    public var breadth: Int
    /// How many entities `get_batch` reads in one call.
    public var batch: Int
    /// When operations begin in an open loop; nil for a closed loop.
    public var arrival: ArrivalSpecification?
    /// A reader that does one operation and then holds what a reader holds (an epoch's pin) until the phase is over,
    /// doing nothing.
    public var isStalled: Bool

    public init(
        name: String, threads: Int, operations: [WeightedOperation], keys: KeyDistribution = .uniform, depth: Int = 2,
        k: Int = 10, breadth: Int = 64, batch: Int = 64, arrival: ArrivalSpecification? = nil, isStalled: Bool = false
    ) {
        self.name = name
        self.threads = threads
        self.operations = operations.sorted { $0.kind.rawValue < $1.kind.rawValue }
        self.keys = keys
        self.depth = depth
        self.k = k
        self.breadth = breadth
        self.batch = batch
        self.arrival = arrival
        self.isStalled = isStalled
    }

    /// Whether the role changes the store: such a role has one thread, and a phase has one such role at most.
    public var changesTheStore: Bool { operations.contains { $0.kind.changesTheStore } }
}
