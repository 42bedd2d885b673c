import Testing

@testable import GraphData

/// The installed WordNet against what is known of it. `make setup` installs it; without it these tests fail.
@Suite struct WordNetSourceTests {
    /// The graph, read once for all tests and unlinked at once.
    static let built: Result<MappedDataset, any Error> = Result {
        let directory = try TemporaryDirectory()
        try DatasetBuilder.build(WordNetSource(), at: directory.file("wordnet"))
        return try MappedDataset(path: directory.file("wordnet"))
    }

    let dataset: MappedDataset

    init() throws { dataset = try Self.built.get() }

    private func values(of row: Int, _ key: String) -> [String] {
        dataset.properties(of: row).filter { dataset.text($0.key) == key }.map { dataset.text($0.value) }
    }

    private func id(_ text: String) throws -> UInt32 {
        let bytes = Array(text.utf8)
        return try #require((0..<UInt32(dataset.stringCount)).first { dataset.string($0).elementsEqual(bytes) })
    }

    private func row(_ name: String) throws -> Int {
        let id = try id(name)
        return try #require((0..<dataset.entityCount).first { dataset.name(of: $0) == id })
    }

    /// All rows that are reached from `row` over some relations (all when `nil`), level by level.
    private func levels(from row: Int, over relations: Set<UInt32>?) -> [[Int]] {
        var seen = [Bool](repeating: false, count: dataset.entityCount)
        seen[row] = true
        var levels = [[row]]
        while true {
            var next: [Int] = []
            for source in levels[levels.count - 1] {
                for pair in dataset.relationships(of: source) where relations?.contains(pair.type) ?? true {
                    let target = Int(pair.target)
                    if seen[target] { continue }
                    seen[target] = true
                    next.append(target)
                }
            }
            if next.isEmpty { return levels }
            levels.append(next)
        }
    }

    private func closure(_ name: String, over relations: String...) throws -> Int {
        try levels(from: row(name), over: Set(relations.map(id))).dropFirst().map(\.count).reduce(0, +)
    }

    @Test func entitiesAreCounted() throws {
        #expect(dataset.entityCount == WordNetTruth.synsets)
        #expect(WordNetSource().expectedEntityCount == WordNetTruth.synsets)
        var types: [UInt32: Int] = [:]
        var names: Set<UInt32> = []
        for row in 0..<dataset.entityCount {
            types[dataset.type(of: row), default: 0] += 1
            names.insert(try #require(dataset.name(of: row)))
        }
        #expect(Dictionary(uniqueKeysWithValues: types.map { (dataset.text($0), $1) }) == WordNetTruth.synsetsByType)
        #expect(names.count == WordNetTruth.synsets)
        #expect(dataset.text(try #require(dataset.name(of: 0))) == "n00001740")
        #expect(values(of: 0, "words") == ["entity"])
        let firstVerb = dataset.text(try #require(dataset.name(of: 82_115)))
        #expect(firstVerb == "v00001740")
    }

    @Test func propertiesAreCounted() throws {
        let words = try id("words")
        let gloss = try id("gloss")
        let lexicographerFile = try id("lexfile")
        let partOfSpeech = try id("pos")
        var wordSlots = 0
        var distinctWords: Set<UInt32> = []
        var glossBytes = 0
        var glosses: Set<UInt32> = []
        var files: [UInt32: Int] = [:]
        var letters: [UInt32: Int] = [:]
        var most = (0, 0)
        for row in 0..<dataset.entityCount {
            var count = 0
            for pair in dataset.properties(of: row) {
                switch pair.key {
                case words:
                    count += 1
                    distinctWords.insert(pair.value)
                case gloss:
                    glossBytes += dataset.string(pair.value).count
                    glosses.insert(pair.value)
                case lexicographerFile: files[pair.value, default: 0] += 1
                case partOfSpeech: letters[pair.value, default: 0] += 1
                default: Issue.record("unknown key \(dataset.text(pair.key))")
                }
            }
            wordSlots += count
            if count > most.0 { most = (count, row) }
        }
        #expect(wordSlots == WordNetTruth.wordSlots)
        #expect(distinctWords.count == WordNetTruth.distinctWords)
        #expect(glossBytes == WordNetTruth.glossBytes)
        #expect(glosses.count == WordNetTruth.distinctGlosses)
        #expect(most.0 == WordNetTruth.mostWords.0)
        #expect(dataset.name(of: most.1) == (try id(WordNetTruth.mostWords.1)))
        #expect(
            Dictionary(uniqueKeysWithValues: files.map { (dataset.text($0), $1) })
                == WordNetTruth.synsetsByLexicographerFile)
        #expect(letters[try id("s")] == WordNetTruth.synsetsByType["adjective_satellite"])
    }

    @Test func relationshipsAreCounted() throws {
        #expect(dataset.relationshipCount == WordNetTruth.pointers)
        var relations: [UInt32: Int] = [:]
        var sources: [String: Int] = [:]
        var distinct = 0
        var loops = 0
        var histogram = [Int](repeating: 0, count: 700)
        for row in 0..<dataset.entityCount {
            let pairs = dataset.relationships(of: row)
            for pair in pairs {
                relations[pair.type, default: 0] += 1
                if Int(pair.target) == row { loops += 1 }
            }
            distinct += Set(pairs).count
            histogram[pairs.count] += 1
            let name = dataset.text(try #require(dataset.name(of: row)))
            sources[String(name.prefix(1)), default: 0] += pairs.count
        }
        #expect(
            Dictionary(uniqueKeysWithValues: relations.map { (dataset.text($0), $1) })
                == WordNetTruth.pointersByRelation)
        #expect(sources == WordNetTruth.pointersBySource)
        #expect(distinct == WordNetTruth.distinctRelationships)
        #expect(loops == WordNetTruth.selfLoops)
        #expect(Array(histogram.prefix(11)) == WordNetTruth.degreeHistogram)
        let largest = (0..<dataset.entityCount).sorted {
            dataset.relationships(of: $0).count > dataset.relationships(of: $1).count
        }.prefix(5)
        for (row, (name, degree)) in zip(largest, WordNetTruth.largestDegrees) {
            #expect(dataset.text(try #require(dataset.name(of: row))) == name)
            #expect(dataset.relationships(of: row).count == degree)
        }
    }

    @Test func dogIsAsKnown() throws {
        let dog = try row("n02084071")
        #expect(dataset.relationships(of: dog).count == WordNetTruth.dogPointers)
        #expect(values(of: dog, "words") == ["dog", "domestic_dog", "Canis_familiaris"])
        #expect(values(of: dog, "pos") == ["n"])
        #expect(values(of: dog, "lexfile") == ["noun.animal"])
        #expect(values(of: dog, "gloss").first?.hasPrefix("a member of the genus Canis (probably") == true)
        #expect(values(of: dog, "gloss").first?.hasSuffix("\"the dog barked all night\"") == true)
        let first = dataset.relationships(of: dog).prefix(5).map { pair in
            "\(dataset.text(pair.type)) \(dataset.text(dataset.name(of: Int(pair.target)) ?? 0))"
        }
        #expect(
            first == [
                "hypernym n02083346", "hypernym n01317541", "member_holonym n02083863", "member_holonym n07994941",
                "hyponym n01322604",
            ])
        #expect(try closure("n02084071", over: "hyponym") == WordNetTruth.dogHyponyms)
        #expect(try closure("n02084071", over: "hypernym") == WordNetTruth.dogHypernyms)
        #expect(try closure("n00007846", over: "hyponym", "instance_hyponym") == WordNetTruth.personHyponyms)
        #expect(levels(from: dog, over: nil).map(\.count) == WordNetTruth.levelsFromDog)
    }

