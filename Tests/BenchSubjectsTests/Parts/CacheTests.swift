import BenchDriver
import BenchWorkload
import GraphData
import Testing

struct CacheTests {
    private static let phase = PhaseSpecification(.cacheGet, count: 1)

    /// Hits of a list of keys that keeps the most recent ones: the model.
    private static func hits(_ keys: [UInt32], entries: Int) -> Int {
        var recent: [UInt32] = []
        var hits = 0
        for key in keys {
            if let place = recent.firstIndex(of: key) {
                hits += 1
                recent.remove(at: place)
            }
            recent.append(key)
            if recent.count > entries { recent.removeFirst() }
        }
        return hits
    }

    @Test(arguments: [1, 7, 50, 1_000])
    func `the hit ratio is that of the model, and the answers are not the cache's affair`(entries: Int) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        var draws = SplitMix64(seed: UInt64(entries))
        let keys = (0..<2_000).map { _ in UInt32(min(draws.below(UInt64(100)), draws.below(UInt64(100)))) }
        let operations = keys.map { Operation(kind: .cacheGet, key: $0) }
        let arm = try Arm("strata/bump", dataset, in: folder, configuration: ["cache_entries": "\(entries)"])
        let answer = try arm.run(Self.phase, operations, loaded: 0)
        let ratio = try #require(answer.measurement("hit_ratio"))
        #expect(abs(ratio - Double(Self.hits(keys, entries: entries)) / 2_000) < 1e-12)
        let other = try Arm("strata/bump", dataset, in: folder, configuration: ["cache_entries": "3"])
        #expect(try other.run(Self.phase, operations, loaded: 0).digest == answer.digest)
    }

    @Test func `a phase begins with an empty cache`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let arm = try Arm("strata/bump", dataset, in: folder, configuration: ["cache_entries": "10"])
        for _ in 0..<2 {
            let answer = try arm.run(Self.phase, [Operation(kind: .cacheGet, key: 1)], loaded: 0)
            #expect(answer.measurement("hit_ratio") == 0)
        }
    }

    private static func keys(_ count: Int, seed: UInt64) -> [Operation] {
        var draws = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            Operation(kind: .cacheGet, key: UInt32(min(draws.below(UInt64(100)), draws.below(UInt64(100)))))
        }
    }

    @Test(arguments: ["lru", "fifo", "sieve", "s3-fifo", "w-tinylfu", "adaptive"], [1, 2])
    func `all policies give the same answers, and miss each key at least once`(policy: String, threads: Int) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let operations = Self.keys(2_000, seed: 7)
        let reference = try Arm("strata/bump", dataset, in: folder).run(Self.phase, operations, loaded: 0)
        for size in [["cache_entries": "30"], ["cache_entries": "5000"], ["cache_size": "32768"]] {
            let arm = try Arm(
                "strata/bump", dataset, in: folder, configuration: size.merging(["cache_policy": policy]) { $1 },
                threads: threads)
            let answer = try arm.run(Self.phase, operations, loaded: 0, threads: threads)
            #expect(answer.digest == reference.digest, "\(size)")
            let ratio = try #require(answer.measurement("hit_ratio"))
            let most = 1 - Double(Set(operations.map(\.key)).count) / 2_000
            #expect(ratio <= most + 1e-12, "\(size)")
            #expect(ratio > 0.05, "\(size)")
            if size["cache_entries"] == "5000" { #expect(abs(ratio - most) < 1e-12) }
            if size["cache_size"] != nil { #expect(try #require(answer.measurement("cache_bytes")) <= 32_768) }
            #expect((answer.measurement("hit_ratio_gap") != nil) == (policy == "adaptive"))
        }
    }

    @Test func `the gap is that to the best of the fixed policies`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let operations = Self.keys(2_000, seed: 9)
        func ratio(_ policy: String) throws -> (ratio: Double, gap: Double?) {
            let arm = try Arm(
                "strata/bump", dataset, in: folder, configuration: ["cache_entries": "20", "cache_policy": policy])
            let answer = try arm.run(Self.phase, operations, loaded: 0)
            return (try #require(answer.measurement("hit_ratio")), answer.measurement("hit_ratio_gap"))
        }
        let best = try ["lru", "fifo", "sieve", "s3-fifo", "w-tinylfu"].map { try ratio($0).ratio }.max()
        let adaptive = try ratio("adaptive")
        #expect(try #require(adaptive.gap) == #require(best) - adaptive.ratio)
    }

    @Test(arguments: [1, 2])
    func `rows of a loop are fetched ahead, and the answers stay`(threads: Int) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let operations = (0..<3_000).map { Operation(kind: .cacheGet, key: UInt32($0 % 90)) }
        func run(_ prefetch: String) throws -> Arm.Answer {
            let arm = try Arm(
                "strata/bump", dataset, in: folder,
                configuration: ["cache_entries": "40", "cache_policy": "lru", "cache_prefetch": prefetch],
                threads: threads)
            return try arm.run(Self.phase, operations, loaded: 0, threads: threads)
        }
        let (without, with) = (try run("none"), try run("learned"))
        #expect(without.digest == with.digest)
        #expect(without.measurement("hit_ratio") == 0)
        #expect(without.measurement("prefetches") == nil)
        let hits = try #require(with.measurement("hit_ratio")) * 3_000
        #expect(hits > 2_400)
        #expect(try #require(with.measurement("useful_prefetches")) <= hits)
        #expect(try #require(with.measurement("prefetches")) < 3_000)
    }

    @Test func `a policy that is not there is refused`() throws {
        let folder = try TestFolder()
        let arm = try Arm(
            "strata/bump", try SharedDataset.synthetic.get(), in: folder,
            configuration: ["cache_entries": "10", "cache_policy": "clock"])
        let error = #expect(throws: SubjectError.self) { try arm.run(Self.phase, [], loaded: 0) }
        #expect(error?.message.contains("`clock`") == true)
    }

    @Test func `a cache without a size is refused`() throws {
        let folder = try TestFolder()
        let arm = try Arm("strata/bump", try SharedDataset.synthetic.get(), in: folder, configuration: [:])
        let error = #expect(throws: SubjectError.self) { try arm.run(Self.phase, [], loaded: 0) }
        #expect(error?.message.contains("cache_entries") == true)
    }
}
