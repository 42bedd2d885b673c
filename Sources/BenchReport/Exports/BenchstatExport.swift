import BenchResults

/// The Go benchmark format (golang.org/design/14313-benchmark-format), which benchstat reads.
///
/// A line is a block of an operation of a phase of an arm, with all its metrics, so that benchstat sees the blocks as
/// repetitions. What the arm is stands in the name as keys: `benchstat -col /allocator run.txt` compares the allocators
/// of one run, `benchstat old.txt new.txt` two runs.
enum BenchstatExport {
    /// The metric that stands in front of the others, without a unit.
    private static let count = "operations"

    /// Nil for a run without figures.
    static func text(_ source: ExportSource) -> String? {
        let groups = ExportGroup.all(source)
        guard !groups.isEmpty else { return nil }
        var lines = configuration(source)
        var units: Set<String> = []
        for group in groups {
            for figure in group.figures where figure.metric != count && units.insert(unit(figure)).inserted {
                switch figure.direction {
                case .higher: lines.append("Unit \(unit(figure)) better=higher")
                case .lower: lines.append("Unit \(unit(figure)) better=lower")
                case .none: continue
                }
            }
        }
        lines.append("")
        var scenario: String?
        for group in groups {
            if group.scenario != scenario {
                scenario = group.scenario
                lines.append("pkg: \(value(group.scenario))")
            }
            let name = name(group)
            for block in group.blocks {
                var fields = [name, iterations(group, block)]
                for figure in group.figures where figure.metric != count {
                    guard let entry = figure.values.first(where: { $0.block == block }) else { continue }
                    fields += [CSVNumber.text(entry.value), unit(figure)]
                }
                lines.append(fields.joined(separator: " "))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What holds for all lines, one key each.
    private static func configuration(_ source: ExportSource) -> [String] {
        var lines = ["run: \(value(source.name))"]
        if let environment = source.environment {
            lines += [
                "goos: linux", "goarch: \(value(environment.machine.architecture))",
                "cpu: \(value(environment.machine.cpuModel))",
            ]
            if let commit = environment.commit { lines.append("commit: \(value(commit))") }
            lines.append("profile: \(value(environment.profile))")
        }
        return lines
    }

    /// A configuration's value: on one line, and something, since an empty one would delete its key.
    private static func value(_ text: String) -> String {
        let line = String(text.map { $0.isNewline || $0.isControl ? " " : $0 })
        return line.allSatisfy(\.isWhitespace) ? "unknown" : line
    }

    /// `BenchmarkEpochReaders/phase=load/subject=strata/allocator=glibc/strategy=bump-2`. The number at the end is that
    /// of the threads, as Go's is.
    private static func name(_ group: ExportGroup) -> String {
        let base = group.scenario.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        var keys = [("phase", group.phase)]
        if !group.role.isEmpty { keys.append(("role", group.role)) }
        if group.operation != group.phase { keys.append(("operation", group.operation)) }
        keys += [("subject", group.arm.subject), ("allocator", group.arm.allocator)]
        if !group.arm.allocatorOptions.isEmpty { keys.append(("options", group.arm.allocatorOptions)) }
        keys.append(("strategy", group.arm.strategy))
        for pair in group.arm.parameters.split(separator: ";") {
            let key = pair.prefix { $0 != "=" }
            keys.append((String(key), String(pair.dropFirst(key.count + 1))))
        }
        return "Benchmark" + word(base) + keys.map { "/\(word($0.0))=\(word($0.1))" }.joined()
            + "-\(group.arm.threads)"
    }

    /// A part of a name: blanks would end it, a slash begin another part.
    private static func word(_ text: String) -> String {
        String(text.map { $0.isWhitespace || $0.isControl || $0 == "/" ? "_" : $0 })
    }

    /// How many operations the figures of a block stand on; 1 where nobody counted.
    private static func iterations(_ group: ExportGroup, _ block: Int) -> String {
        let count = group.figure(count)?.values.first { $0.block == block }?.value ?? 1
        return String(count >= 1 && count < 1e18 ? Int(count) : 1)
    }

    /// A metric's unit: the metric's name, which tells the metrics of one unit apart, and the unit in the letters that
    /// benchstat knows, so that it scales them.
    private static func unit(_ figure: ExportGroup.Figure) -> String {
        let unit =
            switch figure.unit {
            case "bytes": "B"
            case "bytes/s": "B/s"
            case "operations/s": "op/s"
            default: figure.unit
            }
        return word(figure.metric) + "-" + (unit.isEmpty ? "count" : String(unit.map { $0.isWhitespace ? "_" : $0 }))
    }
}
