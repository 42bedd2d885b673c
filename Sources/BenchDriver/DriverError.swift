/// Why a block or a campaign could not be driven to its end.
public struct DriverError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What sort of end it is, for whoever has to choose an exit code.
    public enum Kind: Sendable, Equatable {
        /// The harness, or what it measures, failed.
        case failure
        /// Two builds do different work, or do not understand each other: their figures cannot be compared.
        case incomparable
        /// The user interrupted.
        case interrupted
    }

    /// What happened, to whom, and what to do about it: one sentence.
    public let message: String
    public let kind: Kind

    public init(_ message: String, kind: Kind = .failure) {
        self.message = message
        self.kind = kind
    }

    public var description: String { message }
}
