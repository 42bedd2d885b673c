import Testing

@testable import Strata

@Suite struct SearchPlanTests {
    @Test func sizeAndFilterDecide() {
        let asked = IndexQuery(limit: 10, breadth: 64)
        let lists = (query: IndexQuery(limit: 10, breadth: 16), count: 1_200)
        let graph = (query: asked, links: 16)
        #expect(SearchPlan.choose(vectors: 5_000, graph: nil, lists: nil).reason == .noIndex(vectors: 5_000))
        #expect(SearchPlan.choose(vectors: 2_000, graph: graph, lists: nil).method == .exact)
        #expect(SearchPlan.choose(vectors: 100_000, graph: graph, lists: nil).method == .graph)
        #expect(SearchPlan.choose(vectors: 100_000, graph: nil, lists: lists).method == .lists)
        #expect(SearchPlan.choose(vectors: 1_000_000, graph: graph, lists: lists).method == .graph)
        // The narrower the filter, the farther the walk; at last comparing what it leaves is least.
        let methods = [1_000_000, 500_000, 100_000, 40_000, 1_000, 0].map { candidates in
            SearchPlan.choose(vectors: 1_000_000, candidates: candidates, graph: graph, lists: nil).method
        }
        #expect(methods == [.graph, .graph, .graph, .exact, .exact, .exact])
        let wide = IndexQuery(limit: 50_000, breadth: 64)
        #expect(SearchPlan.choose(vectors: 100_000, graph: (wide, 16), lists: nil).method == .exact)
        var forced = asked
        forced.prefersIndex = true
        #expect(SearchPlan.choose(vectors: 20, graph: (forced, 16), lists: nil).method == .graph)
    }

    @Test func everyReasonIsASentence() {
        let plans = [
            SearchPlan(method: .exact, reason: .few(vectors: 11, cost: 22)),
            SearchPlan(method: .exact, reason: .narrowFilter(candidates: 11, cost: 22)),
            SearchPlan(method: .exact, reason: .tooFewMet(found: 11, wanted: 22)),
            SearchPlan(method: .exact, reason: .noIndex(vectors: 1_122)),
            SearchPlan(method: .lists, reason: .index(cost: 11, vectors: 22)),
            SearchPlan(method: .graph, reason: .cheaper(cost: 11, other: 22)),
        ]
        for plan in plans {
            #expect(plan.explanation.contains("11"))
            #expect(plan.explanation.contains("22"))
        }
        #expect(Set(plans.map(\.explanation)).count == plans.count)
        #expect(
            plans[1].explanation
                == "exact: the filter leaves 11 vectors, and finding them in the index costs as much as 22")
    }

    @Test func adviceGrowsWithTheColumn() {
        let methods = [100, 10_000, 40_000, 60_000, 10_000_000].map {
            IndexAdvice(vectors: $0, dimensions: 768).method
        }
        #expect(methods == [.exact, .lists, .lists, .graph, .graph])
        #expect(IndexAdvice(vectors: 10_000, dimensions: 96).method == .exact)
        #expect(IndexAdvice(vectors: 40_000, dimensions: 768).explanation.contains("40000 vectors of 768"))
    }

    @Test func recallIsMeasuredAgainstTheTruth() throws {
        var random = SplitMix64(seed: 4)
        var index = try HNSWIndex(
            HNSWParameters(dimensions: 16, metric: .squaredEuclidean, links: 3, constructionBreadth: 10))
        let vectors = (0..<3_000 * 16).map { _ in random.unit() }
        let ids = (0..<3_000 as Range<UInt32>).map { $0 &+ 7 }
        try index.insert(vectors.span, ids: ids.span)
        for id in 7..<100 as Range<UInt32> { try index.remove(id) }
        var searcher = IndexSearcher()
        // White noise and few links: a narrow walk misses much, and a wide one finds all that can be reached.
        let narrow = try index.checkRecall(IndexQuery(limit: 10, breadth: 10), sample: 40, using: &searcher)
        let wide = try index.checkRecall(IndexQuery(limit: 10, breadth: 1_000), sample: 40, using: &searcher)
        #expect(narrow.recall < 0.8, "\(narrow)")
        #expect(wide.recall > 0.9, "\(wide)")
        #expect(narrow.meanDistances < wide.meanDistances)
        #expect((30...40).contains(narrow.queries))
        let breadth = try #require(try index.breadth(forRecall: 0.8, sample: 40, using: &searcher))
        #expect((11...1_000).contains(breadth))
        #expect(try index.breadth(forRecall: 0.8, most: 11, sample: 40, using: &searcher) == nil)
        #expect(failure { try index.checkRecall(sample: 0, using: &searcher) }?.code == .invalidArgument)

        var lists = try IVFIndex(
            IVFParameters(dimensions: 16, metric: .squaredEuclidean, lists: 30), trainedOn: vectors.span)
        try lists.insert(vectors.span, ids: ids.span)
        for id in 7..<100 as Range<UInt32> { try lists.remove(id) }
        let few = try lists.checkRecall(IndexQuery(limit: 10, breadth: 2), sample: 40, using: &searcher)
        let many = try lists.checkRecall(IndexQuery(limit: 10, breadth: 30), sample: 40, using: &searcher)
        #expect(few.recall < 0.8, "\(few)")
        #expect(many.recall == 1)
    }
}

@Suite struct IdentifierBitmapTests {
    @Test func agreesWithASet() throws {
        var random = SplitMix64(seed: 8)
        var bitmap = IdentifierBitmap()
        var model: Set<UInt32> = []
        for _ in 0..<2_000 {
            let id = UInt32(random.below(500)) &* 129
            if random.chance(60) {
                #expect(try bitmap.insert(id) == model.insert(id).inserted)
            } else {
                #expect(bitmap.remove(id) == (model.remove(id) != nil))
            }
        }
        let count = bitmap.count
        #expect(count == model.count)
        for id in 0..<70_000 as Range<UInt32> where bitmap.contains(id) != model.contains(id) {
            Issue.record("\(id)")
        }
        let none = bitmap.contains(.max)
        #expect(!none)
    }
}
