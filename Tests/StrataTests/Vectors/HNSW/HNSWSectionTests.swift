import CStrata
import Testing

@testable import Strata

@Suite struct HNSWSectionTests {
    /// An index and what is in it.
    private struct Pair: ~Copyable {
        var index: HNSWIndex
        let model: IndexModel
    }

    private static func pair(
        _ metric: IndexMetric, count: Int, dimensions: Int = 7, seed: UInt64 = 1
    ) throws -> Pair {
        var random = SplitMix64(seed: seed)
        var index = try HNSWIndex(
            HNSWParameters(dimensions: dimensions, metric: metric, links: 4, constructionBreadth: 30))
        var model = IndexModel(metric)
        while model.count < count {
            let id = UInt32(random.below(100_000))
            guard model[id] == nil else { continue }
            let vector = random.clustered(dimensions)
            try index.insert(vector.span, id: id)
            model[id] = vector
        }
        // Holes and free slots, which the section does not have.
        for id in model.ids where model.count > 1 && random.chance(20) {
            try index.remove(id)
            model[id] = nil
        }
        try index.finishRepair()
        return Pair(index: index, model: model)
    }

    @Test(arguments: IndexMetric.allCases, [0, 1, 2, 300])
    func isSearchedInPlaceAndLoaded(metric: IndexMetric, vectors: Int) throws {
        let pair = try Self.pair(metric, count: vectors)
        let model = pair.model
        let bytes = try pair.index.section()
        var random = SplitMix64(seed: 9)
        var here = IndexSearcher()
        var there = IndexSearcher()
        var loaded = IndexSearcher()
        let section = try HNSWSection(bytes.span.bytes)
        try section.verify()
        let (count, parameters) = (section.count, section.parameters)
        #expect(count == model.count)
        #expect(parameters == pair.index.parameters)
        var second = try HNSWIndex.loaded(from: section)
        #expect(second.firstFault() == nil)
        var recall = 0.0
        for _ in 0..<30 {
            let query = random.clustered(7)
            try pair.index.search(query.span, IndexQuery(limit: 5, breadth: 30, prefersIndex: true), using: &here)
            try section.search(query.span, IndexQuery(limit: 5, breadth: 30, prefersIndex: true), using: &there)
            try second.search(query.span, IndexQuery(limit: 5, breadth: 30, prefersIndex: true), using: &loaded)
            // The rows have other numbers, so that equal distances may come in another order.
            #expect(here.matchArray.map(\.distance) == there.matchArray.map(\.distance))
            #expect(loaded.matchArray == there.matchArray)
            #expect(model.fault(there.matchArray, query) == nil)
            recall += model.recall(there.matchArray, query, limit: 5) / 30
            try section.searchExactly(query.span, limit: 5, using: &there)
            #expect(model.recall(there.matchArray, query, limit: 5) == 1)
        }
        #expect(recall > (metric == .innerProduct ? 0.55 : 0.95), "recall \(recall)")
        // What was written anew is the same to the byte, and the loaded index goes on.
        #expect(try second.section() == bytes)
        for id in model.ids.prefix(count / 2) { try second.remove(id) }
        for id in 200_000..<200_100 as Range<UInt32> { try second.insert(random.clustered(7).span, id: id) }
        #expect(second.firstFault() == nil)
    }

    @Test func filtersInPlace() throws {
        let pair = try Self.pair(.squaredEuclidean, count: 900)
        let model = pair.model
        let bytes = try pair.index.section()
        let section = try HNSWSection(bytes.span.bytes)
        var searcher = IndexSearcher()
        for share in [2, 50] {
            var filter = IdentifierBitmap()
            for (place, id) in model.ids.enumerated() where place % 100 < share { try filter.insert(id) }
            let query = model[model.ids[13]]!
            let plan = try section.search(
                query.span, IndexQuery(limit: 5, breadth: 15), where: filter, using: &searcher)
            #expect(plan.method == (share == 2 ? .exact : .graph))
            #expect(searcher.matches.count == 5)
            #expect(model.fault(searcher.matchArray, query) { filter.contains($0) } == nil)
        }
    }

