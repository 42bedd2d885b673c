/// What holds garbage up: the oldest pin, and who took its place.
public struct EpochStall: Sendable, Equatable, CustomStringConvertible {
    /// The number of the pinned participant's place.
    public let participant: Int
    /// The kernel's number of the thread that registered there, as `ps -L` and debuggers show it.
    public let threadNumber: Int64
    /// The epoch at which the participant pinned.
    public let pinnedEpoch: UInt64
    /// How many times the epoch moved on since then: the collections that this pin has outlived.
    public let epochsBehind: UInt64
    /// Bytes of garbage that wait.
    public let heldBytes: Int
    /// The limit that they have passed, in bytes; nil when there is none.
    public let garbageLimit: Int?

    public var description: String {
        let limit = garbageLimit.map { " of \($0) allowed" } ?? ""
        return "\(heldBytes) bytes of garbage\(limit) wait for participant \(participant) (thread \(threadNumber)), "
            + "pinned since epoch \(pinnedEpoch), \(epochsBehind) epochs ago"
    }
}
