import GraphData

extension Scenario {
    /// The scenario as YAML: no profiles, nothing left to defaults. Read again, it gives the same scenario and hash.
    public func yaml() -> String {
        var lines = ["name: \(name)", "title: \(quoted(title))", "description: \(quoted(description))"]
        lines += workload
        lines += [
            "arms:",
            "  subjects: \(flow(arms.subjects))", "  allocators: \(flow(arms.allocators))",
        ]
        if !arms.allocatorOptions.isEmpty {
            lines.append("  allocator_options:")
            for (allocator, options) in arms.allocatorOptions.sorted(by: { $0.key < $1.key }) {
                lines.append("    \(allocator): \(flow(options.map(quoted)))")
            }
        }
        lines += [
            "  strategies: \(flow(arms.strategies))", "  threads: \(flow(arms.threads.map { "\($0)" }))",
        ]
        lines += sweepLines
        lines += phaseLines
        lines.append("blocks: \(blocks)")
        if let precision { lines += ["max_blocks: \(maximumBlocks)", "precision: \(precision)"] }
        lines += ["warmup_blocks: \(warmupBlocks)", "seed: \(seed)"]
        lines += mapping("tolerance", tolerance.mapValues { "\($0)" })
        if !targets.isEmpty { lines.append("targets: \(flow(targets))") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a block of an arm does, as 16 hexadecimal digits: equal hashes mean comparable samples.
    ///
    /// It covers name, data set or command, sweep, configuration, phases and seed after profile and overrides. Prose,
    /// the choice of arms, the number of blocks and what decides about it, tolerances and targets do not change what is
    /// measured, hence not the hash.
    public var hash: String {
        let lines = ["scenario 1", "name: \(name)"] + workload + sweepLines + phaseLines + ["seed: \(seed)"]
        let text = lines.joined(separator: "\n")
        let digest = Array(text.utf8).withUnsafeBytes { ContentDigest.hash($0) }
        let digits = String(digest, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private var workload: [String] {
        command.isEmpty ? dataset.map { [$0.yaml] } ?? [] : ["command: \(flow(command.map(quoted)))"]
    }

    private var phaseLines: [String] {
        mapping("configuration", configuration) + (phases.isEmpty ? [] : ["phases:"]) + phases.map(\.yaml)
    }

    private var sweepLines: [String] {
        guard !sweep.isEmpty else { return [] }
        return ["sweep:"] + sweep.map { axis in "  \(axis.key): \(flow(axis.values.map { axis.written($0) }))" }
    }
}

extension SweepAxis {
    /// A value as it has to be written to be read again: numbers and truth values plain, all else quoted.
    fileprivate func written(_ value: String) -> String {
        let isText = key == "dataset.file" || key.hasPrefix("command.")
        let isPlain =
            value == "true" || value == "false" || value.utf8.allSatisfy { "+-.0123456789e".utf8.contains($0) }
        return isPlain && !isText ? value : quoted(value)
    }
}

extension DatasetSpecification {
    fileprivate var yaml: String {
        var lines = ["dataset:", "  source: \(source.rawValue)"]
        if let file { lines.append("  file: \(quoted(file))") }
        if let synthetic {
            lines += [
                "  entities: \(synthetic.entities)", "  edges_per_entity: \(synthetic.edgesPerEntity)",
                "  degree_distribution: \(synthetic.degreeDistribution.rawValue)",
                "  properties_per_entity: \(synthetic.propertiesPerEntity)",
                "  distinct_values: \(synthetic.distinctValues)",
                "  embedding_dimensions: \(synthetic.embeddingDimensions)",
            ]
        }
        if let trace {
            lines += ["  law: \(trace.law.rawValue)", "  accesses: \(trace.accesses)", "  keys: \(trace.keys)"]
        }
        return lines.joined(separator: "\n")
    }
}

extension PhaseSpecification {
    fileprivate var yaml: String {
        var lines = ["  - name: \(name)"]
        if let count { lines.append("    count: \(count)") }
        if let durationNanoseconds { lines.append("    duration: \(time(durationNanoseconds))") }
        if roles.isEmpty {
            lines += mixture.map { "    \($0)" }
        } else {
            lines.append("    roles:")
            for role in roles {
                lines += ["      - name: \(role.name)", "        threads: \(role.threads)"]
                lines += specification(of: role).mixture.map { "        \($0)" }
                lines.append("        stalled: \(role.isStalled)")
            }
        }
        if has(.allocate) { lines.append("    sizes: \(sizes)") }
        if remoteFrees > 0 { lines.append("    remote_frees: \(remoteFrees)") }
        // Only where it is said: the hashes of scenarios that say nothing of it stay.
        if store != .memory { lines.append("    store: \(store.rawValue)") }
        if canWarmUp { lines.append("    warmup: \(warmsUp ? "steady" : "none")") }
        if let settleNanoseconds { lines.append("    settle: \(time(settleNanoseconds))") }
        return lines.joined(separator: "\n")
    }

    /// The lines that a phase and a role have in common.
    private var mixture: [String] {
        let weights = operations.map { "\($0.kind.name): \($0.weight)" }.joined(separator: ", ")
        var lines = ["operations: { \(weights) }"]
        if usesKeys { lines.append("keys: \(keys)") }
        if has(.traverse) { lines.append("depth: \(depth)") }
        if has(.similar) { lines.append("k: \(k)") }
        // Only where it is said: the hashes of scenarios that say nothing of it stay.
        if has(.similar), breadth != 64 { lines.append("breadth: \(breadth)") }
        if has(.getBatch) { lines.append("batch: \(batch)") }
        if let arrival { lines += ["rate: \(arrival.rateText)", "arrival: \(arrival.law.rawValue)"] }
        return lines
    }
}

private func mapping(_ name: String, _ values: [String: String]) -> [String] {
    guard !values.isEmpty else { return [] }
    return ["\(name):"] + values.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
}

private func flow(_ values: [String]) -> String { "[\(values.joined(separator: ", "))]" }

/// Nanoseconds in the largest unit that divides them.
private func time(_ nanoseconds: UInt64) -> String {
    for (unit, size) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)] as [(String, UInt64)]
    where nanoseconds % size == 0 {
        return "\(nanoseconds / size)\(unit)"
    }
    return "\(nanoseconds)ns"
}

/// Text in double quotes, safe whatever it holds.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        default:
            let isControl = scalar.properties.generalCategory == .control
            // Unicode's own line ends would be folded into spaces.
            if isControl || scalar == "\u{2028}" || scalar == "\u{2029}" || scalar == "\u{FEFF}" {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result + "\""
}
