import Strata
import Testing

/// A snapshot written by the engine, and everything that is answered from it, against the model.
@Suite struct ZeroCopyEngineTests {
    private static let directions = [Direction.outgoing, .incoming]

    /// An engine with a random graph, complete.
    private func makePair(
        _ strategy: AllocationStrategy, seed: UInt64, pool: [UInt32] = EnginePair.sparsePool, dimensions: Int = 5,
        steps: Int = 200
    ) throws -> EnginePair {
        let pair = try EnginePair(
            EnginePair.configuration(strategy), dimensions: dimensions, pool: pool, seed: seed)
        for step in 0..<steps { try pair.change("seed \(seed), step \(step)") }
        try pair.settle()
        return pair
    }

    private func open(_ pair: EnginePair, _ folder: TemporaryFolder) throws -> ZeroCopyKnowledgeEngine {
        try pair.engine.writeSnapshot(to: folder.file("graph.strata"))
        return try ZeroCopyKnowledgeEngine(path: folder.file("graph.strata"))
    }

    @Test(arguments: AllocationStrategy.allCases, [1, 2, 3, 4] as [UInt64])
    func answersAsTheModel(strategy: AllocationStrategy, seed: UInt64) throws {
        let folder = try TemporaryFolder()
        // Dense identifiers in every second one; graphs without embeddings in every third.
        let pair = try makePair(
            strategy, seed: seed, pool: seed % 2 == 0 ? Array(0..<30) : EnginePair.sparsePool,
            dimensions: seed % 3 == 0 ? 0 : 5)
        if seed % 2 == 0 {
            for id in pair.pool where pair.model.entities[id] == nil { _ = try pair.insertAny(id, forward: false) }
        }
        let engine = try open(pair, folder)
        for differences in [
            try entityDifferences(pair.model, engine), try searchDifferences(pair, engine),
            try traversalDifferences(pair, engine),
        ] {
            #expect(differences.isEmpty, "\(strategy), seed \(seed)")
        }
        // The engine that wrote it goes on, and the snapshot stays.
        let before = try pair.model.ids.map { try engine.entity($0) }
        for step in 0..<50 { try pair.change("seed \(seed), step \(step) after the snapshot") }
        #expect(try pair.differences() == [])
        #expect(try before.map { try $0.flatMap { try engine.entity($0.id) } } == before)
    }

    private func entityDifferences(_ model: EngineModel, _ engine: ZeroCopyKnowledgeEngine) throws -> [String] {
        var differences: [String] = []
        func compare<Value: Equatable>(_ found: Value, _ expected: Value, _ what: @autoclosure () -> String) {
            if found != expected { differences.append("\(what()): \(found) instead of \(expected)") }
        }
        let metrics = try engine.metrics()
        compare(metrics.entityCount, model.entities.count, "entities")
        compare(metrics.relationshipCount, model.relationshipCount, "relationships")
        for id in Set(EnginePair.sparsePool).union(model.ids) {
            compare(try engine.contains(id), model.entities[id] != nil, "contains \(id)")
            guard let expected = model.entities[id] else {
                compare(try engine.entity(id), nil, "entity \(id)")
                compare(failure { try engine.neighbors(of: id) }?.code, .notFound, "neighbors of \(id)")
                continue
            }
            let info = try engine.entity(id)
            compare(info?.id, id, "the identifier")
            compare(info?.type, expected.type, "type of \(id)")
            compare(info?.name, expected.name, "name of \(id)")
            compare(info?.degree, expected.relationships.count, "degree of \(id)")
            let keys = expected.properties.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            compare(info?.properties.map(\.key), keys, "keys of \(id)")
            compare(info?.properties.map(\.values), keys.map { expected.properties[$0]! }, "values of \(id)")
            if let name = expected.name {
                compare(try engine.id(named: name), id, "who is \(name)")
                compare(try engine.requireID(name), id, "who must be \(name)")
            }
            compare(try engine.requireID("\(id)"), id, "the number \(id)")
            for direction in Self.directions {
                for type in [nil, "nothing like it"] + EnginePair.relations.map(Optional.some) {
                    let found = try engine.neighbors(of: id, type: type, direction)
                    compare(
                        found.map { EngineModel.Edge(type: $0.type, other: $0.id) }.sorted(),
                        model.neighbors(of: id, type: type, direction), "\(direction) neighbors of \(id)")
                    compare(
                        found.map(\.name), found.map { model.entities[$0.id]?.name }, "names of neighbors of \(id)")
                }
            }
        }
        compare(try engine.id(named: "nobody"), nil, "nobody")
        compare(failure { try engine.requireID("nobody") }?.code, .notFound, "nobody")
        compare(failure { try engine.requireID("4294967290") }?.code, .notFound, "no such number")
        return differences
    }

