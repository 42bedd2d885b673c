import Testing

@testable import Strata

@Suite struct QuantizedQueryTests {
    @Test(arguments: [0, 1, -3, 257])
    func aNumberOfLevelsThatTellsNothingIsRefused(levels: Int) throws {
        let error = failure { _ = try QueryQuantizer(levels: levels) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "quantization_levels cannot be '\(levels)'")
        var configuration = MemoryConfiguration()
        configuration.quantizationLevels = levels
        #expect(failure { _ = try KnowledgeEngine(configuration: configuration) }?.code == .invalidArgument)
        #expect(
            failure { _ = try MemoryConfiguration(keys: ["quantization_levels": "\(levels)"]) }?.remedy
                == "give 2 to 256")
    }

    @Test func onlyTheDirectionCounts() throws {
        var random = SplitMix64(seed: 5)
        for levels in [2, 3, 16, 256] {
            let quantizer = try QueryQuantizer(levels: levels)
            func cell(of vector: [Float]) -> [UInt32] { quantizer.cell(of: vector.span) }
            for dimensions in [1, 2, 3, 5, 96] {
                let vector = random.vector(dimensions)
                let held = cell(of: vector)
                let longer = cell(of: vector.map { $0 * 8 })
                let opposite = cell(of: vector.map { -$0 })
                #expect(held == longer)
                #expect(held != opposite, "\(levels) levels, \(vector)")
                let bytes = held.flatMap { word in (0..<4).map { Int(word >> (8 * $0) & 255) } }
                #expect(bytes.allSatisfy { $0 < levels })
            }
            let odd: [[Float]] = [[0, 0], [.nan, 1], [.infinity, 1], [1e30, 1e30]]
            for vector in odd { _ = cell(of: vector) }
        }
    }

    /// Queries that scatter about a few directions: whatever the cache gives has exact scores in order, says so when it
    /// may lack an entity, and is what a search gives otherwise.
    @Test(arguments: [2, 4, 16], [1, 2] as [UInt64])
    func answersOfACellAreRankedAnew(levels: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var configuration = MemoryConfiguration()
        configuration.quantizationLevels = levels
        let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 6)
        var rows: [(id: UInt32, vector: [Float])] = []
        let centres = (0..<4).map { _ in random.vector(6) }
        for id in 0..<300 as Range<UInt32> {
            rows.append((id, random.vector(6)))
            try engine.insert(id: id, type: "t", embedding: rows[Int(id)].vector)
        }
        var counts: [SimilarityAnswer.Origin: Int] = [:]
        var missing = 0
        for step in 0..<300 {
            if step % 50 == 49 {
                // Every kept answer is out of reach from here on.
                try engine.delete(rows[0].id)
                rows.removeFirst()
                let query = centres[0]
                let fresh = try engine.search(query.span, limit: 5)
                #expect(fresh.origin == .searched, "seed \(seed), step \(step)")
            }
            let centre = centres[random.below(4)]
            let query = random.chance(30) ? centre : centre.map { $0 + Float(random.below(100)) / 2_000 }
            let answer = try engine.search(query.span, limit: 5)
            counts[answer.origin, default: 0] += 1
            let exact = VectorModel(rows: rows).top(query, limit: rows.count, excluding: [])
            if answer.isExact {
                #expect(answer.matches == Array(exact.prefix(5)), "seed \(seed), step \(step)")
            } else {
                let scores = Dictionary(uniqueKeysWithValues: exact.map { ($0.id, $0.score) })
                #expect(answer.matches.allSatisfy { scores[$0.id] == $0.score }, "seed \(seed), step \(step)")
                #expect(answer.matches == answer.matches.sorted(by: SimilarityMatch.precedes))
                missing += Set(exact.prefix(5).map(\.id)).subtracting(answer.matches.map(\.id)).count
            }
        }
        #expect(counts[.searched, default: 0] > 0)
        #expect(counts[.cached, default: 0] > 0)
        #expect(counts[.reranked, default: 0] > 0)
        #expect(engine.similarityCache.rerankedAnswers == counts[.reranked])
        // Four times as many are kept as are asked for, at least 32: few of the best are not among them.
        #expect(missing <= counts[.reranked, default: 0] / 4, "\(missing) of \(counts)")
    }

    @Test func aSnapshotSharesAnswersWhenToldTo() throws {
        let engine = try KnowledgeEngine(embeddingDimensions: 3)
        try engine.insert(id: 1, type: "t", embedding: [1, 0, 0])
        try engine.insert(id: 2, type: "t", embedding: [0, 1, 0])
        let folder = try TemporaryFolder()
        let path = folder.file("s.strata")
        try engine.writeSnapshot(to: path)
        #expect(
            failure { _ = try ZeroCopyKnowledgeEngine(path: path, quantizationLevels: 1) }?.code == .invalidArgument
        )
        let mapped = try ZeroCopyKnowledgeEngine(path: path, quantizationLevels: 4)
        let (first, second): ([Float], [Float]) = ([1, 0.1, 0], [1, 0.11, 0])
        let (new, again) = (try mapped.search(first.span, limit: 2), try mapped.search(first.span, limit: 2))
        #expect(new.origin == .searched)
        #expect(again.origin == .cached)
        let near = try mapped.search(second.span, limit: 2)
        #expect(near.origin == .reranked)
        #expect(near.matches.map(\.id) == [1, 2])
        #expect(near.matches[1].score == Double(Float(0.11)))
    }
}
