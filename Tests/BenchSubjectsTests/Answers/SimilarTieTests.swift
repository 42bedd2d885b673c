import BenchDriver
import BenchWorkload
import Foundation
import GraphData
import Testing

@testable import BenchSubjects

/// Equal scores are ranked by identifier, however many there are, and however single precision rounds them.
@Suite struct SimilarTieTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// The ranking by definition.
    private func ranking(_ embeddings: [[Float]], of query: Int, k: Int) -> [UInt32] {
        embeddings.indices.filter { $0 != query && !embeddings[$0].isEmpty }
            .map {
                (
                    id: UInt32($0),
                    score: zip(embeddings[query], embeddings[$0]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                )
            }
            .sorted { ($1.score, $0.id) < ($0.score, $1.id) }
            .prefix(k).map(\.id)
    }

    private func check(_ embeddings: [[Float]], ks: [Int], at location: SourceLocation = #_sourceLocation) throws {
        let graph = TestGraph(
            entities: embeddings.map { TestGraph.Entity(embedding: $0) },
            embeddingDimensions: embeddings.map(\.count).max() ?? 0)
        let contest = try Contest(try graph.dataset(in: folder), in: folder)
        try contest.load()
        for k in ks {
            let keys = embeddings.indices.filter { !embeddings[$0].isEmpty }.prefix(40)
            let answer = try contest.run(.similar, keys, limit: UInt16(k), at: location)
            for (place, key) in keys.enumerated() {
                #expect(
                    answer.operations[place].digest
                        == AnswerHash.operation(
                            UInt64(place), AnswerHash.sequence(ranking(embeddings, of: key, k: k))),
                    "entity \(key), k = \(k)", sourceLocation: location)
            }
        }
    }

    @Test func manyDuplicates() throws {
        // Far more equals than a margin of a few results takes in.
        try check((0..<200).map { $0 % 2 == 0 ? [1, 0] : [0, 1] }, ks: [1, 10, 50, 99, 100, 150])
        try check(Array(repeating: [0.6, 0.8], count: 120), ks: [1, 10])
    }

    @Test func zeroAndNegativeScores() throws {
        try check((0..<100).map { [[0, 0], [1, 0], [-1, 0], [-0.0, 0]][$0 % 4] }, ks: [1, 10, 30, 60])
    }

    @Test func equalSumsOfOtherTerms() throws {
        // Each vector has three of nine components: sums are equal where single precision, in whatever order it adds,
        // may see them differ.
        var generator = SplitMix64(seed: 11)
        let part = Float(1 / 3.0.squareRoot())
        try check(
            (0..<150).map { _ in
                var vector = [Float](repeating: 0, count: 9)
                for _ in 0..<3 { vector[generator.below(9)] = part }
                return vector
            }, ks: [1, 5, 20])
    }

    @Test func differencesBelowSinglePrecision() throws {
        // A large common part hides the small one, which alone decides, from single precision.
        var generator = SplitMix64(seed: 12)
        try check(
            (0..<120).map { _ in
                [1_024, Float(generator.below(64)) / 4_096, -Float(generator.below(64)) / 4_096, 0.5]
            }, ks: [1, 10])
    }

    @Test func entitiesWithoutEmbeddings() throws {
        try check((0..<60).map { $0 % 3 == 0 ? [] : [Float($0 % 4), 1] }, ks: [1, 10, 100])
        // No entity of the graph has one.
        let contest = try Contest(try TestGraph(entities: [.init(), .init()]).dataset(in: folder, "none"), in: folder)
        try contest.load()
        let answer = try contest.run(.similar, [0, 1], limit: 3)
        #expect(answer.operations[1].digest == AnswerHash.operation(1, AnswerHash.absent))
    }

    @Test func answersFollowChanges() throws {
        let graph = TestGraph(
            entities: (0..<30).map { _ in TestGraph.Entity(properties: [("a", "b")], embedding: [1, 0]) },
            embeddingDimensions: 2)
        let contest = try Contest(try graph.dataset(in: folder), in: folder)
        try contest.load()
        let before = try contest.run(.similar, [0, 0], limit: 3)
        #expect(try contest.run(.similar, [0, 0], limit: 3).digest == before.digest)
        try contest.run(.delete, [2])
        let without = try contest.run(.similar, [0, 0], limit: 3)
        #expect(without.digest != before.digest)
        #expect(without.operations[0].digest == AnswerHash.operation(0, AnswerHash.sequence([1, 3, 4])))
        try contest.run(.insert, [2])
        #expect(try contest.run(.similar, [0, 0], limit: 3).digest == before.digest)
    }
}
