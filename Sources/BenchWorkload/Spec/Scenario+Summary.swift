import Glibc
import GraphData

extension Scenario {
    /// What is done, in one line for people who do not know the scenario: the data, each phase with its operations, how
    /// many and on which keys, the threads, and what is varied.
    public var summary: String {
        guard command.isEmpty else { return "the program `\(command.joined(separator: " "))`, run as a whole" }
        var parts: [String] = []
        if let dataset {
            parts.append(
                dataset.summary(counts: !sweep.contains { $0.key == "dataset.entities" && $0.values.count > 1 }))
        }
        parts += phases.map { $0.summary(slots: dataset?.knownEntityCount) }
        if phases.contains(where: \.roles.isEmpty) {
            parts.append(arms.threads == [1] ? "1 thread" : "\(joined(arms.threads.map(String.init))) threads")
        }
        for axis in sweep where axis.values.count > 1 {
            parts.append("for each `\(axis.key)` of \(joined(axis.values.map(grouped)))")
        }
        return parts.joined(separator: "; ")
    }
}

extension DatasetSpecification {
    /// `100,000 made-up rows, each with 4 relationships on average and 3 properties`.
    ///
    /// - Parameter counts: whether the number of rows is one and the same.
    fileprivate func summary(counts: Bool) -> String {
        guard let synthetic else {
            let name =
                switch source {
                case .wordnet: "WordNet"
                case .trace: trace.map(Self.summary) ?? "the trace `\(file ?? "")`"
                default: source.rawValue
                }
            return knownEntityCount.map { "\(name), \(grouped($0)) entities" } ?? name
        }
        var parts: [String] = []
        if synthetic.edgesPerEntity > 0 { parts.append("\(synthetic.edgesPerEntity) relationships on average") }
        if synthetic.propertiesPerEntity > 0 { parts.append("\(synthetic.propertiesPerEntity) properties") }
        if synthetic.embeddingDimensions > 0 {
            parts.append("an embedding of \(synthetic.embeddingDimensions) dimensions")
        }
        return (counts ? "\(grouped(synthetic.entities)) " : "") + "made-up rows"
            + (parts.isEmpty ? "" : ", each with \(joined(parts))")
    }
}

extension DatasetSpecification {
    /// `a made-up trace of 1,000,000 accesses to 100,000 keys by the law drift`.
    private static func summary(_ trace: SyntheticTrace) -> String {
        "a made-up trace of \(grouped(trace.accesses)) accesses to \(grouped(trace.keys)) keys by the law "
            + trace.law.rawValue
    }
}

extension PhaseSpecification {
    /// `churn: 300,000 x allocate of 16 to 1,024 bytes (log-uniform) on uniform keys`.
    ///
    /// - Parameter slots: the number of rows that keys are drawn from.
    fileprivate func summary(slots: Int?) -> String {
        var text = "\(name): "
        let time = durationNanoseconds.map { timeText($0) }
        if roles.isEmpty {
            let times =
                count.map { "\(grouped($0)) x " } ?? time.map { "for \($0) " }
                ?? (isInsertOnly ? "all rows, " : keys == .trace ? "each access, " : "")
            text += times + mixture(operations)
            if let arrival { text += " at \(rateText(arrival.ratePerSecond))" }
            if usesKeys { text += " on \(keys) keys" }
            switch store {
            case .memory: break
            case .snapshot: text += " of the snapshot"
            case .packedSnapshot: text += " of the snapshot, its records packed in memory"
            case .coldSnapshot: text += " of the snapshot, out of the page cache"
            }
        } else {
            text +=
                (time.map { "for \($0) " } ?? count.map { "\(grouped($0)) x " } ?? "") + joined(roles.map(\.summary))
        }
        if let slots, let left = shareLeft(of: slots) {
            text += " (many hit a slot that is empty by then: about \(Int((left * 100).rounded())) % stay filled)"
        }
        if let settleNanoseconds { text += ", then \(timeText(settleNanoseconds)) of rest" }
        return text
    }

    private func mixture(_ operations: [WeightedOperation]) -> String {
        let text = shares(operations)
        guard has(.allocate) else { return text }
        switch sizes {
        case .fixed(let size): return "\(text) of \(grouped(size)) bytes"
        case .uniform(let least, let most): return "\(text) of \(span(least, most)) (all sizes as likely)"
        case .logUniform(let least, let most): return "\(text) of \(span(least, most)) (all octaves as likely)"
        case .logNormal(let mean, _, let least, let most):
            let middle = grouped(Int(exp(mean).rounded()))
            return "\(text) of \(span(least, most)) (log-normal around \(middle))"
        }
    }

    private func span(_ least: Int, _ most: Int) -> String { "\(grouped(least)) to \(grouped(most)) bytes" }

    /// The share of slots that a phase leaves filled which only gives back, at keys drawn evenly: a slot is missed by
    /// all of them with the probability `(1 - 1 / slots) ^ count`. Nil for any other phase.
    private func shareLeft(of slots: Int) -> Double? {
        guard roles.isEmpty, operations.map(\.kind) == [.free], case .uniform = keys, let count, slots > 0 else {
            return nil
        }
        return exp(-Double(count) / Double(slots))
    }
}

extension RoleSpecification {
    /// `writer (1 thread: update at 20,000/s)`.
    fileprivate var summary: String {
        let pace = arrival.map { " at \(rateText($0.ratePerSecond))" } ?? ""
        let stalled = isStalled ? " once, then holding on" : ""
        let count = threads == 1 ? "1 thread" : "\(threads) threads"
        return "\(name) (\(count): \(shares(operations))\(stalled)\(pace))"
    }
}

/// `get`, `95 % get and 5 % neighbors`.
private func shares(_ operations: [WeightedOperation]) -> String {
    let total = operations.reduce(0) { $0 + $1.weight }
    guard operations.count > 1, total > 0 else { return operations.first?.kind.name ?? "nothing" }
    return joined(
        operations.sorted { $0.weight > $1.weight }.map { operation in
            let percent = Double(operation.weight) / Double(total) * 100
            return "\(percent < 9.5 ? tenths(percent) : "\(Int(percent.rounded()))") % \(operation.kind.name)"
        })
}

private func tenths(_ value: Double) -> String {
    let number = Int((value * 10).rounded())
    return number.isMultiple(of: 10) ? "\(number / 10)" : "\(number / 10).\(number % 10)"
}

private func rateText(_ rate: Double) -> String { "\(grouped(Int(rate.rounded())))/s" }

/// The time in the largest unit that leaves a whole number.
private func timeText(_ nanoseconds: UInt64) -> String {
    let units: [(UInt64, String)] = [(60_000_000_000, "min"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")]
    let unit = units.first { nanoseconds >= $0.0 && nanoseconds.isMultiple(of: $0.0) } ?? (1, "ns")
    return "\(nanoseconds / unit.0) \(unit.1)"
}

/// A whole number with its thousands apart: `1,000,000`; what is no number stays as it is.
private func grouped(_ text: String) -> String { Int(text).map(grouped) ?? text }

private func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
        text.append(digit)
    }
    return number < 0 ? "-" + text : text
}

/// `a`, `a and b`, `a, b and c`.
private func joined(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
}
