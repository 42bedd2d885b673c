import BenchResults
import Foundation

/// JUnit XML by the schema of Jenkins' xunit plugin: a suite for each scenario, one of the documented targets, and one
/// of the gate's tests where the run was one.
///
/// A missed target, arms that answered differently and a regression are failures; what was not measured or could not be
/// resolved is skipped; a run that was interrupted is an error. A case's time is what the phase took, by the median
/// block.
enum JUnitExport {
    /// Nil for a run without figures, targets and gate.
    static func text(_ source: ExportSource) -> String? {
        var suites = scenarios(source)
        if !source.targets.isEmpty { suites.append(targets(source.targets)) }
        if let gate = source.gate { suites.append(self.gate(gate)) }
        guard !suites.isEmpty else { return nil }
        suites.append(run(source))
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"strata\" tests=\"\(suites.reduce(0) { $0 + $1.cases.count })\""
        text += " failures=\"\(suites.reduce(0) { $0 + $1.failures })\""
        text += " errors=\"\(suites.reduce(0) { $0 + $1.errors })\">\n"
        for suite in suites { text += suite.text(startedAt: source.environment?.startedAt, run: source.name) }
        return text + "</testsuites>\n"
    }

    // MARK: What is told

    private static func scenarios(_ source: ExportSource) -> [Suite] {
        struct Place: Hashable {
            var scenario: String, phase: String
            var arm: ArmKey
        }
        var order: [Place] = []
        var groups: [Place: [ExportGroup]] = [:]
        for group in ExportGroup.all(source) {
            let place = Place(scenario: group.scenario, phase: group.phase, arm: group.arm)
            if groups[place] == nil { order.append(place) }
            groups[place, default: []].append(group)
        }
        var suites: [Suite] = []
        for place in order {
            if suites.last?.name != place.scenario { suites.append(Suite(name: place.scenario)) }
            let own = groups[place] ?? []
            var test = Case(className: "\(place.scenario).\(place.phase)", name: place.arm.label)
            test.seconds = own.compactMap { $0.figure("wall_time") }.filter { $0.unit == "ns" }
                .map { $0.median / 1e9 }.max()
            test.output = own.map(figures).joined()
            if let conflict = conflict(place.scenario, place.phase, place.arm, source.verdict) {
                test.outcome = .failure("answers differ", conflict)
            }
            suites[suites.count - 1].cases.append(test)
        }
        return suites
    }

    private static func figures(_ group: ExportGroup) -> String {
        group.figures.map { figure in
            "\(group.path.joined(separator: "/")) \(figure.metric): \(CSVNumber.text(figure.median)) \(figure.unit) "
                + "[\(CSVNumber.text(figure.low)), \(CSVNumber.text(figure.high))], \(figure.values.count) blocks\n"
        }.joined()
    }

    private static func conflict(
        _ scenario: String, _ phase: String, _ arm: ArmKey, _ verdict: VerdictDocument?
    ) -> String? {
        verdict?.digestConflicts.first { conflict in
            conflict.scenario == scenario && conflict.phase == phase
                && conflict.answers.contains { answer in
                    answer.arms.contains { $0 == arm.label || $0.hasPrefix("\(arm.label) (") }
                }
        }?.description
    }

    private static func targets(_ rows: [TargetRow]) -> Suite {
        var suite = Suite(name: "targets")
        for row in rows {
            var test = Case(className: "targets.\(row.scenario)", name: row.target)
            let bound = "\(row.comparison) \(CSVNumber.text(row.threshold)) \(row.unit)"
            let measured = row.measured.map { "\(CSVNumber.text($0)) \(row.unit)" } ?? "nothing"
            let told = "measured \(measured), documented \(bound)"
            test.output = "\(row.claim)\n\(told)\n\(row.scale.isEmpty ? "" : "\(row.scale)\n")"
            switch row.verdict {
            case .met: break
            case .missed: test.outcome = .failure(told, row.claim)
            case .notMeasured: test.outcome = .skipped("not measured in this run")
            }
            suite.cases.append(test)
        }
        return suite
    }

