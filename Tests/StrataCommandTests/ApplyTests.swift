import Foundation
import Testing

@Suite("Applying operations to a database")
struct ApplyTests {
    private static func apply(
        _ lines: [String], to database: String, _ folder: TemporaryFolder, options: [String] = []
    ) async throws -> Outcome {
        let input = try folder.write(lines.joined(separator: "\n") + "\n", to: "operations.jsonl")
        return try await Running(["apply", database] + options, input: input).end(within: .seconds(60))
    }

    @Test("operations are acknowledged one by one, and found by queries, backups and reopenings")
    func acknowledged() async throws {
        let folder = try TemporaryFolder()
        let database = folder.path("db")
        let outcome = try await Self.apply(
            [
                #"{"op":"insert","id":"ada","type":"person","properties":{"born":"1815","likes":["sums","poems"]}}"#,
                #"{"op":"insert","id":"engine","type":"machine","properties":{"wheels":1000}}"#,
                "",
                #"{"op":"relate","source":"ada","type":"described","target":"engine"}"#,
                #"{"op":"insert","id":"gone","type":"person"}"#,
                #"{"op":"relate","source":"gone","type":"knows","target":"ada"}"#,
                #"{"op":"delete","id":"gone"}"#,
                #"{"op":"update","id":"ada","properties":{"likes":null,"title":"countess"}}"#,
            ], to: database, folder, options: ["--durability", "commit"])
        expectSuccess(outcome)
        #expect(outcome.output == (1...7).map { "ok \($0)\n" }.joined())

        let entity = try await Strata.run("query", database, "entity", "ada", "--json")
        expectSuccess(entity)
        #expect(entity.output.contains(#""properties":{"born":"1815","title":"countess"}"#), "\(entity)")
        let neighbors = try await Strata.run("query", database, "neighbors", "engine", "--in", "--json")
        #expect(try neighbors.json(Answers.Neighbors.self).neighbors.map(\.name) == ["ada"])
        expectRefusal(try await Strata.run("query", database, "entity", "gone"), exit: 2, saying: ["gone"])
        let found = try await Strata.run("query", database, "find", "wheels", "1000")
        #expect(found.output == "engine\n", "\(found)")
        let path = try await Strata.run("query", database, "path", "ada", "engine")
        #expect(path.output == "ada engine\n", "\(path)")

        expectSuccess(try await Strata.run("verify", database))
        let inspection = try await Strata.run("inspect", database, "--json")
        #expect(inspection.output.contains(#""sequence":7"#), "\(inspection)")
        expectSuccess(try await Strata.run("backup", database, "--out", folder.path("copy.strata")))
        expectSuccess(try await Strata.run("verify", folder.path("copy.strata")))
        let copied = try await Strata.run("query", folder.path("copy.strata"), "entity", "ada", "--json")
        #expect(copied.output == entity.output)
    }

