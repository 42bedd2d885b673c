/// How long the slices of a gate are, and how many.
public struct SlicePolicy: Sendable, Hashable {
    /// The length aimed at: long enough for the wake-up of a process and cold caches not to count, short enough for the
    /// machine to stay the same over a slice of all arms.
    public var sliceNanoseconds: UInt64 = 8_000_000
    /// Shorter slices are made of several passes through the plan, where it can be gone through again.
    public var shortestNanoseconds: UInt64 = 4_000_000
    /// The fewest slices of a phase that has as many operations.
    public var fewestSlices = 12
    /// The most slices of a phase.
    public var mostSlices = 40
    /// How long an arm goes on with a phase that can be cut short. Rounds are worth more than slices: what differs
    /// from process to process is seen between rounds only.
    public var repeatableNanoseconds: UInt64 = 160_000_000

    public init() {}
}

/// Cuts a phase into slices while it runs: where the next one ends follows from how long the last one took.
struct SliceSchedule {
    private let count: Int
    private let isRepeatable: Bool
    private let granule: Int
    private let policy: SlicePolicy

    /// The operations that were scheduled so far.
    private(set) var end = 0
    /// The slices so far.
    private(set) var slices = 0
    private var elapsed = 0.0
    private var pace = 0.0

    /// - Parameters:
    ///   - count: the operations of the plan.
    ///   - isRepeatable: whether the plan may be cut short, and gone through again.
    ///   - granule: the operations of a batch; slices end at the end of one.
    init(count: Int, isRepeatable: Bool, granule: Int, policy: SlicePolicy) {
        self.count = count
        self.isRepeatable = isRepeatable
        self.granule = max(1, granule)
        self.policy = policy
    }

    /// Where the next slice ends, or nil when the phase is through. Each but the last is to be answered by
    /// ``took(nanoseconds:)``.
    mutating func next() -> Int? {
        guard count > 0 else { return nil }
        let length: Int
        if slices == 0 {
            length = min(count, granule == 1 ? 1 : 16 * granule)
        } else if isRepeatable {
            guard let operations = repeatableLength() else { return nil }
            length = operations
        } else {
            guard end < count else { return nil }
            length = singleLength()
        }
        end += length
        slices += 1
        return end
    }

    /// Notes what the slice took: a typical arm's time.
    ///
    /// - Parameter operations: those of the slice.
    mutating func took(nanoseconds: Double, operations: Int) {
        elapsed += nanoseconds
        pace = max(nanoseconds, 1) / Double(max(1, operations))
    }

    /// The next slice of a phase that is done once, to its end.
    private func singleLength() -> Int {
        let rest = count - end
        var length = max(
            Double(policy.sliceNanoseconds) / pace, Double(rest) / Double(max(1, policy.mostSlices - slices)))
        if slices < policy.fewestSlices { length = min(length, Double(rest) / Double(policy.fewestSlices - slices)) }
        let rounded = rounded(length)
        // What would be left is too little for a slice of its own.
        return rest - rounded < rounded / 2 ? rest : min(rounded, rest)
    }

    /// The next slice of a phase that only reads, or nil when it has been looked at long enough.
    private func repeatableLength() -> Int? {
        guard slices < policy.mostSlices else { return nil }
        let most = Double(policy.repeatableNanoseconds)
        let fewest = Double(policy.fewestSlices)
        let isDear = pace * Double(granule) > Double(policy.shortestNanoseconds)
        let total = isDear ? most : min(max(pace * Double(count), fewest * Double(policy.shortestNanoseconds)), most)
        let slice = min(Double(policy.sliceNanoseconds), total / fewest)
        guard elapsed + slice / 2 < total || (slices < policy.fewestSlices && !isDear) else { return nil }
        return rounded(slice / pace)
    }

    /// Whole batches, at least one.
    private func rounded(_ operations: Double) -> Int {
        max(1, Int(min(operations, 1e12) / Double(granule) + 0.5)) * granule
    }
}
