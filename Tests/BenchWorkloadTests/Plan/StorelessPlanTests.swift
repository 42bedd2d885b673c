import BenchWorkload
import Glibc
import GraphData
import Testing

@Suite struct StorelessPlanTests {
    private static let draws = 60_000

    private func phase(_ sizes: SizeDistribution) -> PhaseSpecification {
        PhaseSpecification(
            name: "churn", operations: [WeightedOperation(.allocate)], count: Self.draws, sizes: sizes)
    }

    /// How often each size of a range is drawn.
    private func counts(_ sizes: SizeDistribution, _ range: ClosedRange<Int>, seed: UInt64) -> [Int] {
        var result = [Int](repeating: 0, count: range.count)
        let drawn = draw(phase(sizes), Self.draws, entityCount: 100, seed: seed).map { Int($0.argument) }
        #expect(drawn.allSatisfy(range.contains), "\(sizes), seed \(seed)")
        for size in drawn where range.contains(size) { result[size - range.lowerBound] += 1 }
        return result
    }

    @Test(arguments: [1, 42, 99] as [UInt64])
    func sizesFollowTheirLaw(seed: UInt64) {
        #expect(counts(.fixed(48), 48...48, seed: seed) == [Self.draws])
        #expect(counts(.uniform(7, 7), 7...7, seed: seed) == [Self.draws])
        #expect(counts(.logUniform(7, 7), 7...7, seed: seed) == [Self.draws])
        let even = Array(repeating: 1.0 / 241, count: 241)
        expectLaw(counts(.uniform(16, 256), 16...256, seed: seed), even, "uniform(16,256), seed \(seed)")
        for (least, most) in [(1, 100), (16, 4096)] {
            let span = log(Double(most + 1) / Double(least))
            let law = (least...most).map { log(Double($0 + 1) / Double($0)) / span }
            let drawn = counts(.logUniform(least, most), least...most, seed: seed)
            expectLaw(drawn, law, "log-uniform(\(least),\(most)), seed \(seed)")
        }
        let drawn = counts(.logNormal(mean: 4.2, deviation: 0.9, 16, 1_024), 16...1_024, seed: seed)
        expectLaw(drawn, Self.logNormal(4.2, 0.9, 16...1_024), "log-normal(4.2,0.9,16,1024), seed \(seed)")
        let large = draw(phase(.logUniform(1 << 29, 1 << 30)), 1000, entityCount: 100, seed: seed)
        #expect(large.allSatisfy { (1 << 29...1 << 30).contains($0.argument) }, "large sizes, seed \(seed)")
    }

    /// The share of each size; the first and the last have what lies outside as well.
    private static func logNormal(_ mean: Double, _ deviation: Double, _ range: ClosedRange<Int>) -> [Double] {
        func below(_ size: Int) -> Double { 0.5 * erfc(-(log(Double(size)) - mean) / deviation / 2.0.squareRoot()) }
        return range.map { size in
            let upper = size == range.upperBound ? 1 : below(size + 1)
            return upper - (size == range.lowerBound ? 0 : below(size))
        }
    }

    @Test(arguments: [0, 0.25, 1], [1, 2] as [UInt64])
    func aShareIsGivenBackElsewhere(share: Double, seed: UInt64) {
        var mixed = PhaseSpecification(
            name: "churn", operations: [WeightedOperation(.allocate), WeightedOperation(.free)],
            remoteFrees: share)
        let drawn = draw(mixed, Self.draws, entityCount: 100, seed: seed)
        for kind in [OperationKind.allocate, .free] {
            let own = drawn.filter { $0.operationKind == kind }
            let remote = Double(own.count(where: \.isRemoteFree)) / Double(own.count)
            #expect(abs(remote - share) < 0.015, "\(kind.name), seed \(seed): \(remote)")
            if share == 0 || share == 1 { #expect(remote == share) }
        }
        // Everything else is as without.
        mixed.remoteFrees = 0
        let plain = draw(mixed, Self.draws, entityCount: 100, seed: seed)
        #expect(zip(drawn, plain).allSatisfy { ($0.kind, $0.key, $0.argument) == ($1.kind, $1.key, $1.argument) })
    }

    @Test func keysAreDrawnOverAllRows() throws {
        let mixed = PhaseSpecification(
            name: "churn", operations: [WeightedOperation(.allocate), WeightedOperation(.free)], count: 5000)
        var seen: Set<UInt32> = []
        // However many rows are loaded, the slots are the data set's rows.
        for operation in draw(mixed, 5000, entityCount: 200, loaded: 3) {
            seen.insert(operation.key)
            #expect(operation.key < 200 && operation.limit == 0)
            #expect(operation.operationKind == .free ? operation.argument == 0 : operation.argument == 48)
        }
        #expect(seen.count == 200)
        #expect(draw(mixed, 5000, entityCount: 200, loaded: 0) == draw(mixed, 5000, entityCount: 200))
        // Pinned: these may only change together with the meaning of a plan.
        var pinned = mixed
        pinned.sizes = .logUniform(16, 65_536)
        #expect(ExecutionPlan.hash(of: pinned, count: 5000, entityCount: 200, seed: 42) == 0x17E05B29F7815FF0)
        let cache = PhaseSpecification(
            name: "cache", operations: [WeightedOperation(.cacheGet)], count: 100, keys: .latest)
        #expect(draw(cache, 100, entityCount: 10, loaded: 0).allSatisfy { $0.key < 10 && $0.argument == 0 })
    }

    @Test func noRowHasToBeLoaded() throws {
        let plan = try ExecutionPlan.phases(of: try scenario(allocationChurn), entityCount: 10_000)
        #expect(plan.map(\.loaded) == [0, 0, 0] && plan.map(\.insertCount) == [0, 0, 0])
        #expect(plan.map(\.operationCount) == [200_000, 10_000, nil])
    }
}