    @Test(
        "a line that cannot be applied is an error with its number, and what was before it stays",
        arguments: [
            (#"{"op":"insert""#, ["JSON"]), ("7", ["object"]), (#"{"op":"inzert","id":"x"}"#, ["inzert", "insert"]),
            (#"{"op":"insert","id":"x"}"#, ["type"]), (#"{"op":"insert","id":"a","type":"t"}"#, ["'a'"]),
            (#"{"op":"delete","id":"nobody"}"#, ["nobody"]), (#"{"op":"delete","id":-1}"#, ["id"]),
            (#"{"op":"delete","id":true}"#, ["id"]), (#"{"op":"relate","source":"a","target":"a"}"#, ["type"]),
            (#"{"op":"insert","id":"x","type":"t","props":{}}"#, ["props"]),
            (#"{"op":"insert","id":"x","type":"t","properties":{"k":{}}}"#, ["k"]),
            (#"{"op":"insert","id":"x","type":"t","embedding":["a"]}"#, ["embedding"]),
            ("{\"op\":\"insert\",\"id\":\"\u{FFFF}", ["JSON"]),
        ])
    func refused(_ line: String, _ words: [String]) async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Self.apply(
            [#"{"op":"insert","id":"a","type":"t"}"#, "", line, #"{"op":"insert","id":"b","type":"t"}"#],
            to: folder.path("db"), folder)
        expectRefusal(outcome, exit: 2, saying: ["line 3"] + words)
        #expect(outcome.output == "ok 1\n", "\(outcome)")
        let inspection = try await Strata.run("inspect", folder.path("db"), "--json")
        #expect(inspection.output.contains(#""sequence":1"#), "\(inspection)")
    }

    @Test("what is no database is refused, and left as it is")
    func noDatabase() async throws {
        let folder = try TemporaryFolder()
        try folder.write("dear", to: "letters/one")
        try folder.write("text", to: "file")
        expectRefusal(
            try await Self.apply([], to: folder.path("letters"), folder), exit: 2, saying: ["letters", "one"])
        expectRefusal(try await Self.apply([], to: folder.path("file"), folder), exit: 2, saying: ["file"])
        expectRefusal(
            try await Strata.run("backup", folder.path("none"), "--out", folder.path("x")), exit: 2, saying: ["none"])
        expectRefusal(
            try await Strata.run("query", folder.path("letters"), "entity", "1"), exit: 2, saying: ["letters"])
        expectRefusal(
            try await Strata.run("apply", folder.path("db"), "--durability", "always"), exit: 64, saying: ["always"])
        #expect(folder.names(in: "letters") == ["lock", "one"] || folder.names(in: "letters") == ["one"])
    }

    /// The process is killed at random; what it had acknowledged by then is there, in order, and nothing half of it.
    @Test("killed at random, nothing acknowledged is missing", arguments: [1, 2, 3] as [UInt64])
    func killed(seed: UInt64) async throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<(ProcessInfo.processInfo.environment["STRATA_LONG"] == nil ? 1 : 330) {
            let folder = try TemporaryFolder()
            let count = 20_000
            var lines: [String] = []
            for number in 0..<count {
                lines.append(
                    number % 2 == 0
                        ? #"{"op":"insert","id":"n\#(number)","type":"t","properties":{"number":"\#(number)"}}"#
                        : #"{"op":"relate","source":"n\#(number - 1)","type":"next","target":"n0"}"#)
            }
            let input = try folder.write(lines.joined(separator: "\n"), to: "operations.jsonl")
            let running = try Running(["apply", folder.path("db")], input: input)
            let limit = ContinuousClock.now + .seconds(60)
            // At a random moment after it has begun to acknowledge, or before.
            let wanted =
                Int.random(in: 0..<3, using: &random) == 0 ? "" : "ok \(Int.random(in: 1..<4_000, using: &random))\n"
            while !running.written.output.contains(wanted), running.isRunning, ContinuousClock.now < limit {
                try await Task.sleep(for: .milliseconds(1))
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<200, using: &random)))
            running.killAtOnce()
            let outcome = try await running.end(within: .seconds(60))
            let acknowledged = outcome.output.split(separator: "\n").last.flatMap { Int($0.dropFirst(3)) } ?? 0
            guard folder.has("db/root") else {
                #expect(acknowledged == 0)
                continue
            }
            expectSuccess(try await Strata.run("verify", folder.path("db")))
            expectSuccess(try await Strata.run("backup", folder.path("db"), "--out", folder.path("copy.strata")))
            struct Header: Decodable {
                let entityCount: Int
                let relationshipCount: Int
                enum CodingKeys: String, CodingKey {
                    case entityCount = "entity_count"
                    case relationshipCount = "relationship_count"
                }
            }
            let inspection = try await Strata.run("inspect", folder.path("copy.strata"), "--json")
            let header = try inspection.json(Header.self)
            let applied = header.entityCount + header.relationshipCount
            #expect(applied >= acknowledged && applied <= count, "\(acknowledged) acknowledged, \(applied) there")
            #expect(header.entityCount == (applied + 1) / 2)
            guard acknowledged > 0 else { continue }
            let last = (acknowledged - 1) / 2 * 2
            let entity = try await Strata.run("query", folder.path("db"), "find", "number", "\(last)")
            #expect(entity.output == "n\(last)\n", "\(entity)")
            // It goes on.
            let more = try await Self.apply([#"{"op":"insert","id":"more","type":"t"}"#], to: folder.path("db"), folder)
            #expect(more.output == "ok 1\n", "\(more)")
        }
    }
}
