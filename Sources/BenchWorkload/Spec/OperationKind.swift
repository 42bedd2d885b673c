/// What an operation of a phase does.
///
/// The raw value is what a plan stores, hence part of every plan's hash: it never changes.
public enum OperationKind: UInt8, CaseIterable, Sendable, Codable, Hashable {
    /// Puts the next row of the data set into the store.
    case insert
    /// Changes an entity.
    case update
    /// Takes an entity out.
    case delete
    /// Reads one entity.
    case get
    /// Reads several entities in one call.
    case getBatch
    /// Lists an entity's relationships.
    case neighbors
    /// Walks breadth-first up to a depth.
    case traverse
    /// Finds entities by a property's value.
    case find
    /// Finds relationships by a pattern.
    case pattern
    /// Finds the k nearest embeddings.
    case similar
    /// Reads all entities.
    case scan
    /// Writes the store into a file.
    case serialize
    /// Opens the file that was written.
    case open
    /// Checks every byte of the file.
    case verify
    /// Interns the values of an entity's properties.
    case intern
    /// Reads the values of an entity's properties by their interned numbers.
    case resolve
    /// Allocates memory.
    case allocate
    /// Frees memory.
    case free
    /// Reads through a cache.
    case cacheGet
    /// Merges what changed into a new snapshot.
    case checkpoint
    /// Opens a database after a crash.
    case recover
    /// Has the store move what is alive together, and give back what is not.
    case compact
    /// Gives an entity all its properties anew.
    case replace

    /// The name in scenarios and results: `get_batch`, `cache_get`, otherwise the case's.
    public var name: String {
        switch self {
        case .getBatch: return "get_batch"
        case .cacheGet: return "cache_get"
        default: return "\(self)"
        }
    }

    /// The kind with a name, or nil.
    public init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// Whether the operation changes the store's entities: such phases run on one thread.
    public var changesTheStore: Bool {
        switch self {
        case .insert, .update, .delete, .replace: return true
        default: return false
        }
    }

    /// Whether one operation deals with the whole store; its `count` says how often it is repeated.
    public var isWholeStore: Bool {
        switch self {
        case .scan, .serialize, .open, .verify, .checkpoint, .recover, .compact: return true
        default: return false
        }
    }

    /// How many operations are handed to the subject at once: 64 of the cheap kinds, one of the others.
    public var batchSize: Int {
        switch self {
        case .traverse, .similar, .find, .pattern: return 1
        default: return isWholeStore ? 1 : 64
        }
    }

    /// Whether the keys law of the phase chooses the entity that the operation deals with.
    public var usesKeys: Bool { self != .insert && !isWholeStore }

    /// Whether the operation leaves everything as it was.
    public var onlyReads: Bool {
        switch self {
        case .get, .getBatch, .neighbors, .traverse, .find, .pattern, .similar, .scan, .open, .verify, .resolve:
            return true
        default: return false
        }
    }

    /// Whether the operation works on the store's rows. The others take the data set's rows for slots or keys, and
    /// need none of them loaded.
    public var usesTheStore: Bool {
        switch self {
        case .allocate, .free, .cacheGet, .intern, .resolve: false
        default: true
        }
    }

    /// Whether the scenario runner of this version can do the operation.
    public var isWorking: Bool {
        switch self {
        case .pattern, .checkpoint, .recover: return false
        default: return true
        }
    }
}
