/// Where the store takes the memory of its payloads (property rows and relationship lists) from.
public enum AllocationStrategy: String, CaseIterable, Sendable {
    /// One `malloc` a payload, freed as soon as no reader can see it. The process's allocator does the work.
    case direct
    /// A ``SizeClassPool``: blocks of a few sizes, used again one by one; payloads that are left alone in sparse slabs
    /// are moved together.
    case pool
    /// ``BumpArena``s: payloads are packed one after another, and freed together when what still lives among them has
    /// been moved out.
    case bump
}
