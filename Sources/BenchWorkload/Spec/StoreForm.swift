/// Where the operations of a phase find the store.
public enum StoreForm: String, Sendable, Codable, Hashable, CaseIterable {
    /// In the memory that it was loaded into.
    case memory
    /// In a file of its own, mapped, after all of it was read once.
    case snapshot
    /// In such a file, with the records of all entities packed in memory beside it.
    case packedSnapshot = "packed-snapshot"
    /// The same, after the system has let go of all that it kept of the file in memory.
    case coldSnapshot = "cold-snapshot"

    /// The operations that a file can do.
    public static let fileOperations: Set<OperationKind> = [.get, .getBatch, .neighbors, .find, .scan]
}
