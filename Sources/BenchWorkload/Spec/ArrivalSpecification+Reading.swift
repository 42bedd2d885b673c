import BenchYAML

extension ArrivalSpecification {
    /// The highest rate that can be asked for, per second: the clock ticks no faster than a few tens of nanoseconds.
    static let rateLimit = 1e8

    /// Reads the keys `rate` and `arrival` of a phase or a role; nil where there is neither.
    init?(
        rate: Node.Entry?, arrival: Node.Entry?, of operations: [WeightedOperation]
    ) throws(DocumentError) {
        guard let rate else {
            guard let arrival else { return nil }
            throw DocumentError(
                at: arrival.location, keyPath: arrival.value.keyPath,
                "`arrival` says how the operations of an open loop are spread, and there is no `rate`",
                suggestion: "add `rate: 20_000/s`, or leave `arrival` out")
        }
        self.init(ratePerSecond: try rate.value.ratePerSecond(atMost: Self.rateLimit))
        if let whole = operations.first(where: \.kind.isWholeStore) {
            throw DocumentError(
                at: rate.location, keyPath: rate.value.keyPath,
                "`\(whole.kind.name)` deals with the whole store and cannot be sent at a rate",
                suggestion: "leave `rate` out")
        }
        if let arrival {
            let word = try arrival.value.choice(of: Law.allCases.map(\.rawValue), "arrival")
            law = Law(rawValue: word) ?? law
        }
    }

    /// The rate as a scenario writes it.
    var rateText: String {
        let whole = Int(exactly: ratePerSecond)
        return whole.map { "\($0)/s" } ?? "\(ratePerSecond)/s"
    }
}