    private func searchDifferences(_ pair: EnginePair, _ engine: ZeroCopyKnowledgeEngine) throws -> [String] {
        let model = pair.model
        var differences: [String] = []
        for key in EnginePair.keys + ["nothing like it"] {
            for value in EnginePair.values + ["nothing like it"] {
                let found = try engine.find(key, value)
                let expected = model.find(key, value)
                if found.map(\.id) != expected || found.map(\.name) != expected.map({ model.entities[$0]!.name }) {
                    differences.append("find \(key) \(value): \(found) instead of \(expected)")
                }
            }
        }
        for direction in Self.directions {
            for limit in [0, 1, 3, model.entities.count, 1_000] {
                let found = try engine.top(limit, by: direction)
                let expected = model.top(limit, by: direction)
                if found.map(\.id) != expected.map(\.id) || found.map(\.degree) != expected.map(\.degree)
                    || found.map(\.name) != expected.map({ model.entities[$0.id]!.name })
                {
                    differences.append("top \(limit) \(direction): \(found) instead of \(expected)")
                }
            }
        }
        let vectors = model.vectors()
        for (id, entity) in model.entities {
            guard !entity.embedding.isEmpty else {
                if failure({ try engine.similar(to: id, limit: 3) })?.code != .notFound {
                    differences.append("entity \(id) has no embedding, but something is similar")
                }
                continue
            }
            // Twice: the second answer is the cache's.
            for limit in [0, 1, 4, 4, 1_000] {
                let found = try engine.similar(to: id, limit: limit)
                let expected = vectors.top(entity.embedding, limit: limit, excluding: [id])
                if found.map({ SimilarityMatch(id: $0.id, score: $0.score) }) != expected
                    || found.map(\.name) != expected.map({ model.entities[$0.id]!.name })
                {
                    differences.append("similar to \(id), limit \(limit): \(found) instead of \(expected)")
                }
            }
        }
        if failure({ try engine.top(-1) })?.code != .invalidArgument { differences.append("top -1") }
        let someone = model.ids[0]
        if failure({ try engine.similar(to: someone, limit: -1) })?.code != .invalidArgument {
            differences.append("similar -1")
        }
        if failure({ try engine.similar(to: 4_000_000_000, limit: 1) })?.code != .notFound {
            differences.append("similar to nobody")
        }
        return differences
    }

    private func traversalDifferences(_ pair: EnginePair, _ engine: ZeroCopyKnowledgeEngine) throws -> [String] {
        let model = pair.model
        var differences: [String] = []
        for _ in 0..<25 {
            let (start, goal) = (pair.presentID()!, pair.presentID()!)
            let direction = Self.directions[pair.random.below(2)]
            let type = [nil, "nothing like it"].randomElement(using: &pair.random)! ?? pair.pick(EnginePair.relations)
            let filter = pair.random.chance(40) ? nil : type
            let what = "\(start) to \(goal), \(direction), type \(filter ?? "any")"
            for depth in [nil, -1, 0, 1, 2, 5] {
                let found = try engine.hops(from: start, depth: depth, type: filter, direction)
                let expected = model.hops(from: start, depth: depth, type: filter, direction)
                if found != expected { differences.append("hops \(what): \(found) instead of \(expected)") }
            }
            let distance = model.distances(from: start, type: filter, direction)[goal]
            let path = try engine.path(from: start, to: goal, type: filter, direction)
            if path.map({ $0.count - 1 }) != distance {
                differences.append(
                    "path \(what): \(String(describing: path)), distance \(String(describing: distance))")
            }
            if let path {
                let ids = path.map(\.id)
                if ids.first != start || ids.last != goal || !model.isPath(ids, type: filter, direction)
                    || path.map(\.name) != ids.map({ model.entities[$0]!.name })
                {
                    differences.append("path \(what): \(path)")
                }
            }
            let bound = 200
            let paths = model.allPaths(from: start, to: goal, type: filter, direction, bound: bound)
            var found: [[UInt32]] = []
            let error = failure {
                found = try engine.allPaths(from: start, to: goal, type: filter, direction, limit: bound).map {
                    $0.map(\.id)
                }
            }
            if paths.count > bound {
                if error?.code != .limitExceeded { differences.append("all paths \(what): the limit was passed") }
                continue
            }
            if error != nil || Set(found) != paths || found.count != paths.count
                || found.map(\.count) != found.map(\.count).sorted()
            {
                differences.append("all paths \(what): \(found) instead of \(paths)")
            }
            // Exactly as many as are wanted, and one more than that.
            let exact = failure {
                try engine.allPaths(from: start, to: goal, type: filter, direction, limit: paths.count)
            }
            if exact != nil { differences.append("all paths \(what): \(paths.count) are too many") }
            if !paths.isEmpty, start != goal {
                let fewer = failure {
                    try engine.allPaths(from: start, to: goal, type: filter, direction, limit: paths.count - 1)
                }
                if fewer?.code != .limitExceeded { differences.append("all paths \(what): the limit was passed") }
            }
        }
        let someone = model.ids[0]
        for error in [
            failure { try engine.hops(from: 4_000_000_000, depth: 1) },
            failure { try engine.path(from: 4_000_000_000, to: someone) },
            failure { try engine.path(from: someone, to: 4_000_000_000) },
            failure { try engine.allPaths(from: someone, to: 4_000_000_000) },
        ] where error?.code != .notFound {
            differences.append("an end that is not there: \(String(describing: error))")
        }
        return differences
    }

