import CStrata
import Testing

@testable import Strata

@Suite struct IVFIndexTests {
    private static func trained(
        _ metric: IndexMetric, dimensions: Int, lists: Int, seed: UInt64 = 1
    ) throws -> IVFIndex {
        var random = SplitMix64(seed: seed)
        let sample = (0..<lists * 10).flatMap { _ in random.clustered(dimensions) }
        return try IVFIndex(
            IVFParameters(dimensions: dimensions, metric: metric, lists: lists), trainedOn: sample.span)
    }

    @Test(arguments: IndexMetric.allCases, 1...3 as ClosedRange<UInt64>)
    func agreesWithTheModel(metric: IndexMetric, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let dimensions = [3, 8, 19][Int(seed) % 3]
        var index = try Self.trained(metric, dimensions: dimensions, lists: 12, seed: seed)
        var model = IndexModel(metric)
        var searcher = IndexSearcher()
        var (recall, questions) = (0.0, 0)
        for step in 0..<longRun(1_200) {
            // Identifiers may be any.
            let id = UInt32(random.below(900)) &* 4_771_951
            let vector = random.clustered(dimensions)
            if model[id] == nil {
                try index.insert(vector.span, id: id)
                model[id] = vector
            } else if random.chance(50) {
                try index.update(vector.span, id: id)
                model[id] = vector
            } else {
                try index.remove(id)
                model[id] = nil
            }
            guard step % 50 == 0 else { continue }
            let query = random.clustered(dimensions)
            let limit = 1 + random.below(12)
            try index.search(query.span, IndexQuery(limit: limit, breadth: 5, prefersIndex: true), using: &searcher)
            let matches = searcher.matchArray
            if let fault = model.fault(matches, query) {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
            #expect(matches.count == min(limit, model.count), "seed \(seed), step \(step)")
            recall += model.recall(matches, query, limit: limit)
            questions += 1
            try index.searchExactly(query.span, limit: limit, using: &searcher)
            #expect(model.recall(searcher.matchArray, query, limit: limit) == 1, "seed \(seed), step \(step)")
        }
        let count = index.count
        #expect(count == model.count)
        #expect(recall / Double(questions) > 0.9, "seed \(seed): recall \(recall / Double(questions))")
        // Nothing but what is there is held.
        #expect(index.entryIDs.count <= 900)
    }

    @Test func centroidsFindClusters() throws {
        var random = SplitMix64(seed: 3)
        var index = try Self.trained(.squaredEuclidean, dimensions: 8, lists: 8)
        for id in 0..<800 as Range<UInt32> { try index.insert(random.clustered(8).span, id: id) }
        // Each of the eight clusters has a list, or shares one: no list holds most of the vectors.
        let longest = (0..<8).map { index.parts[$0].ids.count }.max()!
        #expect(longest < 400, "\(longest)")
        let used = (0..<8).filter { index.parts[$0].ids.count > 0 }.count
        #expect(used >= 5, "\(used)")
        var searcher = IndexSearcher()
        let plan = try index.search(
            random.clustered(8).span, IndexQuery(limit: 3, breadth: 1, prefersIndex: true), using: &searcher)
        #expect(plan.method == .lists)
        #expect(searcher.distanceCount <= 8 + longest)
        let isWorthTraining = index.isWorthTraining
        #expect(isWorthTraining, "trained on 80")
    }

    @Test(arguments: [1, 30, 700])
    func filtersByASet(accepted: Int) throws {
        var random = SplitMix64(seed: UInt64(accepted))
        var index = try Self.trained(.cosine, dimensions: 6, lists: 16)
        var model = IndexModel(.cosine)
        for id in 0..<1_000 as Range<UInt32> {
            let vector = random.clustered(6)
            try index.insert(vector.span, id: id)
            model[id] = vector
        }
        var filter = IdentifierBitmap()
        while filter.count < accepted { try filter.insert(UInt32(random.below(1_000))) }
        var searcher = IndexSearcher()
        var recall = 0.0
        for _ in 0..<20 {
            let query = random.clustered(6)
            try index.search(
                query.span, IndexQuery(limit: 10, breadth: 6, prefersIndex: accepted > 100), where: filter,
                using: &searcher)
            #expect(searcher.matches.count == min(10, accepted))
            #expect(model.fault(searcher.matchArray, query) { filter.contains($0) } == nil)
            recall += model.recall(searcher.matchArray, query, limit: 10) { filter.contains($0) } / 20
        }
        #expect(recall > 0.9, "recall \(recall)")
    }

    @Test func fewerVectorsThanListsAreWell() throws {
        var index = try IVFIndex(
            IVFParameters(dimensions: 2, metric: .squaredEuclidean, lists: 9),
            trainedOn: ([1, 2, 3, 4] as [Float]).span)
        var searcher = IndexSearcher()
        try index.search(([0, 0] as [Float]).span, using: &searcher)
        #expect(searcher.matches.count == 0)
        try index.insert(([1, 2] as [Float]).span, id: 7)
        try index.search(([0, 0] as [Float]).span, using: &searcher)
        #expect(searcher.matchArray == [IndexMatch(id: 7, distance: 5)])
        try index.remove(7)
        #expect(index.count == 0)
    }

    @Test func badInputIsRefusedAndLeavesNoTrace() throws {
        var index = try Self.trained(.cosine, dimensions: 2, lists: 3)
        try index.insert(([1, 1] as [Float]).span, id: 4)
        var searcher = IndexSearcher()
        for vector in [[], [1], [.nan, 0], [.infinity, 1], [0, 0], [1e30, 0]] as [[Float]] {
            #expect(failure { try index.insert(vector.span, id: 5) }?.code == .invalidArgument)
            #expect(failure { try index.update(vector.span, id: 4) }?.code == .invalidArgument)
            #expect(failure { try index.search(vector.span, using: &searcher) }?.code == .invalidArgument)
        }
        #expect(failure { try index.insert(([1, 1] as [Float]).span, id: 4) }?.code == .alreadyExists)
        #expect(failure { try index.update(([1, 1] as [Float]).span, id: 5) }?.code == .notFound)
        #expect(failure { try index.remove(5) }?.code == .notFound)
        #expect(index.count == 1)
        for (dimensions, lists, rounds) in [(0, 1, 1), (2, 0, 1), (2, 65_537, 1), (2, 1, 0)] {
            let parameters = IVFParameters(dimensions: dimensions, metric: .cosine, lists: lists, rounds: rounds)
            #expect(
                failure { try IVFIndex(parameters, trainedOn: ([1, 2] as [Float]).span) }?.code == .invalidArgument)
        }
        let parameters = IVFParameters(dimensions: 2, metric: .cosine, lists: 1)
        for sample in [[], [1, 2, 3], [.nan, 1]] as [[Float]] {
            #expect(failure { try IVFIndex(parameters, trainedOn: sample.span) }?.code == .invalidArgument)
        }
    }

