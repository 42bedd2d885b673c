/// What a search takes, in comparisons of consecutive vectors: the measure by which it is chosen how to answer.
///
/// Measured with 100,000 vectors of 128 and 60,000 of 784 components, which do not fit the caches.
enum SearchCost {
    /// A walk compares vectors that lie anywhere: each takes as long as three that follow each other.
    static let randomWeight = 3

    /// A walk looks around from `breadth` nodes, and meets about `links` new ones at each. A filter has it go on until as
    /// many are met that count.
    static func graph(breadth: Int, links: Int, vectors: Int, candidates: Int) -> Int {
        let candidates = max(1, min(candidates, vectors))
        // Estimates: what overflows is dear in any case.
        return min(breadth, vectors) * links * randomWeight * max(1, vectors / candidates)
    }

    /// All centroids are compared, and the vectors in the lists that are read.
    static func lists(breadth: Int, lists: Int, vectors: Int) -> Int {
        lists + vectors / max(lists, 1) * min(breadth, lists)
    }

    /// Whether to use an index of which a query takes `cost`.
    static func plan(
        _ asked: IndexQuery, _ method: SearchPlan.Method, _ cost: Int, vectors: Int, candidates: Int?
    ) -> SearchPlan {
        let index = SearchPlan(method: method, reason: .index(cost: cost, vectors: vectors))
        if asked.prefersIndex { return index }
        if let candidates, candidates < vectors, candidates <= cost {
            return SearchPlan(method: .exact, reason: .narrowFilter(candidates: candidates, cost: cost))
        }
        return vectors <= cost ? SearchPlan(method: .exact, reason: .few(vectors: vectors, cost: cost)) : index
    }
}