    // MARK: Small ones

    @Test func everyQuestionIsCountedOnce() throws {
        let folder = try TemporaryFolder()
        let memory = try KnowledgeEngine(embeddingDimensions: 1)
        try memory.insert(id: 1, type: "t", name: "one", embedding: [1])
        try memory.insert(id: 2, type: "t", embedding: [1])
        try memory.relate(1, "r", 2)
        try memory.writeSnapshot(to: folder.file("a.strata"))
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        let questions: [() throws -> Void] = [
            { _ = try engine.entity(1) }, { _ = try engine.contains(1) }, { _ = try engine.id(named: "one") },
            { _ = try engine.neighbors(of: 1) }, { _ = try engine.find("k", "v") }, { _ = try engine.top(1) },
            { _ = try engine.similar(to: 1, limit: 1) }, { _ = try engine.hops(from: 1, depth: 1) },
            { _ = try engine.path(from: 1, to: 2) }, { _ = try engine.allPaths(from: 1, to: 2) },
        ]
        for (number, ask) in questions.enumerated() {
            try ask()
            #expect(try engine.metrics().queries == number + 1)
        }
        _ = try engine.similar(to: 1, limit: 1)
        let metrics = try engine.metrics()
        #expect(metrics.cache.hits == 1)
        #expect(metrics.cache.misses == 1)
        #expect(metrics.cacheBytes == engine.memoryUsage)
        #expect(metrics.mappedBytes > 0)
        #expect(metrics.stringCount == 3)
    }

    @Test func keysThatLookAlikeStayApart() throws {
        let folder = try TemporaryFolder()
        let memory = try KnowledgeEngine()
        // One character, two spellings: Swift's `==` takes them for equal.
        let keys = ["e\u{301}", "é"]
        var pairs: [InternedProperty] = []
        for key in keys {
            for value in ["1", "2"] {
                pairs.append(InternedProperty(key: try memory.intern(key), value: try memory.intern(value)))
            }
        }
        let type = try memory.intern("t")
        try memory.insert(id: 1, type: type, properties: pairs.span, embedding: Span(), relationships: Span())
        try memory.writeSnapshot(to: folder.file("a.strata"))
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        let info = try #require(try engine.entity(1))
        #expect(info.properties.map { Array($0.key.utf8) } == keys.map { Array($0.utf8) })
        #expect(info.properties.map(\.values) == [["1", "2"], ["1", "2"]])
        #expect(try engine.find(keys[0], "2").map(\.id) == [1])
    }

    @Test func numbersThatAreNamesGoToTheName() throws {
        let folder = try TemporaryFolder()
        let memory = try KnowledgeEngine()
        try memory.insert(id: 1, type: "t", name: "2")
        try memory.insert(id: 2, type: "t")
        try memory.writeSnapshot(to: folder.file("a.strata"))
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        #expect(try engine.requireID("2") == 1)
        #expect(try engine.requireID("1") == 1)
        for text in ["3", "-1", "", "4294967296", "1x"] {
            #expect(failure { try engine.requireID(text) }?.code == .notFound, "'\(text)'")
        }
    }

    @Test func anEmptyGraphAnswers() throws {
        let folder = try TemporaryFolder()
        try KnowledgeEngine(embeddingDimensions: 3).writeSnapshot(to: folder.file("a.strata"))
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        #expect(try engine.metrics().entityCount == 0)
        #expect(try engine.entity(0) == nil)
        #expect(try engine.find("", "") == [])
        #expect(try engine.top(5) == [])
        #expect(try engine.id(named: "") == nil)
        #expect(failure { try engine.hops(from: 0, depth: nil) }?.code == .notFound)
        #expect(failure { try engine.similar(to: 0, limit: 1) }?.code == .notFound)
    }

    @Test func manyEqualEmbeddingsTieByIdentifier() throws {
        let folder = try TemporaryFolder()
        let memory = try KnowledgeEngine(embeddingDimensions: 2)
        let ids = (0..<100 as Range<UInt32>).map { ($0 &* 37 % 100) &* 40_000_000 }
        for id in ids { try memory.insert(id: id, type: "t", embedding: [1, 1]) }
        try memory.insert(id: 1, type: "t", embedding: [2, 1])
        try memory.writeSnapshot(to: folder.file("a.strata"))
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        let expected = [1] + ids.sorted().filter { $0 != 40_000_000 }
        for limit in [1, 2, 50, 100] {
            #expect(try engine.similar(to: 40_000_000, limit: limit).map(\.id) == Array(expected.prefix(limit)))
            #expect(try memory.similar(to: 40_000_000, limit: limit).map(\.id) == Array(expected.prefix(limit)))
        }
    }
}
