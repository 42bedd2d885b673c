import Foundation
import Glibc
import Testing

@Suite("Runs for other tools")
struct ExportCommandTests {
    private static let stored = Strata.root.appendingPathComponent("results/baseline").path

    @Test("each format of a stored run is written", arguments: ["jmh", "benchstat", "junit", "github-action"])
    func formats(_ format: String) async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("run")
        expectSuccess(try await Strata.run("export", Self.stored, "--format", format, "--out", file))
        let text = try folder.read("run")
        switch format {
        case "jmh", "github-action":
            let list = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            #expect(list.count > 50)
        case "junit": #expect(text.hasPrefix("<?xml") && text.hasSuffix("</testsuites>\n"))
        default: #expect(text.split(separator: "\n").count { $0.hasPrefix("Benchmark") } > 100)
        }
    }

    @Test("standard output holds the export and nothing else")
    func standardOutput() async throws {
        let outcome = try await Strata.run(
            "export", Self.stored, "--format", "github-action", "--better", "bigger")
        expectSuccess(outcome)
        let list = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
        #expect(list?.isEmpty == false)
    }

    @Test("a link and a pipe are written through, not replaced")
    func specialFiles() async throws {
        let folder = try TemporaryFolder()
        let (link, pipe) = (folder.path("link"), folder.path("pipe"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path("target"))
        let words = ["export", Self.stored, "--format", "github-action", "--better", "bigger", "--out"]
        expectSuccess(try await Strata.run(words + [link]))
        let text = try folder.read("target")
        #expect(text.hasPrefix("["))
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == folder.path("target"))

        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/bin/cat")
        reader.arguments = [pipe]
        reader.standardOutput = try FileHandle(forWritingTo: try folder.write("", to: "read"))
        try reader.run()
        defer { reader.terminate() }
        expectSuccess(try await Strata.run(words + [pipe]))
        // Had a file taken the pipe's place, the reader would wait for ever.
        try #require(
            try FileManager.default.attributesOfItem(atPath: pipe)[.type] as? FileAttributeType != .typeRegular)
        try await onThread { [reader = SendableProcess(reader)] in reader.process.waitUntilExit() }
        #expect(try folder.read("read") == text)
    }

    @Test("an unknown format, a missing run and a run without histograms are told in a sentence")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        expectRefusal(try await Strata.run("export", Self.stored, "--format", "excel"), exit: 64, saying: ["excel"])
        expectRefusal(try await Strata.run("export", Self.stored), exit: 64, saying: ["--format"])
        expectRefusal(
            try await Strata.run("export", folder.path("no"), "--format", "jmh"), exit: 2, saying: [folder.path("no")])
        expectRefusal(
            try await Strata.run("export", Self.stored, "--format", "hlog"), exit: 2, saying: ["histogram"])
    }
}

/// A process that one thread at a time asks.
private struct SendableProcess: @unchecked Sendable {
    let process: Process

    init(_ process: Process) { self.process = process }
}
