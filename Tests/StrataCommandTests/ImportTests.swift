import Foundation
import Testing

@Suite("Importing")
struct ImportTests {
    @Test("no WordNet: a sentence that says what to install, exit 2, and no file")
    func noWordNet() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Strata.run(
            "import", "wordnet", "--directory", "/nonexistent", "--out", folder.path("wn.strata"))
        expectRefusal(outcome, exit: 2, saying: ["/nonexistent", "wordnet-base"])
        #expect(folder.names().isEmpty, "left behind: \(folder.names())")
    }

    @Test(
        "a malformed line is an error with file and line, and leaves no file",
        arguments: [
            ("that which exists", "that which exists", "noun", 0),
            ("animal 0 beast 0", "animal 0 beast", "noun", 3),
            ("~ ", "? ", "noun", 2),
            (" n 0000", " q 0000", "noun", 2),
        ])
    func malformed(_ change: (original: String, replacement: String, file: String, line: Int)) async throws {
        let folder = try TemporaryFolder()
        let directory = try SmallWordNet.write(into: folder)
        let text = SmallWordNet.text(of: change.file).replacingOccurrences(
            of: change.original, with: change.replacement)
        try folder.write(text, to: "wordnet/data.\(change.file)")
        let place = change.line == 0 ? "out/wn.strata" : "wn.strata"
        let outcome = try await Strata.run("import", "wordnet", "--directory", directory, "--out", folder.path(place))
        if change.line == 0 {
            // Unchanged: the other cases fail for their change alone. The folder of the file must be there.
            expectRefusal(outcome, exit: 1, saying: ["wn.strata"])
        } else {
            expectRefusal(outcome, exit: 2, saying: ["\(directory)/data.\(change.file):\(change.line)"])
        }
        #expect(folder.names() == ["wordnet"], "left behind: \(folder.names())")
    }

    @Test("a pointer to a synset that is not there is an error with file and line")
    func dangling() async throws {
        let folder = try TemporaryFolder()
        let directory = try SmallWordNet.write(into: folder)
        try folder.write(
            SmallWordNet.text(of: "noun").replacingOccurrences(
                of: "~ \(SmallWordNet.puppy.dropFirst())", with: "~ 99999999"), to: "wordnet/data.noun")
        let outcome = try await Strata.run(
            "import", "wordnet", "--directory", directory, "--out", folder.path("wn.strata"))
        expectRefusal(outcome, exit: 2, saying: ["\(directory)/data.noun:4"])
        #expect(!folder.has("wn.strata"))
    }

    @Test("a file of that name that was there stays as it was when an import fails")
    func failureKeepsTheOldFile() async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        let before = try Data(contentsOf: URL(fileURLWithPath: snapshot))
        expectRefusal(
            try await Strata.run("import", "wordnet", "--directory", "/nonexistent", "--out", snapshot), exit: 2,
            saying: ["/nonexistent"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: snapshot)) == before)
    }

    @Test("a folder that cannot be written to is a failure, exit 1")
    func unwritable() async throws {
        let folder = try TemporaryFolder()
        let directory = try SmallWordNet.write(into: folder)
        try folder.write("", to: "file")
        for place in [folder.path("file/wn.strata"), "/proc/wn.strata"] {
            expectRefusal(
                try await Strata.run("import", "wordnet", "--directory", directory, "--out", place), exit: 1,
                saying: [place])
        }
    }

    @Test("the way of a small graph: import, verify, inspect, query")
    func smallGraph() async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        expectSuccess(try await Strata.run("verify", snapshot))

        let layout = try await Strata.run("inspect", snapshot, "--json").json(Answers.Layout.self)
        #expect(layout.entityCount == SmallWordNet.entityCount)
        #expect(layout.relationshipCount == SmallWordNet.relationshipCount)
        #expect(layout.totalSize == (try Data(contentsOf: URL(fileURLWithPath: snapshot)).count))

        let entity = try await Strata.run("query", snapshot, "entity", SmallWordNet.dog, "--json")
        let dog = try entity.json(Answers.Entity.self)
        #expect(dog.name == SmallWordNet.dog && dog.id == 2 && dog.type == "noun" && dog.degree == 3, "\(entity)")
        for text in ["domestic_dog", "noun.Tops", "a tame animal that barks"] {
            #expect(entity.output.contains(text), "\(text) is not in \(entity)")
        }
        // An id is the number or the name.
        #expect(try await Strata.run("query", snapshot, "entity", "2", "--json").output == entity.output)

        let path = try await Strata.run(
            "query", snapshot, "path", SmallWordNet.puppy, SmallWordNet.entity, "--type", "hypernym", "--json")
        #expect(
            try path.json(Answers.Path.self).path
                == [SmallWordNet.puppy, SmallWordNet.dog, SmallWordNet.animal, SmallWordNet.entity], "\(path)")

        let incoming = try await Strata.run("query", snapshot, "neighbors", SmallWordNet.dog, "--in", "--json")
        #expect(
            try incoming.json(Answers.Neighbors.self).neighbors.map(\.name).sorted()
                == [SmallWordNet.animal, SmallWordNet.puppy, SmallWordNet.names[4]].sorted(), "\(incoming)")
    }

    @Test("a question about an entity that is not there is refused with its name")
    func unknownEntity() async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        for words in [["entity", "n99999999"], ["neighbors", "8"], ["path", SmallWordNet.dog, "n99999999"]] {
            let outcome = try await Strata.run(["query", snapshot] + words)
            expectRefusal(outcome, exit: 1, 2, 64, saying: [words.last ?? ""])
        }
    }
}
