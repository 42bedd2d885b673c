/// How a search is answered, and why.
public struct SearchPlan: Sendable, Equatable {
    public enum Method: Sendable, Equatable {
        /// Every vector that may be an answer is compared: the result is exact.
        case exact
        /// The lists of the nearest centroids are read (IVF).
        case lists
        /// The graph is walked (HNSW).
        case graph
    }

    /// What decided. Numbers rather than text, so that planning takes no memory. Costs are in comparisons of vectors that
    /// lie one behind the other; those of a walk, which lie anywhere, count as three.
    public enum Reason: Sendable, Equatable {
        /// Comparing all vectors takes no more than the index.
        case few(vectors: Int, cost: Int)
        /// Comparing what the filter leaves takes no more than finding it in the index.
        case narrowFilter(candidates: Int, cost: Int)
        /// The index did not meet as many vectors that may be answers as were asked for.
        case tooFewMet(found: Int, wanted: Int)
        /// No index was built.
        case noIndex(vectors: Int)
        /// The index takes less than comparing all vectors.
        case index(cost: Int, vectors: Int)
        /// Of two indexes this one takes less.
        case cheaper(cost: Int, other: Int)
    }

    public var method: Method
    public var reason: Reason

    /// Chooses between the indexes that there are.
    ///
    /// - Parameters:
    ///   - vectors: how many there are.
    ///   - candidates: how many of them a filter leaves; nil without a filter.
    ///   - graph: what the graph would be asked and its links a vector; nil when there is none.
    ///   - lists: what the inverted lists would be asked and how many there are; nil when there are none.
    public static func choose(
        vectors: Int, candidates: Int? = nil, graph: (query: IndexQuery, links: Int)?,
        lists: (query: IndexQuery, count: Int)?
    ) -> SearchPlan {
        let ofGraph = graph.map { graph in
            let cost = SearchCost.graph(
                breadth: max(graph.query.breadth, graph.query.limit), links: graph.links, vectors: vectors,
                candidates: candidates ?? vectors)
            return (cost, SearchCost.plan(graph.query, .graph, cost, vectors: vectors, candidates: candidates))
        }
        let ofLists = lists.map { lists in
            let cost = SearchCost.lists(breadth: lists.query.breadth, lists: lists.count, vectors: vectors)
            return (cost, SearchCost.plan(lists.query, .lists, cost, vectors: vectors, candidates: candidates))
        }
        switch (ofGraph, ofLists) {
        case (nil, nil): return SearchPlan(method: .exact, reason: .noIndex(vectors: vectors))
        case (let only?, nil), (nil, let only?): return only.1
        case (let graph?, let lists?):
            let (best, other) = graph.0 <= lists.0 ? (graph, lists) : (lists, graph)
            guard best.1.method != .exact else { return best.1 }
            return SearchPlan(method: best.1.method, reason: .cheaper(cost: best.0, other: other.0))
        }
    }

    /// One sentence for people.
    public var explanation: String {
        let how =
            switch method {
            case .exact: "exact"
            case .lists: "inverted lists"
            case .graph: "graph"
            }
        let why =
            switch reason {
            case .few(let vectors, let cost):
                "comparing all \(vectors) vectors takes no more than the index, which costs as much as \(cost)"
            case .narrowFilter(let candidates, let cost):
                "the filter leaves \(candidates) vectors, and finding them in the index costs as much as \(cost)"
            case .tooFewMet(let found, let wanted):
                "the index met only \(found) of \(wanted) vectors that may be answers"
            case .noIndex(let vectors): "no index was built for these \(vectors) vectors"
            case .index(let cost, let vectors): "it costs as much as comparing \(cost) of \(vectors) vectors"
            case .cheaper(let cost, let other):
                "it costs as much as comparing \(cost) vectors, and the other index as much as \(other)"
            }
        return "\(how): \(why)"
    }
}
