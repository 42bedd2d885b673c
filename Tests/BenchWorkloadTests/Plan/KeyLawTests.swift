import BenchWorkload
import Foundation
import GraphData
import Testing

/// Checks counts against the exact probabilities by Pearson's chi-square, cells expecting fewer than 10 pooled.
///
/// The bound is mean plus six standard deviations of the chi-square law: a right sampler passes for all but one seed
/// in millions, and the seeds are fixed.
func expectLaw(
    _ counts: [Int], _ probabilities: [Double], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    let total = Double(counts.reduce(0, +))
    var statistic = 0.0
    var cells = 0
    var pooled = (count: 0.0, expected: 0.0)
    func add(_ count: Double, _ expected: Double) {
        statistic += (count - expected) * (count - expected) / expected
        cells += 1
    }
    for (count, probability) in zip(counts, probabilities) {
        if probability * total < 10 {
            pooled.count += Double(count)
            pooled.expected += probability * total
        } else {
            add(Double(count), probability * total)
        }
    }
    if pooled.expected >= 10 {
        add(pooled.count, pooled.expected)
    } else {
        #expect(pooled.count <= 60, "\(what): \(pooled.count) in cells that expect \(pooled.expected)")
    }
    let freedom = Double(max(cells - 1, 1))
    let bound = freedom + 6 * (2 * freedom).squareRoot() + 12
    #expect(statistic < bound, "\(what): chi-square \(statistic) over \(bound)", sourceLocation: sourceLocation)
}

@Suite struct KeyLawTests {
    private static let draws = 60_000

    private func phase(_ keys: KeyDistribution, _ operations: [WeightedOperation] = [WeightedOperation(.get)])
        -> PhaseSpecification
    { PhaseSpecification(name: "law", operations: operations, count: Self.draws, keys: keys) }

    /// How often each of `rows` rows is drawn.
    private func counts(_ keys: KeyDistribution, rows: Int, seed: UInt64) -> [Int] {
        var result = [Int](repeating: 0, count: rows)
        for operation in draw(phase(keys), Self.draws, entityCount: rows, seed: seed) {
            result[Int(operation.key)] += 1
        }
        return result
    }

    private func zipf(_ exponent: Double, _ count: Int) -> [Double] {
        let weights = (1...count).map { pow(Double($0), -exponent) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    @Test(arguments: [1, 2, 3, 100, 1000], [1, 42, 0xFFFF_FFFF_FFFF_FFFF] as [UInt64])
    func uniform(rows: Int, seed: UInt64) {
        let law = Array(repeating: 1 / Double(rows), count: rows)
        expectLaw(counts(.uniform, rows: rows, seed: seed), law, "uniform over \(rows), seed \(seed)")
    }

    @Test(arguments: [0.5, 0.99, 1.0, 2.0], [2, 97, 1000])
    func zipfRanksAreScatteredOverRows(exponent: Double, rows: Int) {
        let drawn = counts(.zipf(exponent: exponent), rows: rows, seed: 7)
        let scatter = KeyDistribution.scatter(rows: rows)
        let byRank = (0..<rows).map { drawn[scatter($0)] }
        expectLaw(byRank, zipf(exponent, rows), "zipf(\(exponent)) over \(rows), seed 7")
        if rows == 1000 {
            let hot = (0..<10).map { scatter($0) }.sorted()
            let neighbours = zip(hot, hot.dropFirst()).count { $1 - $0 == 1 }
            #expect(neighbours < 3, "hot rows lie side by side: \(hot)")
        }
    }

    @Test func latestFavoursTheNewestRow() {
        let law = zipf(KeyDistribution.latestExponent, 200)
        expectLaw(counts(.latest, rows: 200, seed: 3).reversed(), law, "latest over 200, seed 3")
        // While rows are inserted the newest one moves.
        let mixture = [WeightedOperation(.insert, weight: 1), WeightedOperation(.get, weight: 1)]
        var byAge = [Int](repeating: 0, count: 200)
        var newest = 199
        for operation in draw(phase(.latest, mixture), Self.draws, entityCount: 200_000, seed: 4, loaded: 200) {
            if operation.operationKind == .insert { newest += 1 } else { byAge[newest - Int(operation.key)] += 1 }
        }
        expectLaw(byAge, law, "latest while inserting, seed 4")
    }

    @Test(arguments: [(0.2, 0.8), (0.5, 0.5), (0.01, 1), (0.1, 0)] as [(Double, Double)])
    func hotspot(fraction: Double, probability: Double) {
        let rows = 500
        let keys = KeyDistribution.hotspot(fraction: fraction, probability: probability)
        let hotCount = Int(fraction * Double(rows))
        // A phase that only draws hot keys tells which rows are hot.
        let onlyHot = KeyDistribution.hotspot(fraction: fraction, probability: 1)
        let hot = Set(draw(phase(onlyHot), 20_000, entityCount: rows, seed: 1).map { Int($0.key) })
        #expect(hot.count == hotCount)
        let law = (0..<rows).map { row in
            hot.contains(row) ? probability / Double(hotCount) : (1 - probability) / Double(rows - hotCount)
        }
        expectLaw(counts(keys, rows: rows, seed: 9), law, "\(keys), seed 9")
    }

    @Test func smallHotspotsHaveAHotRow() {
        for rows in 1...5 {
            let keys = KeyDistribution.hotspot(fraction: 0.01, probability: 1)
            let drawn = counts(keys, rows: rows, seed: 1)
            #expect(drawn.filter { $0 > 0 } == [Self.draws], "\(rows) rows")
        }
    }

    @Test func sequentialGoesRound() {
        let keys = draw(phase(.sequential), 25, entityCount: 10).map { Int($0.key) }
        #expect(keys == (0..<25).map { $0 % 10 })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func weightsAreTheirShares(seed: UInt64) {
        let kinds: [OperationKind] = [.get, .update, .delete, .neighbors, .scan]
        let weights = [95, 1, 7, 400, 13]
        let mixture = zip(kinds, weights).map { WeightedOperation($0, weight: $1) }
        var drawn = [Int](repeating: 0, count: kinds.count)
        for operation in draw(phase(.uniform, mixture), Self.draws, entityCount: 100, seed: seed) {
            guard let index = kinds.firstIndex(where: { $0.rawValue == operation.kind }) else { continue }
            drawn[index] += 1
        }
        #expect(drawn.reduce(0, +) == Self.draws)
        expectLaw(drawn, weights.map { Double($0) / 516 }, "weights, seed \(seed)")
    }
}