    @Test(arguments: IndexMetric.allCases, [0, 1, 500])
    func isSearchedInPlaceAndLoaded(metric: IndexMetric, count: Int) throws {
        var random = SplitMix64(seed: 5)
        var index = try Self.trained(metric, dimensions: 7, lists: 10)
        for id in 0..<UInt32(count) { try index.insert(random.clustered(7).span, id: id &* 7) }
        for id in 0..<UInt32(count / 3) { try index.remove(id &* 7) }
        let bytes = try index.section()
        let section = try IVFSection(bytes.span.bytes)
        try section.verify()
        let counts = (section.count, index.count)
        #expect(counts.0 == counts.1)
        var second = try IVFIndex.loaded(from: section)
        var here = IndexSearcher()
        var there = IndexSearcher()
        for _ in 0..<20 {
            let query = random.clustered(7)
            try index.search(query.span, IndexQuery(limit: 5, breadth: 3, prefersIndex: true), using: &here)
            try section.search(query.span, IndexQuery(limit: 5, breadth: 3, prefersIndex: true), using: &there)
            #expect(here.matchArray == there.matchArray)
            try second.search(query.span, IndexQuery(limit: 5, breadth: 3, prefersIndex: true), using: &there)
            #expect(here.matchArray == there.matchArray)
        }
        #expect(try second.section() == bytes)
        try second.insert(random.clustered(7).span, id: 1)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func damageNeverCrashes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var index = try Self.trained(IndexMetric.allCases[Int(seed) % 3], dimensions: 5, lists: 6, seed: seed)
        for id in 0..<300 as Range<UInt32> { try index.insert(random.clustered(5).span, id: id) }
        let bytes = try index.section()
        for length in [0, 1, 127, 128, bytes.count - 1] {
            let cut = Array(bytes.prefix(length))
            #expect(failure { _ = try IVFSection(cut.span.bytes).count }?.code == .corrupted)
        }
        for bit in 0..<128 * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(failure { _ = try IVFSection(damaged.span.bytes).count } != nil, "bit \(bit)")
        }
        for round in 0..<longRun(120) {
            var damaged = bytes
            for _ in 0...(round % 3 == 0 ? 0 : random.below(500)) {
                let isHeader = round % 2 == 0
                let place = isHeader ? 8 + random.below(104) : 128 + random.below(bytes.count - 128)
                damaged[place] = random.chance(30) ? 0xFF : UInt8(random.below(256))
                if isHeader { break }
            }
            let sum = damaged.withUnsafeBytes { strata_xxh3_64($0.baseAddress, 120) }
            for place in 0..<8 { damaged[120 + place] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * place)) }
            // Whatever is thrown is well.
            guard let section = try? IVFSection(damaged.span.bytes) else { continue }
            let query = [Float](repeating: 0.5, count: section.parameters.dimensions)
            var searcher = IndexSearcher()
            _ = try? section.search(query.span, IndexQuery(limit: 5, breadth: 2, prefersIndex: true), using: &searcher)
            #expect(searcher.matches.count <= 5)
            if damaged[128...] != bytes[128...] {
                #expect(failure { try IVFSection(damaged.span.bytes).verify() }?.code == .corrupted)
            }
            if let loaded = try? IVFIndex.loaded(from: section) {
                let counts = (loaded.count, section.count)
                #expect(counts.0 == counts.1)
            }
        }
    }
}
