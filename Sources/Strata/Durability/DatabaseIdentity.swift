/// Which database a file belongs to: 128 random bits, made when the database is, so that a file of another one that was
/// moved or copied to its place is told at once.
public struct DatabaseIdentity: Sendable, Hashable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identity.
    public static func random() -> DatabaseIdentity {
        DatabaseIdentity(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    /// 32 hexadecimal digits.
    public var description: String { Self.digits(high) + Self.digits(low) }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}
