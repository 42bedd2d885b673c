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
    /// The places of readers, and the lists of what waits for them.
    public var readers = 0
    /// Of all these, bytes at the ends of chunks that were never handed out and that the system has no memory behind.
    public var untouched = 0
    /// Beside all these, bytes of address space that the allocator added to large blocks, to align them or to fill its
    /// size classes, and that it counts as handed out. No memory stands behind them, and limits do not bound them.
    public var added = 0

    public init() {}

    /// Bytes of ``total`` that have memory behind them: what the store has of the process's resident bytes.
    public var resident: Int { Swift.max(0, total - untouched) }
    /// What the allocator takes for handed out to the store: ``total``, and what it added.
    public var handedOut: Int { total + added }
    /// Bytes asked of the allocator and held in all: what limits bound.
    public var total: Int { records + payloads + index + strings + embeddings + caches + garbage + readers }
}