    @Test func rootsAreAsKnown() throws {
        let upward = Set([try id("hypernym"), try id("instance_hypernym")])
        for (type, count) in WordNetTruth.rootsByType {
            let type = try id(type)
            let roots = (0..<dataset.entityCount).count { row in
                dataset.type(of: row) == type && !dataset.relationships(of: row).contains { upward.contains($0.type) }
            }
            #expect(roots == count)
        }
    }

    @Test func markersOfAdjectivesAreGone() throws {
        let galore = try row("a00014358")
        #expect(values(of: galore, "words") == ["abounding", "galore"])
        #expect(values(of: galore, "pos") == ["s"])
        #expect(values(of: try row("a00019731"), "words") == ["handy", "ready_to_hand"])
        let words = try id("words")
        for row in 82_115 + 13_767..<dataset.entityCount - 3_621 {
            for pair in dataset.properties(of: row) where pair.key == words {
                #expect(dataset.string(pair.value).last != UInt8(ascii: ")"))
            }
        }
    }

    @Test func embeddingsAreUnitVectors() throws {
        #expect(dataset.embeddingDimensions == 96)
        #expect(dataset.embeddingCount == WordNetTruth.synsets)
        for row in stride(from: 0, to: dataset.entityCount, by: 31) {
            let embedding = dataset.embedding(of: row)
            #expect(abs(dot(embedding, embedding) - 1) < 1e-5, "row \(row)")
        }
    }

    @Test func relatedGlossesAreNearerThanRandomOnes() throws {
        let seed: UInt64 = 6
        var generator = SplitMix64(seed: seed)
        for relation in ["hypernym", "similar_to", "derivation", "part_holonym"] {
            let relation = try id(relation)
            var related = 0.0
            var random = 0.0
            var pairs = 0
            while pairs < 500 {
                let row = generator.below(dataset.entityCount)
                guard let pair = dataset.relationships(of: row).first(where: { $0.type == relation }) else { continue }
                let other = generator.below(dataset.entityCount)
                related += dot(dataset.embedding(of: row), dataset.embedding(of: Int(pair.target)))
                random += dot(dataset.embedding(of: row), dataset.embedding(of: other))
                pairs += 1
            }
            #expect(
                related / 500 > random / 500 + 0.08,
                "seed \(seed), \(dataset.text(relation)): related \(related / 500), random \(random / 500)")
            #expect(abs(random / 500) < 0.06)
        }
    }

    @Test func bytesAreFixedForEver() throws {
        #expect(dataset.digest == 0xB4EB_5388_2D8E_DFFC)
        try dataset.verifyContent()
    }
}
