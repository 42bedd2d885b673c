import Foundation
import Testing

/// The whole of WordNet, imported once for all questions below; the truth was found with other tools.
@Suite("WordNet, from its files to answers")
struct WordNetTests {
    private static let dog = "n02084071"
    private static let cat = "n02121620"
    private static let entity = "n00001740"

    /// The folder with the snapshot; importing takes seconds, so that it is done once.
    private static let imported = Task {
        let folder = try TemporaryFolder()
        let outcome = try await Strata.run(
            "import", "wordnet", "--out", folder.path("wn.strata"), timeout: .seconds(300))
        guard outcome.exitCode == 0 else { throw Failure("WordNet was not imported: \(outcome)") }
        return folder
    }

    private func ask(_ words: String...) async throws -> Outcome {
        let outcome = try await Strata.run(
            ["query", try await Self.imported.value.path("wn.strata")] + words + ["--json"])
        guard outcome.exitCode == 0 else { throw Failure("no answer: \(outcome)") }
        return outcome
    }

    @Test("the file verifies, and its header gives the counts of WordNet 3.0")
    func counts() async throws {
        let folder = try await Self.imported.value
        let file = folder.path("wn.strata")
        expectSuccess(try await Strata.run("verify", file))
        #expect(folder.names().filter { $0.contains("strata") } == ["wn.strata"], "temporary files were left")

        let layout = try await Strata.run("inspect", file, "--json").json(Answers.Layout.self)
        #expect(layout.entityCount == 117_659)
        #expect(layout.relationshipCount == 377_592)
        #expect(layout.stringCount >= 265_000)
        let size = try #require(try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int)
        #expect(layout.totalSize == size)
        var end = 64
        for section in layout.sections.sorted(by: { $0.offset < $1.offset }) {
            #expect(section.offset % 64 == 0 && section.offset >= end, "\(section) overlaps or is not aligned")
            end = section.offset + section.length
        }
        #expect(end <= size)
    }

    @Test("dog is a noun with 23 pointers")
    func entityOfDog() async throws {
        let outcome = try await ask("entity", Self.dog)
        let dog = try outcome.json(Answers.Entity.self)
        #expect(dog.name == Self.dog && dog.type == "noun" && dog.degree == 23)
        for text in ["dog", "domestic_dog", "Canis_familiaris", "noun.animal", "a member of the genus Canis"] {
            #expect(outcome.output.contains(text), "\(text) is not in \(outcome)")
        }
    }

    @Test("neighbors gives one element for each stored relationship, and by type those of the type")
    func neighbors() async throws {
        #expect(try await ask("neighbors", Self.dog).json(Answers.Neighbors.self).neighbors.count == 23)
        let parents = try await ask("neighbors", Self.dog, "--type", "hypernym").json(Answers.Neighbors.self).neighbors
        #expect(Set(parents.map(\.name)) == ["n02083346", "n01317541"])
        #expect(parents.allSatisfy { $0.type == "hypernym" })
        let children = try await ask("neighbors", Self.dog, "--type", "hyponym").json(Answers.Neighbors.self).neighbors
        #expect(children.count == 18)
        // What points back at dog as its parent are the same synsets.
        let back = try await ask("neighbors", Self.dog, "--in", "--type", "hypernym").json(Answers.Neighbors.self)
            .neighbors
        #expect(Set(back.map(\.name)) == Set(children.map(\.name)))
    }

    @Test("both hypernym paths from dog to entity, and the shortest of them")
    func hypernymPaths() async throws {
        // entity, physical_entity, object, whole, living_thing, organism, animal
        let upperPart = ["n00015388", "n00004475", "n00004258", "n00003553", "n00002684", "n00001930", Self.entity]
        // chordate, vertebrate, mammal, placental, carnivore, canine
        let throughCanine =
            [Self.dog, "n02083346", "n02075296", "n01886756", "n01861778", "n01471682", "n01466257"] + upperPart
        let throughDomesticAnimal = [Self.dog, "n01317541"] + upperPart

        let all = try await ask("path", Self.dog, Self.entity, "--type", "hypernym", "--all").json(Answers.Paths.self)
        #expect(Set(all.paths) == [throughCanine, throughDomesticAnimal] && all.paths.count == 2, "\(all.paths)")
        let shortest = try await ask("path", Self.dog, Self.entity, "--type", "hypernym").json(Answers.Path.self)
        #expect(shortest.path == throughDomesticAnimal)
        // The same way backwards, over incoming relationships.
        let down = try await ask("path", Self.entity, Self.dog, "--type", "hypernym", "--in").json(Answers.Path.self)
        #expect(down.path == throughDomesticAnimal.reversed())
    }

