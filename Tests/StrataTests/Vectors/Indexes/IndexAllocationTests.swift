import Testing

@testable import Strata

/// A warm searcher takes no memory: counted by the library that the harness preloads, in a process of its own.
@Suite("Searches of an index allocate nothing")
struct IndexAllocationTests {
    private let counting = AllocationCounting(suite: "IndexAllocationTests")

    @Test func nothingIsAllocated() throws { try counting.inProcessOfItsOwn(count) }

    private func allocations(_ body: () throws -> Void) throws -> UInt64 { try counting.allocations(body) }

    private func count() throws {
        var random = SplitMix64(seed: 1)
        let dimensions = 24
        let vectors = (0..<1_500).flatMap { _ in random.clustered(dimensions) }
        let ids = Array(0..<1_500 as Range<UInt32>)
        var graph = try HNSWIndex(
            HNSWParameters(dimensions: dimensions, metric: .cosine, links: 6, constructionBreadth: 30))
        try graph.insert(vectors.span, ids: ids.span)
        let bytes = try graph.section()
        let section = try HNSWSection(bytes.span.bytes)
        for id in 0..<150 as Range<UInt32> { try graph.remove(id) }
        var lists = try IVFIndex(
            IVFParameters(dimensions: dimensions, metric: .cosine, lists: 20), trainedOn: vectors.span)
        try lists.insert(vectors.span, ids: ids.span)
        var filter = IdentifierBitmap()
        for id in ids where id % 3 == 0 { try filter.insert(id) }
        var narrow = IdentifierBitmap()
        for id in ids where id % 300 == 0 { try narrow.insert(id) }
        var searcher = IndexSearcher()
        var sum: Float = 0
        func searches() throws {
            for query in 0..<50 {
                let query = vectors.span.extracting(query * dimensions..<(query + 1) * dimensions)
                for breadth in stride(from: 10, through: 60, by: 50) {
                    let asked = IndexQuery(limit: 10, breadth: breadth, prefersIndex: true)
                    try graph.search(query, asked, using: &searcher)
                    try section.search(query, asked, using: &searcher)
                    try lists.search(query, IndexQuery(limit: 10, breadth: 3), using: &searcher)
                    try graph.search(query, asked, where: filter, using: &searcher)
                    try section.search(query, IndexQuery(), where: narrow, using: &searcher)
                    try lists.search(query, IndexQuery(limit: 10, breadth: 3), where: filter, using: &searcher)
                    let matches = searcher.matches
                    for index in matches.indices { sum += matches[index].distance }
                }
            }
        }
        // A canary: what allocates is seen.
        var kept: [[UInt8]] = []
        #expect(try allocations { kept.append([UInt8](repeating: 1, count: 5_000)) } > 0)
        try searches()
        #expect(try allocations(searches) == 0)
        #expect(sum.isFinite)
    }
}
