import Strata
import Testing

@Suite struct KnowledgeEngineTests {
    @Test(arguments: AllocationStrategy.allCases, [1, 2, 3, 4] as [UInt64])
    func agreesWithTheModel(strategy: AllocationStrategy, seed: UInt64) throws {
        let pair = try EnginePair(EnginePair.configuration(strategy), seed: seed)
        for phase in 0..<5 {
            for step in 0..<150 { try pair.change("seed \(seed), phase \(phase), step \(step)") }
            let differences = try pair.differences()
            guard differences.isEmpty else {
                Issue.record("\(strategy), seed \(seed), phase \(phase): \(differences.joined(separator: "; "))")
                return
            }
        }
        for id in pair.model.ids {
            try pair.engine.delete(id)
            pair.model.delete(id)
        }
        #expect(try pair.differences() == [], "\(strategy), seed \(seed): all deleted")
        let metrics = pair.engine.memoryMetrics
        #expect(metrics.liveBytes == 0, "\(strategy), seed \(seed)")
        #expect(metrics.totalAllocatedBytes == metrics.totalFreedBytes)
        #expect(metrics.peakLiveBytes > 0)
    }

    /// Rows that are so large that garbage is collected, and the arena compacted, again and again.
    @Test(arguments: AllocationStrategy.allCases, [1, 2] as [UInt64])
    func agreesWithTheModelWhileGarbageIsCollected(strategy: AllocationStrategy, seed: UInt64) throws {
        var configuration = EnginePair.configuration(strategy, arenaSize: 1 << 20)
        configuration.gcThreshold = 0.2
        let pair = try EnginePair(configuration, dimensions: 0, seed: seed)
        for step in 0..<400 {
            try pair.change("seed \(seed), step \(step)")
            if pair.random.chance(30), let id = pair.presentID() {
                try pair.engine.delete(id)
                pair.model.delete(id)
                let pairs = (0..<pair.random.below(2_500)).map { (key: "k\($0 % 7)", value: "v\($0 % 3)") }
                let error = try pair.insert(id, pairs: pairs, embedding: [], relationships: [])
                #expect(error == nil, "seed \(seed), step \(step)")
            }
        }
        #expect(try pair.differences(deep: false) == [], "\(strategy), seed \(seed)")
        let metrics = pair.engine.memoryMetrics
        #expect(metrics.totalAllocatedBytes > 1 << 20)
        // A pool takes spans of 2 MiB, and cuts each size from slabs of its own.
        #expect(metrics.reservedBytes < (strategy == .pool ? 10 : 2) << 20)
    }

    @Test(arguments: AllocationStrategy.allCases)
    func takesWhatIsGivenAsSwiftValues(strategy: AllocationStrategy) throws {
        let engine = try KnowledgeEngine(configuration: EnginePair.configuration(strategy), embeddingDimensions: 3)
        try engine.insert(id: 1, type: "person", name: "ada", properties: ["name": "Ada"], embedding: [1, 0, 0])
        try engine.insert(id: 2, type: "machine", properties: ["name": "Analytical Engine"], embedding: [0.8, 0.6, 0])
        try engine.relate(1, "described", 2)
        #expect(try engine.properties(of: 1) == ["name": ["Ada"]])
        #expect(try engine.properties(of: 3) == [:])
        #expect(try engine.similar(to: 1, limit: 5).map(\.id) == [2])
        #expect(try engine.path(from: 1, to: 2) == [1, 2])
        #expect(try engine.path(from: 2, to: 1) == nil)
        #expect(try engine.path(from: 2, to: 1, .incoming) == [2, 1])
        #expect(try engine.path(from: 2, to: 2) == [2])
        #expect(engine.text(of: try #require(engine.lookup("described"))) == "described")
    }

    @Test func keysOfDeletedEntitiesAreNotGivenAgain() throws {
        let engine = try KnowledgeEngine()
        var keys = Set<EntityKey>()
        for _ in 0..<50 {
            #expect(keys.insert(try engine.insert(id: 7, type: "t")).inserted)
            try engine.delete(7)
        }
    }

    @Test func similarityAnswersAreCachedUntilTheEmbeddingsChange() throws {
        let engine = try KnowledgeEngine(embeddingDimensions: 2)
        try engine.insert(id: 1, type: "t", embedding: [1, 0])
        try engine.insert(id: 2, type: "t", embedding: [0, 1])
        let query: [Float] = [1, 0.5]
        let first = try engine.similar(to: query.span, limit: 3)
        #expect(try engine.similar(to: query.span, limit: 3) == first)
        #expect(engine.cacheMetrics.hits == 1)
        try engine.insert(id: 3, type: "t", embedding: [2, 2])
        #expect(try engine.similar(to: query.span, limit: 3).map(\.id) == [3, 1, 2])
        try engine.delete(1)
        #expect(try engine.similar(to: query.span, limit: 3).map(\.id) == [3, 2])
        // The same row, another owner.
        try engine.delete(3)
        try engine.insert(id: 4, type: "t", embedding: [2, 2])
        #expect(try engine.similar(to: query.span, limit: 3).map(\.id) == [4, 2])
        // A change that is none to the embeddings leaves the answer in place.
        let hits = engine.cacheMetrics.hits
        try engine.relate(4, "r", 2)
        _ = try engine.similar(to: query.span, limit: 3)
        #expect(engine.cacheMetrics.hits == hits + 1)
    }

    @Test func badQuestionsAreRefused() throws {
        let engine = try KnowledgeEngine(embeddingDimensions: 2)
        try engine.insert(id: 1, type: "t", embedding: [1, 0])
        try engine.insert(id: 2, type: "t")
        let bad: [[Float]] = [[], [1], [1, 2, 3], [.nan, 1], [1, .infinity], [3e38, 0], [0, -2e18]]
        for query in bad {
            #expect(failure { try engine.similar(to: query.span, limit: 1) }?.code == .invalidArgument, "\(query)")
        }
        let query: [Float] = [1, 1]
        #expect(failure { try engine.similar(to: query.span, limit: -1) }?.code == .invalidArgument)
        #expect(try engine.similar(to: query.span, limit: 0) == [])
        for id: UInt32 in [2, 3] { #expect(failure { try engine.similar(to: id, limit: 1) }?.code == .notFound) }
        #expect(failure { try engine.hops(from: 9, depth: 1) }?.code == .notFound)
        #expect(failure { try engine.path(from: 1, to: 9) }?.code == .notFound)
        #expect(failure { try engine.path(from: 9, to: 1) }?.code == .notFound)
        let none = try KnowledgeEngine()
        #expect(failure { try none.similar(to: Span(), limit: 1) }?.code == .invalidArgument)
    }

    @Test func memoryUsageIsTheSumOfItsParts() throws {
        let engine = try KnowledgeEngine(embeddingDimensions: 96)
        let empty = engine.memoryUsage
        for id in 0..<3_000 as Range<UInt32> {
            try engine.insert(
                id: id, type: "t", properties: ["n": "\(id)"], embedding: [Float](repeating: 1, count: 96))
        }
        let embeddings = 3_000 * 96 * 4
        let payloads = engine.memoryMetrics.reservedBytes
        let strings = engine.internerStats.totalBytes
        #expect(engine.memoryUsage - empty >= embeddings)
        #expect(engine.memoryUsage >= payloads + strings + embeddings)
        #expect(engine.memoryUsage <= payloads + strings + embeddings + (9 << 18))
        #expect(engine.memoryMetrics.liveBytes == 3_000 * (52 + 16))
    }
}
