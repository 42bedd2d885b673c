import BenchResults
import Foundation
import FoundationXML
import Testing

@testable import BenchReport

/// The XML, checked against the rules of `junit-10.xsd` of Jenkins' xunit plugin, which stand in ``Schema``. The schema
/// itself has validated the export of a stored run.
@Suite struct JUnitExportTests {
    /// What an element may and must have.
    private struct Rule {
        var required: Set<String> = []
        var optional: Set<String> = []
        var children: Set<String> = []
        var holdsText = false
    }

    private static let schema: [String: Rule] = [
        "testsuites": Rule(
            optional: ["name", "time", "tests", "failures", "errors"], children: ["testsuite"]),
        "testsuite": Rule(
            required: ["name", "tests", "failures", "errors"],
            optional: [
                "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url",
            ], children: ["testsuite", "properties", "testcase", "system-out", "system-err"]),
        "properties": Rule(children: ["property"]),
        "property": Rule(required: ["name", "value"]),
        "testcase": Rule(
            required: ["name"], optional: ["time", "classname", "group"],
            children: [
                "skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError",
                "system-out", "system-err",
            ]),
        "failure": Rule(optional: ["type", "message"], holdsText: true),
        "error": Rule(optional: ["type", "message"], holdsText: true),
        "skipped": Rule(optional: ["type", "message"], holdsText: true),
        "system-out": Rule(holdsText: true),
        "system-err": Rule(holdsText: true),
    ]

    /// Reads the XML and notes what breaks a rule.
    private final class Reader: NSObject, XMLParserDelegate {
        var violations: [String] = []
        var cases: [String: [String]] = [:]
        var suites: [[String: String]] = []
        private var open: [String] = []
        private var test = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            defer { open.append(name) }
            guard let rule = JUnitExportTests.schema[name] else { return violations.append("element \(name)") }
            if open.isEmpty, name != "testsuites" { violations.append("root \(name)") }
            if let parent = open.last, JUnitExportTests.schema[parent]?.children.contains(name) != true {
                violations.append("\(name) in \(parent)")
            }
            for missing in rule.required.subtracting(attributes.keys) {
                violations.append("\(name) without \(missing)")
            }
            for key in attributes.keys where !rule.required.union(rule.optional).contains(key) {
                violations.append("\(name) with \(key)")
            }
            if name != "testcase", let time = attributes["time"], time.wholeMatch(of: /[0-9]+\.[0-9]{3}/) == nil {
                violations.append("time \(time)")
            }
            if name == "testsuite" { suites.append(attributes) }
            if name == "testcase" {
                test = "\(attributes["classname"] ?? "") \(attributes["name"] ?? "")"
                if cases[test] != nil { violations.append("\(test) twice") }
                cases[test] = []
            } else if open.last == "testcase" {
                cases[test, default: []].append(name)
            }
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) { open.removeLast() }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            guard let name = open.last, JUnitExportTests.schema[name]?.holdsText == false else { return }
            if !text.allSatisfy(\.isWhitespace) { violations.append("text in \(name)") }
        }
    }

    private func read(_ source: ExportSource) throws -> Reader {
        let text = try Export.text(source, as: .junit)
        let reader = Reader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))\n\(text)")
        return reader
    }

    @Test func keepsTheRulesOfTheSchema() throws {
        let reader = try read(ExportRun.source)
        #expect(reader.violations.isEmpty)
        #expect(reader.suites.map { $0["name"] } == ["epoch-readers", "targets", "run"])
        #expect(reader.suites.map { $0["tests"] } == ["2", "3", "1"])
        #expect(reader.suites.map { $0["failures"] } == ["1", "1", "0"])
        #expect(reader.suites.map { $0["skipped"] } == ["0", "1", "0"])
        #expect(reader.suites[0]["time"] == "3.000")
    }

    @Test func targetsPassFailOrAreSkipped() throws {
        let cases = try read(ExportRun.source).cases
        #expect(cases["targets.epoch-readers fast"] == ["system-out"])
        #expect(cases["targets.epoch-readers small"] == ["failure", "system-out"])
        #expect(cases["targets.epoch-readers later"] == ["skipped", "system-out"])
    }

    @Test func armsThatAnsweredDifferentlyFail() throws {
        let cases = try read(ExportRun.source).cases
        #expect(cases["epoch-readers.read-while \(ExportRun.plain.label)"] == ["system-out"])
        #expect(cases["epoch-readers.read-while \(ExportRun.swept.label)"] == ["failure", "system-out"])
    }

    @Test func aRunThatWasInterruptedIsAnError() throws {
        var source = ExportRun.source
        source.verdict?.complete = false
        let reader = try read(source)
        #expect(reader.cases["run complete"] == ["error"])
        #expect(reader.suites.last?["errors"] == "1")
        source.verdict = nil
        #expect(try read(source).cases["run complete"] == ["skipped"])
    }

    @Test func aGatesTestsAreCases() throws {
        var source = ExportSource(name: "gate", samples: [])
        func test(_ metric: String, _ outcome: GateDocument.Test.Outcome) -> GateDocument.Test {
            GateDocument.Test(
                scenario: "s", phase: "p", subject: "get", metric: metric, tier: "count", n: 2, change: 0.1, low: 0.1,
                high: 0.1, tolerance: 0.005, outcome: outcome)
        }
        source.gate = GateDocument(
            verdict: .regression, reasons: ["more <instructions>"],
            tests: [test("a", .pass), test("b", .regression), test("c", .unresolved), test("d", .improvement)],
            baseline: "x", candidate: "y")
        let reader = try read(source)
        #expect(reader.violations.isEmpty)
        #expect(reader.cases["gate.s.p b get"] == ["failure", "system-out"])
        #expect(reader.cases["gate.s.p c get"] == ["skipped", "system-out"])
        #expect(reader.cases["gate.s.p d get"] == ["system-out"])
        #expect(reader.cases["gate verdict"] == ["failure", "system-out"])
    }

    @Test func controlCharactersDoNotBreakTheXML() throws {
        var source = ExportRun.source
        source.warnings = ["a\u{0}b\u{1B}[31m\u{FFFE}\n]]>"]
        #expect(try read(source).violations.isEmpty)
    }

    /// Where the machine has xmllint, it reads the file too.
    @Test func xmllintReadsIt() throws {
        guard let xmllint = ExecutableLookup.environment.find("xmllint") else { return }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString).xml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(try Export.text(ExportRun.source, as: .junit).utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: xmllint)
        process.arguments = ["--noout", file.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
