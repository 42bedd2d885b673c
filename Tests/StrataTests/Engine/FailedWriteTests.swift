import Testing

@testable import Strata

/// A write that fails leaves the graph as it was; one that is done does not fail for the sake of housekeeping.
@Suite struct FailedWriteTests {
    /// Every kind of write in a budget that is soon used up: after each failure the graph is compared with the model.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func withoutBudgetTheGraphStaysAsItWas(seed: UInt64) throws {
        let pair = try EnginePair(EnginePair.configuration(.bump, arenaSize: 65_536), dimensions: 2, seed: seed)
        var failures: [String: Int] = [:]
        var next: UInt32 = 10_000
        for step in 0..<400 where failures.values.reduce(0, +) < 30 {
            var error: StrataError?
            let call: String
            if pair.random.chance(60) {
                call = "insert"
                // Targets that are there, that are still to come, itself, and many that nobody has named yet.
                let id = pair.random.chance(50) ? pair.anyID() : next
                if pair.model.entities[id] != nil { continue }
                let pairs = (0..<pair.random.below(120)).map { (key: "k\($0 % 5)", value: "v\($0 % 9)") }
                var edges: [EngineModel.Edge] = []
                for _ in 0..<pair.random.below(150) {
                    next += 1
                    let other = pair.random.chance(60) ? next : pair.random.chance(10) ? id : pair.anyID()
                    edges.append(EngineModel.Edge(type: pair.pick(EnginePair.relations), other: other))
                }
                next += 1
                error = try pair.insert(id, pairs: pairs, embedding: pair.vector(), relationships: edges)
            } else {
                guard let source = pair.presentID(), let target = pair.presentID() else { continue }
                call = "relate"
                error = failure { try pair.engine.relate(source, "near", target) }
                if error == nil { pair.model.relate(source, "near", target) }
            }
            guard let error else { continue }
            failures[call, default: 0] += 1
            #expect(error.code == .limitExceeded)
            let differences = try pair.differences(deep: false)
            guard differences.isEmpty else {
                Issue.record("seed \(seed), step \(step), \(call): \(differences.joined(separator: "; "))")
                return
            }
        }
        #expect(failures["insert", default: 0] > 0, "seed \(seed): the budget was never used up")
        // Nothing is left that would stand in a snapshot's way.
        for id in pair.model.ids {
            try pair.engine.delete(id)
            pair.model.delete(id)
        }
        #expect(try pair.differences(deep: false) == [], "seed \(seed)")
        #expect(pair.engine.memoryMetrics.liveBytes == 0)
    }

    @Test func noTargetIsLeftBehindWhenTheBudgetEndsBetweenItAndItsList() throws {
        let engine = try KnowledgeEngine(configuration: EnginePair.configuration(.bump, arenaSize: 65_536))
        let type = try engine.intern("t")
        try engine.insert(id: 0, type: "t")
        let edges = (1...5_000 as ClosedRange<UInt32>).map { Relationship(type: type, other: $0) }
        let before = engine.memoryMetrics.liveBytes
        // The list of the source fits, and some of the targets' lists.
        let error = failure {
            try engine.insert(
                id: 10_000, type: type, properties: Span(), embedding: Span(), relationships: edges.span)
        }
        #expect(error?.code == .limitExceeded)
        #expect(engine.pendingCount == 0)
        #expect(engine.entityCount == 1)
        #expect(engine.relationshipCount == 0)
        #expect(engine.memoryMetrics.liveBytes == before)
        let folder = try TemporaryFolder()
        #expect(failure { try engine.writeSnapshot(to: folder.file("a.strata")) } == nil)
    }

    @Test(arguments: AllocationStrategy.allCases)
    func badEntitiesAreRefusedWithoutATrace(strategy: AllocationStrategy) throws {
        let pair = try EnginePair(EnginePair.configuration(strategy), dimensions: 3, seed: 9)
        for _ in 0..<60 { try pair.change("before") }
        // One that is named but not there: it fails to come, and is still to come.
        if pair.model.pending.isEmpty {
            let id = try #require(pair.pool.first { pair.model.entities[$0] == nil })
            _ = try pair.insert(
                id, pairs: [], embedding: [], relationships: [EngineModel.Edge(type: "near", other: 424_242)])
        }
        let pending = try #require(pair.model.pending.first)
        let present = try #require(pair.model.ids.first)
        let live = pair.engine.memoryMetrics.liveBytes
        let version = pair.engine.internerStats.uniqueStrings
        let pairs = [(key: "size", value: "0"), (key: "colour", value: "red")]
        for embedding: [Float] in [[1], [1, 2, 3, 4], [1, .nan, 0], [.infinity, 0, 0], [2e18, 0, 0]] {
            for id in [pending, 555_555] {
                let error = try pair.insert(
                    id, pairs: pairs, embedding: embedding,
                    relationships: [EngineModel.Edge(type: "near", other: 777_777)])
                #expect(error?.code == .invalidArgument, "\(embedding)")
            }
        }
        #expect(try pair.insert(present, pairs: pairs, embedding: [], relationships: [])?.code == .alreadyExists)
        #expect(try pair.insert(.max, pairs: pairs, embedding: [], relationships: [])?.code == .invalidArgument)
        // The last target cannot be: the ones before it, the entity itself among them, are let go.
        let edges = [777_777, 555_555, 555_555, present, UInt32.max].map { EngineModel.Edge(type: "near", other: $0) }
        #expect(
            try pair.insert(555_555, pairs: pairs, embedding: [1, 2, 3], relationships: edges)?.code == .invalidArgument
        )
        #expect(pair.engine.pendingCount == pair.model.pending.count)
        #expect(try pair.differences() == [])
        #expect(pair.engine.internerStats.uniqueStrings <= version + 6)
        // Room that the list of a target was given stays with it.
        #expect(pair.engine.memoryMetrics.liveBytes - live <= 8 * 64)
        // And what was refused once is taken when it is right.
        #expect(try pair.insert(pending, pairs: pairs, embedding: [1, 2, 3], relationships: []) == nil)
        #expect(try pair.insert(555_555, pairs: pairs, embedding: [1, 2, 3], relationships: []) == nil)
        #expect(try pair.differences() == [])
    }

    @Test func theLastEntityThatFitsIsTheLast() throws {
        var configuration = MemoryConfiguration()
        configuration.maxEntities = 3
        let engine = try KnowledgeEngine(configuration: configuration)
        for id in 0..<3 as Range<UInt32> { try engine.insert(id: id, type: "t") }
        #expect(failure { try engine.insert(id: 3, type: "t") }?.code == .limitExceeded)
        #expect(failure { try engine.insert(id: 2, type: "t") }?.code == .alreadyExists)
        try engine.delete(0)
        try engine.insert(id: 3, type: "t")
        #expect(engine.entityCount == 3)
    }

    // MARK: Entities to come

    @Test(arguments: AllocationStrategy.allCases)
    func aRelationshipToAnEntityThatNeverComesCanBeTakenAway(strategy: AllocationStrategy) throws {
        let engine = try KnowledgeEngine(configuration: EnginePair.configuration(strategy))
        let type = try engine.intern("t")
        let edges = [Relationship(type: type, other: 99), Relationship(type: type, other: 99)]
        try engine.insert(id: 1, type: type, properties: Span(), embedding: Span(), relationships: edges.span)
        #expect(engine.pendingCount == 1)
        #expect(engine.entityCount == 1)
        #expect(engine.entity(99) == nil)
        let folder = try TemporaryFolder()
        let error = failure { try engine.writeSnapshot(to: folder.file("a.strata")) }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.description == "a relationship names entity 99, which was never inserted; "
                + "insert it, or take the relationship away")
        #expect(folder.names == [])
        #expect(try engine.unrelate(1, type, 99))
        #expect(engine.pendingCount == 1)
        #expect(try engine.unrelate(1, type, 99))
        #expect(engine.pendingCount == 0)
        #expect(failure { try engine.unrelate(1, type, 99) }?.code == .notFound)
        try engine.writeSnapshot(to: folder.file("a.strata"))
        #expect(folder.names == ["a.strata"])
    }

    @Test func entitiesToComeAreNotThere() throws {
        let engine = try KnowledgeEngine()
        let type = try engine.intern("t")
        let edges = [Relationship(type: type, other: 2)]
        try engine.insert(id: 1, type: type, properties: Span(), embedding: Span(), relationships: edges.span)
        for error in [
            failure { try engine.relate(2, "t", 1) }, failure { try engine.relate(1, "t", 2) },
            failure { try engine.delete(2) }, failure { try engine.update(2, type, to: type) },
            failure { try engine.unrelate(2, type, 1) }, failure { try engine.path(from: 1, to: 2) },
            failure { try engine.hops(from: 2, depth: 1) },
        ] { #expect(error?.code == .notFound) }
        try engine.insert(id: 2, type: "late")
        #expect(engine.pendingCount == 0)
        #expect(engine.incomingDegree(of: 2) == 1)
        #expect(try engine.path(from: 1, to: 2) == [1, 2])
    }

    // MARK: Housekeeping

    @Test func aSmallBudgetIsNotUsedUpByGarbage() throws {
        let engine = try KnowledgeEngine(configuration: EnginePair.configuration(.bump, arenaSize: 65_536))
        let (key, other) = (try engine.intern("key"), try engine.intern("other"))
        let pairs = (0..<400).map { InternedProperty(key: $0 < 200 ? key : other, value: other) }
        for round in 0..<200 {
            try engine.insert(id: 1, type: key, properties: pairs.span, embedding: Span(), relationships: Span())
            // Two hundred values give way to one: a new row.
            try engine.update(1, key, to: other)
            try engine.delete(1)
            #expect(engine.memoryMetrics.liveBytes == 0, "round \(round)")
        }
        #expect(engine.memoryMetrics.reservedBytes < 65_536 + 400_000)
    }

    @Test func failedInsertionsDoNotUseUpTheBudget() throws {
        let engine = try KnowledgeEngine(
            configuration: EnginePair.configuration(.bump, arenaSize: 65_536), embeddingDimensions: 1)
        let type = try engine.intern("t")
        let pairs = (0..<400).map { _ in InternedProperty(key: type, value: type) }
        let bad: [Float] = [.nan]
        for _ in 0..<100 {
            let error = failure {
                try engine.insert(id: 1, type: type, properties: pairs.span, embedding: bad.span, relationships: Span())
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test(arguments: AllocationStrategy.allCases)
    func insertionsCollectWhatTheyReplace(strategy: AllocationStrategy) throws {
        var configuration = EnginePair.configuration(strategy)
        configuration.gcThreshold = 0.3
        let engine = try KnowledgeEngine(configuration: configuration)
        let type = try engine.intern("t")
        // The list at the other end doubles seventeen times.
        let edges = [Relationship](repeating: Relationship(type: type, other: 0), count: 150_000)
        try engine.insert(id: 0, type: type, properties: Span(), embedding: Span(), relationships: Span())
        try engine.insert(id: 1, type: type, properties: Span(), embedding: Span(), relationships: edges.span)
        #expect(engine.incomingDegree(of: 0) == 150_000)
        #expect(engine.memoryMetrics.retiredBytes == 0)
        #expect(engine.memoryMetrics.reservedBytes < (strategy == .pool ? 10_000_000 : 4_000_000) + 4_096 * 68)
    }

    /// A reader holds all that was there, so that a compaction finds no memory: deletions are done all the same.
    @Test func aWriteIsDoneEvenWhenThereIsNoMemoryToCompactInto() throws {
        var configuration = EnginePair.configuration(.bump)
        configuration.gcThreshold = 0.1
        configuration.memoryHardLimit = 8 << 20
        let engine = try KnowledgeEngine(configuration: configuration)
        let type = try engine.intern("t")
        func insert(_ id: UInt32) -> StrataError? {
            let row = (0..<1_000 as Range<UInt32>).map {
                InternedProperty(key: type, value: InternedString(id: id + $0))
            }
            return failure {
                try engine.insert(id: id, type: type, properties: row.span, embedding: Span(), relationships: Span())
            }
        }
        var count: UInt32 = 0
        while insert(count) == nil { count += 1 }
        #expect(count > 500)
        var reader = try engine.reader()
        reader.pinned { _ in
            for id in stride(from: 0, to: count, by: 3) { #expect(failure { try engine.delete(id) } == nil) }
            #expect(failure { try engine.relate(1, "t", 2) }.map { $0.code == .limitExceeded } ?? true)
            #expect(failure { try engine.update(1, type, to: type) }.map { $0.code == .limitExceeded } ?? true)
        }
        for id in 0..<count where id > 1 {
            let isIntact = try engine.withProperties(of: id) { row in
                id % 3 == 0
                    ? row.isEmpty : row.count == 1_000 && row.indices.allSatisfy { row[$0].value.id == id + UInt32($0) }
            }
            guard isIntact else {
                Issue.record("entity \(id) is not what it was")
                return
            }
        }
        // Without the reader there is room again.
        for id in count..<count + count / 5 {
            guard let error = insert(id) else { continue }
            Issue.record("entity \(id) of \(count): \(error)")
            return
        }
        #expect(engine.memoryUsage <= 8 << 20)
    }
}
