/// Which way a metric gets better.
public enum Direction: String, Sendable, Codable, Hashable, CaseIterable {
    /// More is better: a throughput.
    case higher
    /// Less is better: a latency, a number of bytes.
    case lower
    /// Neither is better: a figure that only informs.
    case none
}

/// One figure as a measuring part reports it, before it is known which arm and block it belongs to.
public struct Measurement: Sendable, Codable, Hashable {
    /// The metric's name in snake_case, one of the contract's or a subject's own.
    public var metric: String
    /// The value in `unit`.
    public var value: Double
    /// The unit: `operations/s`, `entities/s`, `ns`, `bytes`, `fraction`, `count`.
    public var unit: String
    /// Which way it gets better.
    public var direction: Direction

    /// A figure with its unit and direction.
    public init(metric: String, value: Double, unit: String, direction: Direction) {
        self.metric = metric
        self.value = value
        self.unit = unit
        self.direction = direction
    }
}
