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

    @Test func `a policy that is not there is refused`() throws {
        let folder = try TestFolder()
        let arm = try Arm(
            "strata/bump", try SharedDataset.synthetic.get(), in: folder,
            configuration: ["cache_entries": "10", "cache_policy": "sieve"])
        let error = #expect(throws: SubjectError.self) { try arm.run(Self.phase, [], loaded: 0) }
        #expect(error?.message.contains("`sieve`") == true)
    }

    @Test func `a cache without a size is refused`() throws {
        let folder = try TestFolder()
        let arm = try Arm("strata/bump", try SharedDataset.synthetic.get(), in: folder, configuration: [:])
        let error = #expect(throws: SubjectError.self) { try arm.run(Self.phase, [], loaded: 0) }
        #expect(error?.message.contains("cache_entries") == true)
    }
}
