/// A kind of operation and its share in a phase's mixture.
public struct WeightedOperation: Sendable, Hashable, Codable {
    /// What the operation does.
    public var kind: OperationKind
    /// Its share: of `sum of weights` operations, `weight` are of this kind, on average.
    public var weight: Int

    public init(_ kind: OperationKind, weight: Int = 1) {
        self.kind = kind
        self.weight = weight
    }
}

/// A part of a scenario that is measured by itself: a mixture of operations, how many, and on which keys.
public struct PhaseSpecification: Sendable, Hashable, Codable {
    /// The phase's name, unique in its scenario: lower-case letters, digits and hyphens.
    public var name: String
    /// The mixture, ordered by kind; no kind twice, not empty.
    public var operations: [WeightedOperation]
    /// How many operations; nil when `durationNanoseconds` is given, or when all rows are inserted.
    public var count: Int?
    /// How long, instead of `count`.
    public var durationNanoseconds: UInt64?
    /// The law of the keys; `sequential` where only rows are inserted, and without effect on whole-store kinds.
    public var keys: KeyDistribution
    /// How deep `traverse` walks.
    public var depth: Int
    /// How many neighbours `similar` finds.
    public var k: Int
    /// How widely `similar` looks in an index that does not compare all: the nodes of a graph that are looked around
    /// from, or the lists that are read. Without effect on exact searches.
    public var breadth: Int
    /// How many entities `get_batch` reads in one call.
    public var batch: Int
    /// The sizes that `allocate` asks for.
    public var sizes: SizeDistribution
    /// The share of what `allocate` and `free` give back that another thread gives back than the one that took it.
    public var remoteFrees: Double
    /// When operations begin in an open loop; nil for a closed loop, where each begins when the one before has ended.
    public var arrival: ArrivalSpecification?
    /// Groups of threads that do different things at once; empty for a phase whose threads all do the same. In a phase
    /// with roles, `operations` is the union of theirs, and keys, arrival and the like are each role's own.
    public var roles: [RoleSpecification]
    /// Whether a phase that only reads is gone through untimed first, until its pace is steady.
    public var warmsUp: Bool
    /// How long the process is watched after the phase, doing nothing, for what its memory settles to; nil for not.
    public var settleNanoseconds: UInt64?
    /// Where the operations find the store; anything but `memory` is for operations that a file can do.
    public var store: StoreForm

    public init(
        name: String, operations: [WeightedOperation], count: Int? = nil, durationNanoseconds: UInt64? = nil,
        keys: KeyDistribution = .uniform, depth: Int = 2, k: Int = 10, breadth: Int = 64, batch: Int = 64,
        sizes: SizeDistribution = .standard, remoteFrees: Double = 0, arrival: ArrivalSpecification? = nil,
        roles: [RoleSpecification] = [], warmsUp: Bool = false, settleNanoseconds: UInt64? = nil,
        store: StoreForm = .memory
    ) {
        self.name = name
        self.operations = operations.sorted { $0.kind.rawValue < $1.kind.rawValue }
        self.count = count
        self.durationNanoseconds = durationNanoseconds
        self.keys = keys
        self.depth = depth
        self.k = k
        self.breadth = breadth
        self.batch = batch
        self.sizes = sizes
        self.remoteFrees = remoteFrees
        self.arrival = arrival
        self.roles = roles
        self.warmsUp = warmsUp
        self.settleNanoseconds = settleNanoseconds
        self.store = store
    }

    /// The phase as one of its roles sees it: the role's operations, keys and arrival, and draws of its own.
    public func specification(of role: RoleSpecification) -> PhaseSpecification {
        var result = self
        result.name = "\(name).\(role.name)"
        result.operations = role.operations
        result.keys = role.keys
        result.depth = role.depth
        result.k = role.k
        result.breadth = role.breadth
        result.batch = role.batch
        result.arrival = role.arrival
        result.roles = []
        return result
    }

    /// Whether the phase has operations of a kind.
    public func has(_ kind: OperationKind) -> Bool { operations.contains { $0.kind == kind } }

    /// Whether the phase only inserts.
    public var isInsertOnly: Bool { operations.allSatisfy { $0.kind == .insert } }

    /// Whether every operation deals with the whole store.
    public var isWholeStore: Bool { operations.allSatisfy { $0.kind.isWholeStore } }

    /// Whether the phase changes the store, hence runs on one thread.
    public var changesTheStore: Bool { operations.contains { $0.kind.changesTheStore } }

    /// Whether some operation works on rows that have to be loaded before.
    public var needsLoadedRows: Bool { operations.contains { $0.kind.usesTheStore && $0.kind != .insert } }

    /// Whether every operation does without the store: keys are then drawn over all rows of the data set.
    public var isStoreless: Bool { !operations.contains { $0.kind.usesTheStore } }

    /// The threads of a phase with roles: all of them together; nil without roles, where the arm has its say.
    public var threadsOfRoles: Int? { roles.isEmpty ? nil : roles.reduce(0) { $0 + $1.threads } }

    /// Whether some operation chooses its entity by the law of keys.
    public var usesKeys: Bool { operations.contains { $0.kind.usesKeys } }

    /// How many operations are handed to the subject at once: what the most expensive kind of the mixture allows.
    public var batchSize: Int { operations.map(\.kind.batchSize).min() ?? 1 }

    /// The name of the mixture in results: the kind where there is one, otherwise `mixed`.
    public var operationName: String { operations.count == 1 ? operations[0].kind.name : "mixed" }
}