    @Test("cat is three steps from dog over all relations")
    func pathToCat() async throws {
        let path = try await ask("path", Self.dog, Self.cat).json(Answers.Path.self).path
        #expect(path.count == 4 && path.first == Self.dog && path.last == Self.cat, "\(path)")
    }

    @Test("the breadth-first levels from dog, and the closures by relation")
    func hops() async throws {
        let levels = [1, 23, 66, 649, 1408, 7653, 18663, 33728, 32320, 13402, 3131, 617, 71, 11]
        #expect(
            try await ask("hops", Self.dog, "--depth", "13").json(Answers.Hops.self)
                == Answers.Hops(levels: levels, count: 111_743))
        #expect(
            try await ask("hops", Self.dog, "--depth", "3").json(Answers.Hops.self)
                == Answers.Hops(levels: Array(levels[..<4]), count: 739))
        // Beyond the last level there is nothing.
        let beyond = try await ask("hops", Self.dog, "--depth", "40").json(Answers.Hops.self)
        #expect(beyond.count == 111_743 && beyond.levels.filter { $0 > 0 } == levels)
        for (start, relation, count) in [
            (Self.dog, "hyponym", 189), (Self.dog, "hypernym", 14),
            // person; with instances, such as Einstein, it would be 10,296
            ("n00007846", "hyponym", 6978),
        ] {
            let closure = try await ask("hops", start, "--depth", "30", "--type", relation).json(Answers.Hops.self)
            #expect(closure.count - 1 == count, "\(relation) of \(start): \(closure)")
        }
    }

    @Test("the synsets with the most relations are city, law and United_Kingdom")
    func top() async throws {
        let out = try await ask("top", "--k", "3").json(Answers.Top.self).results
        #expect(out.map(\.name) == ["n08524735", "n08441203", "n08860123"] && out.map(\.degree) == [673, 616, 555])
        let incoming = try await ask("top", "--by", "in", "--k", "3").json(Answers.Top.self).results
        #expect(incoming.map(\.name) == ["n08524735", "n08441203", "n08860123"])
        #expect(incoming.map(\.degree) == [674, 618, 555])
    }

    @Test("find gives every synset with the word, and no other")
    func find() async throws {
        let outcome = try await ask("find", "words", "dog")
        let senses = [
            "n02084071", "n10114209", "n10023039", "n09886220", "n07676602", "n03901548", "n02710044", "v02001876",
        ]
        for name in senses { #expect(outcome.output.contains("\"\(name)\""), "\(name) is not in \(outcome)") }
        let count = outcome.output.matches(of: /"[nvar]\d{8}"/).count
        #expect(count == senses.count, "\(outcome)")
        let none = try await ask("find", "words", "no-such-word-in-it")
        #expect(none.output.filter { !$0.isWhitespace } == "{\"results\":[]}")
    }

    @Test("patterns find the loops, and the grandchildren of dog")
    func patterns() async throws {
        struct Rows: Decodable { let results: [[String: String]] }
        #expect(try await ask("pattern", "?x", "?", "?x").json(Rows.self).results.count == 19)
        let grandchildren = try await ask("pattern", "?x", "hypernym", "?y", "?y", "hypernym", Self.dog)
        #expect(Set(try grandchildren.json(Rows.self).results.compactMap { $0["x"] }).count == 42)
        let sense = try await ask("pattern", "?x", "words", "=dog", "?x", "hypernym", "?y", "?y", "words", "=canine")
        #expect(try sense.json(Rows.self).results == [["x": Self.dog, "y": "n02083346"]])
    }

    @Test("similar gives k distinct synsets by falling score, and the same again")
    func similar() async throws {
        let outcome = try await ask("similar", Self.dog, "--k", "10")
        let results = try outcome.json(Answers.Similar.self).results
        #expect(results.count == 10 && Set(results.map(\.id)).count == 10)
        for (left, right) in zip(results, results.dropFirst()) { #expect(left.score >= right.score) }
        for result in results { #expect((-1.0001...1.0001).contains(result.score)) }
        // Glosses that share words are near: unrelated ones would stay far below this.
        #expect((results.first?.score ?? 0) > 0.3, "\(outcome)")
        #expect(try await ask("similar", Self.dog, "--k", "10").output == outcome.output)
    }
}
