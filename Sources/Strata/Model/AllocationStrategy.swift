/// Where the store takes the memory of its payloads (property rows and relationship lists) from.
public enum AllocationStrategy: String, CaseIterable, Sendable {
    /// One `malloc` a payload, freed as soon as no reader can see it. The process's allocator does the work.
    case direct
    /// A ``BumpArena``: payloads are packed one after another, and freed together when the arena is compacted.
    case bump
}
