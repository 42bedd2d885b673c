import Foundation
import Testing

@Suite("Importing CSV and N-Triples")
struct ImportTextTests {
    private static let entities = #"""
        id,type,label,born,label\#r
        ada,person,"Ada, Countess of ""Lovelace""",1815,Ada\#r
        charles,person,Charles,,\#r
        engine,machine,"Analytical
        Engine",,\#r

        """#
    private static let relationships = """
        source,type,target,weight
        engine,built by,charles,0.5
        ada,knows,charles,1
        ada,wrote about,engine,

        """

    private func write(_ folder: TemporaryFolder) throws -> String {
        try folder.write(Self.entities, to: "graph/entities.csv")
        try folder.write(Self.relationships, to: "graph/relationships.csv")
        return folder.path("graph")
    }

    @Test("the way of a CSV graph: import, verify, query; a weight that is lost is told")
    func csv() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Strata.run("import", "csv", try write(folder), "--out", folder.path("g.strata"))
        expectSuccess(outcome)
        #expect(outcome.output.contains("3 entities, 3 relationships"), "\(outcome)")
        #expect(outcome.errors.contains("1 relationships have a weight other than 1"), "\(outcome)")
        #expect(folder.names() == ["g.strata", "graph"], "left behind: \(folder.names())")
        expectSuccess(try await Strata.run("verify", folder.path("g.strata")))
        let entity = try await Strata.run("query", folder.path("g.strata"), "entity", "ada", "--json")
        #expect(
            entity.output.contains(
                "\"properties\":{\"born\":\"1815\",\"label\":[\"Ada, Countess of \\\"Lovelace\\\"\",\"Ada\"]}"),
            "\(entity)")
        let found = try await Strata.run(
            "query", folder.path("g.strata"), "find", "label", "Analytical\nEngine", "--json")
        #expect(found.output.contains("\"engine\""), "\(found)")
        let neighbors = try await Strata.run("query", folder.path("g.strata"), "neighbors", "charles", "--in", "--json")
        #expect(
            Set(try neighbors.json(Answers.Neighbors.self).neighbors.map(\.name)) == ["ada", "engine"], "\(neighbors)")
    }

    @Test("the way of an N-Triples graph")
    func ntriples() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            <http://x/ada> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://x/Person> .
            <http://x/ada> <http://x/name> "Ada \\u2713"@en .
            <http://x/ada> <http://x/knows> _:charles . # not by name
            """, to: "g.nt")
        let out = folder.path("g.strata")
        expectSuccess(try await Strata.run("import", "ntriples", folder.path("g.nt"), "--out", out))
        expectSuccess(try await Strata.run("verify", out))
        let entity = try await Strata.run("query", out, "entity", "http://x/ada", "--json")
        #expect(
            entity.output.contains("\"properties\":{\"http://x/name@en\":\"Ada ✓\"},\"type\":\"http://x/Person\"}"),
            "\(entity)")
        let path = try await Strata.run("query", out, "path", "http://x/ada", "_:charles", "--json")
        #expect(try path.json(Answers.Path.self).path == ["http://x/ada", "_:charles"])
    }

    @Test("WordNet written as CSV gives the same answers as WordNet")
    func wordNetAsCSV() async throws {
        let folder = try TemporaryFolder()
        let wordNet = try await SmallWordNet.snapshot(in: folder)
        var (entities, relationships) = ("id,type,words,words,pos,lexfile,gloss\n", "source,type,target,weight\n")
        for name in SmallWordNet.names {
            struct Entity: Decodable {
                struct Properties: Decodable {
                    let words: OneOrMany
                    let pos: String
                    let lexfile: String
                    let gloss: String
                }

                enum OneOrMany: Decodable {
                    case texts([String])

                    init(from decoder: any Decoder) throws {
                        let container = try decoder.singleValueContainer()
                        if let one = try? container.decode(String.self) {
                            self = .texts([one])
                        } else {
                            self = .texts(try container.decode([String].self))
                        }
                    }
                }

                let type: String
                let properties: Properties
            }
            let entity = try await Strata.run("query", wordNet, "entity", name, "--json").json(Entity.self)
            guard case .texts(let words) = entity.properties.words else { continue }
            let cells = [name, entity.type, words[0], words.count > 1 ? words[1] : ""]
            entities += cells.joined(separator: ",")
            entities += ",\(entity.properties.pos),\(entity.properties.lexfile),\"\(entity.properties.gloss)\"\n"
            let neighbors = try await Strata.run("query", wordNet, "neighbors", name, "--json")
            for neighbor in try neighbors.json(Answers.Neighbors.self).neighbors {
                relationships += "\(name),\(neighbor.type),\(neighbor.name),1\n"
            }
        }
        try folder.write(entities, to: "csv/entities.csv")
        try folder.write(relationships, to: "csv/relationships.csv")
        let copy = folder.path("copy.strata")
        expectSuccess(try await Strata.run("import", "csv", folder.path("csv"), "--out", copy))
        for words in [["top", "--k", "9"], ["pattern", "?", "?", "?"], ["pattern", "?", "words", "=dog"]] {
            let answers = [
                try await Strata.run(["query", wordNet] + words + ["--json"]).output,
                try await Strata.run(["query", copy] + words + ["--json"]).output,
            ]
            #expect(answers[0] == answers[1] && answers[0].contains("\""), "\(words)")
        }
        for name in SmallWordNet.names {
            let answers = [
                try await Strata.run("query", wordNet, "entity", name, "--json").output,
                try await Strata.run("query", copy, "entity", name, "--json").output,
            ]
            #expect(answers[0] == answers[1], "\(name)")
        }
    }

    @Test(
        "what is wrong in a file is an error with file, line and column, and leaves nothing",
        arguments: [
            ("entities.csv", "machine,", "machine,,", "entities.csv:5:10: expected 5 fields"),
            ("entities.csv", "Countess", "Coun\u{0}\"tess", "entities.csv:2:"),
            (
                "relationships.csv", ",charles,1", ",carl,1",
                "relationships.csv:3:11: no entity of entities.csv has the id"
            ),
        ])
    func malformed(_ change: (file: String, piece: String, replacement: String, error: String)) async throws {
        let folder = try TemporaryFolder()
        let directory = try write(folder)
        let text = change.file == "entities.csv" ? Self.entities : Self.relationships
        try folder.write(
            text.replacingOccurrences(of: change.piece, with: change.replacement), to: "graph/\(change.file)")
        let outcome = try await Strata.run("import", "csv", directory, "--out", folder.path("g.strata"))
        expectRefusal(outcome, exit: 2, saying: ["\(directory)/\(change.error)"])
        #expect(folder.names() == ["graph"], "left behind: \(folder.names())")
    }

    @Test(
        "wrong words are wrong usage",
        arguments: [
            ["csv", "--out", "x"], ["ntriples", "--out", "x"], ["csv", "", "--out", "x"],
            ["csv", "a", "--directory", "b", "--out", "x"], ["wordnet", "a", "--out", "x"], ["csv", "a"],
            ["turtle", "a", "--out", "x"],
        ])
    func wrongUsage(words: [String]) async throws {
        expectRefusal(try await Strata.run(["import"] + words), exit: 64, saying: [])
    }

    @Test("a scenario runs on graphs from files", arguments: ["csv", "ntriples"])
    func scenario(source: String) async throws {
        let folder = try TemporaryFolder()
        let lines = (0..<50).map { "<http://x/\($0)> <http://x/p> <http://x/\(($0 * 7) % 50)> ." }
        try folder.write(
            (lines + (0..<50).map { "<http://x/\($0)> <http://x/name> \"\($0 % 5)\" ." }).joined(separator: "\n"),
            to: "g.nt")
        try folder.write(
            "id,type,name\n" + (0..<50).map { "\($0),t,\($0 % 5)\n" }.joined(), to: "graph/entities.csv")
        try folder.write(
            "source,type,target\n" + (0..<50).map { "\($0),p,\(($0 * 7) % 50)\n" }.joined(),
            to: "graph/relationships.csv")
        let file = source == "csv" ? folder.path("graph") : folder.path("g.nt")
        try folder.write(
            """
            name: files
            dataset: { source: \(source), file: "\(file)" }
            arms: { subjects: [strata, standard] }
            phases:
              - { name: load, operations: { insert: 1 } }
              - { name: read, operations: { get: 2, neighbors: 1, find: 1 }, count: 200, keys: uniform }
            blocks: 1
            warmup_blocks: 0

            """, to: "files.yaml")
        let outcome = try await Strata.run(
            "bench", folder.path("files.yaml"), "--out", folder.path("run"), "--quiet")
        expectSuccess(outcome)
        let samples = try folder.read("run/samples.csv")
        #expect(samples.contains("throughput") && samples.contains("standard"))
    }
}