    @Test func vectorsMayBeElsewhere() throws {
        let pair = try Self.pair(.squaredEuclidean, count: 500)
        let model = pair.model
        let whole = try pair.index.section()
        let bytes = try pair.index.section(includingVectors: false)
        #expect(bytes.count < whole.count - model.count * 28)
        // One after another, as a snapshot holds them, in ascending order of the identifiers.
        let matrix = model.ids.flatMap { model[$0]! }
        let query = [Float](repeating: 0.2, count: 7)
        var inside = IndexSearcher()
        var outside = IndexSearcher()
        try HNSWSection(whole.span.bytes).search(query.span, using: &inside)
        try HNSWSection(bytes.span.bytes, vectors: matrix.span.bytes, stride: 28).search(query.span, using: &outside)
        #expect(inside.matchArray == outside.matchArray)
        #expect(failure { _ = try HNSWSection(bytes.span.bytes).count }?.code == .invalidArgument)
        for stride in [0, 27, 30, 29 * 4] {
            let error = failure {
                _ = try HNSWSection(bytes.span.bytes, vectors: matrix.span.bytes, stride: stride).count
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func foreignAndCutBytesAreRefused() throws {
        let pair = try Self.pair(.cosine, count: 100)
        let bytes = try pair.index.section()
        for length in [0, 1, 64, 127, 128, 200, bytes.count - 1] {
            let cut = Array(bytes.prefix(length))
            #expect(failure { _ = try HNSWSection(cut.span.bytes).count }?.code == .corrupted, "\(length)")
        }
        let longer = bytes + [0]
        #expect(failure { _ = try HNSWSection(longer.span.bytes).count }?.code == .corrupted)
        let moved = [0] + bytes
        #expect(failure { _ = try HNSWSection(moved.span.bytes.extracting(1...)).count }?.code == .invalidArgument)
        let foreign = Array("STRATA no graph at all".utf8) + [UInt8](repeating: 7, count: 300)
        #expect(failure { _ = try HNSWSection(foreign.span.bytes).count }?.code == .unsupportedFormat)
        var newer = bytes
        newer[8] = 2
        #expect(failure { _ = try HNSWSection(newer.span.bytes).count }?.code == .unsupportedFormat)
        // Any one bit of the header.
        for bit in 0..<128 * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(failure { _ = try HNSWSection(damaged.span.bytes).count } != nil, "bit \(bit)")
        }
        // A header whose checksum was made to fit.
        var random = SplitMix64(seed: 2)
        for _ in 0..<longRun(600) {
            var damaged = bytes
            for _ in 0...random.below(3) {
                damaged[8 + random.below(104)] = random.chance(50) ? 0xFF : UInt8(random.below(256))
            }
            Self.sign(&damaged)
            Self.use(damaged, random.clustered(7))
        }
    }

    /// Damage behind the header: an error, or an answer that keeps to the form; never a crash, a hang or a read outside.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func damagedPartsNeverCrash(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let pair = try Self.pair(IndexMetric.allCases[Int(seed) % 3], count: 200, seed: seed)
        let bytes = try pair.index.section()
        for round in 0..<longRun(40) {
            var damaged = bytes
            for _ in 0...(round % 3 == 0 ? 0 : random.below(4_000)) {
                let place = 128 + random.below(bytes.count - 128)
                switch random.below(3) {
                case 0: damaged[place] ^= 1 << UInt8(random.below(8))
                case 1: damaged[place] = UInt8(random.below(256))
                default: damaged[place] = 0xFF
                }
            }
            if damaged != bytes {
                #expect(failure { try HNSWSection(damaged.span.bytes).verify() }?.code == .corrupted)
            }
            Self.use(damaged, random.clustered(7))
            // The same with checksums that were made to fit.
            let sum = damaged.withUnsafeBytes { strata_xxh3_64($0.baseAddress! + 128, $0.count - 128) }
            for place in 0..<8 { damaged[112 + place] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * place)) }
            Self.sign(&damaged)
            Self.use(damaged, random.clustered(7))
        }
    }

    /// Fits a header's checksum.
    private static func sign(_ bytes: inout [UInt8]) {
        let sum = bytes.withUnsafeBytes { strata_xxh3_64($0.baseAddress, 120) }
        for place in 0..<8 { bytes[120 + place] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * place)) }
    }

    private static func use(_ bytes: [UInt8], _ query: [Float]) {
        // Whatever it throws is well.
        guard let section = try? HNSWSection(bytes.span.bytes) else { return }
        var searcher = IndexSearcher()
        let given = [Float](
            (query + [Float](repeating: 0, count: 64)).prefix(max(1, min(64, section.parameters.dimensions))))
        _ = try? section.search(given.span, IndexQuery(limit: 5, breadth: 20, prefersIndex: true), using: &searcher)
        let count = searcher.matches.count
        #expect(count <= 5)
        if var loaded = try? HNSWIndex.loaded(from: section), loaded.parameters.dimensions == 7 {
            _ = try? loaded.insert(query.span, id: 0xFFFF_FF00)
            _ = try? loaded.remove(0xFFFF_FF00)
            _ = try? loaded.finishRepair()
        }
    }
}
