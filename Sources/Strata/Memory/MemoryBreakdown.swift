/// Where the bytes of a store are: what each part holds from the process's allocator.
public struct MemoryBreakdown: Sendable, Equatable {
    /// Slots of records, filled and free.
    public var records = 0
    /// Property rows and relationship lists: live, dead and not handed out yet.
    public var payloads = 0
    /// The index of identifiers.
    public var index = 0
    /// Strings and their tables.
    public var strings = 0
    /// Rows of embeddings, filled and free.
    public var embeddings = 0
    /// Kept answers, and the tables that find them.
    public var caches = 0
    /// What was replaced and may still be seen by a reader.
    public var garbage = 0
    /// The places of readers.
    public var readers = 0
    /// Of all these, bytes at the ends of chunks that were never handed out: the system has no memory behind most of
    /// their pages yet.
    public var untouched = 0

    public init() {}

    /// Bytes held in all.
    public var total: Int { records + payloads + index + strings + embeddings + caches + garbage + readers }
}