    private static func gate(_ gate: GateDocument) -> Suite {
        var suite = Suite(name: "gate")
        for row in gate.tests {
            var test = Case(className: "gate.\(row.scenario).\(row.phase)", name: "\(row.metric) \(row.subject)")
            func percent(_ value: Double) -> String { "\(Unit.fixed(value * 100, 2)) %" }
            let told =
                "worse by \(percent(row.change)) [\(percent(row.low)), \(percent(row.high))], "
                + "allowed \(percent(row.tolerance)), n = \(row.n)"
            test.output = told + "\n"
            switch row.outcome {
            case .pass, .improvement: break
            case .regression: test.outcome = .failure(told, told)
            case .unresolved: test.outcome = .skipped(told)
            }
            suite.cases.append(test)
        }
        var verdict = Case(className: "gate", name: "verdict")
        verdict.output = gate.reasons.map { $0 + "\n" }.joined()
        switch gate.verdict {
        case .pass: break
        case .regression: verdict.outcome = .failure("REGRESSION", verdict.output)
        case .inconclusive: verdict.outcome = .skipped("INCONCLUSIVE")
        case .incomparable: verdict.outcome = .error("INCOMPARABLE", verdict.output)
        }
        suite.cases.append(verdict)
        return suite
    }

    /// Whether the run came to its end.
    private static func run(_ source: ExportSource) -> Suite {
        var suite = Suite(name: "run")
        var test = Case(className: "run", name: "complete")
        test.output = (source.warnings + (source.verdict?.warnings ?? [])).map { $0 + "\n" }.joined()
        switch source.verdict?.complete {
        case true: break
        case false: test.outcome = .error("the run was interrupted", "its finished blocks are valid")
        case nil: test.outcome = .skipped("the folder holds no verdict.json")
        }
        suite.cases.append(test)
        return suite
    }

    // MARK: How it is written

    private struct Suite {
        var name: String
        var cases: [Case] = []

        var failures: Int { cases.count { if case .failure = $0.outcome { true } else { false } } }
        var errors: Int { cases.count { if case .error = $0.outcome { true } else { false } } }
        var skipped: Int { cases.count { if case .skipped = $0.outcome { true } else { false } } }

        func text(startedAt: String?, run: String) -> String {
            var text = "  <testsuite name=\"\(escaped(name))\" tests=\"\(cases.count)\" failures=\"\(failures)\""
            text += " errors=\"\(errors)\" skipped=\"\(skipped)\""
            let seconds = cases.compactMap(\.seconds).reduce(0, +)
            // The schema allows a suite milliseconds at the finest.
            text += " time=\"\(Unit.fixed(seconds, 3))\""
            if let startedAt { text += " timestamp=\"\(escaped(startedAt))\"" }
            text += ">\n    <properties><property name=\"run\" value=\"\(escaped(run))\"/></properties>\n"
            return text + cases.map(\.text).joined() + "  </testsuite>\n"
        }
    }

    private struct Case {
        enum Outcome {
            case passed
            case failure(String, String)
            case error(String, String)
            case skipped(String)
        }

        var className: String
        var name: String
        var seconds: Double?
        var output = ""
        var outcome = Outcome.passed

        init(className: String, name: String) {
            self.className = className
            self.name = name
        }

        var text: String {
            var text = "    <testcase classname=\"\(escaped(className))\" name=\"\(escaped(name))\""
            if let seconds { text += " time=\"\(Unit.fixed(seconds, 6))\"" }
            text += ">\n"
            switch outcome {
            case .passed: break
            case .failure(let message, let detail):
                text += "      <failure message=\"\(escaped(message))\">\(escaped(detail))</failure>\n"
            case .error(let message, let detail):
                text += "      <error message=\"\(escaped(message))\">\(escaped(detail))</error>\n"
            case .skipped(let message): text += "      <skipped message=\"\(escaped(message))\"/>\n"
            }
            if !output.isEmpty { text += "      <system-out>\(escaped(output))</system-out>\n" }
            return text + "    </testcase>\n"
        }
    }

    /// A text inside of XML, in an element or in quotes. Characters that XML 1.0 cannot hold at all become blanks.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value & 0xFFFE == 0xFFFE: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
