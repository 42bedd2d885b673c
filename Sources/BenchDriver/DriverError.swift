/// Why a block or a campaign could not be driven to its end.
public struct DriverError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What happened, to whom, and what to do about it: one sentence.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
