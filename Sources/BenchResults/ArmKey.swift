/// What one arm of a run is: everything that may differ between two measurements of one scenario.
public struct ArmKey: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// What is measured: `strata`, `standard`, `null`.
    public var subject: String
    /// The library that owns `malloc`.
    public var allocator: String
    /// The options that the allocator was given; empty for its defaults.
    public var allocatorOptions: String
    /// The allocation strategy, or `-` for a subject that has none.
    public var strategy: String
    /// The phase's total of threads.
    public var threads: Int
    /// The sweep's point, `key=value;...` sorted by key; empty without a sweep.
    public var parameters: String

    /// An arm by its parts.
    public init(
        subject: String, allocator: String, allocatorOptions: String = "", strategy: String, threads: Int,
        parameters: String = ""
    ) {
        self.subject = subject
        self.allocator = allocator
        self.allocatorOptions = allocatorOptions
        self.strategy = strategy
        self.threads = threads
        self.parameters = parameters
    }

    /// The arm in one word for people: `strata/jemalloc/bump/1`. Options follow the allocator in brackets, the sweep's
    /// point follows the threads: `strata/jemalloc[dirty_decay_ms:0]/bump/1/dataset.entities=1000`.
    public var label: String {
        let options = allocatorOptions.isEmpty ? "" : "[\(allocatorOptions)]"
        let point = parameters.isEmpty ? "" : "/\(parameters)"
        return "\(subject)/\(allocator)\(options)/\(strategy)/\(threads)\(point)"
    }

    public var description: String { label }

    /// Orders arms by subject, allocator, options, strategy, threads (as numbers) and parameters.
    public static func < (left: ArmKey, right: ArmKey) -> Bool {
        if left.subject != right.subject { return left.subject < right.subject }
        if left.allocator != right.allocator { return left.allocator < right.allocator }
        if left.allocatorOptions != right.allocatorOptions { return left.allocatorOptions < right.allocatorOptions }
        if left.strategy != right.strategy { return left.strategy < right.strategy }
        if left.threads != right.threads { return left.threads < right.threads }
        return left.parameters < right.parameters
    }
}
