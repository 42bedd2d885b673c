/// The answer to a similarity query, and how it was come by.
public struct SimilarityAnswer: Sendable, Equatable {
    public enum Origin: Sendable, Hashable {
        /// All embeddings were searched: exact.
        case searched
        /// It was kept from the same query on the same embeddings: exact.
        case cached
        /// What was kept for a query nearby was ranked anew by this one: scores and order are exact, but an entity that
        /// was not among those kept may be missing.
        case reranked
    }

    /// Best first, ties by identifier.
    public var matches: [SimilarityMatch]
    public var origin: Origin

    /// Whether the answer is what a search of all embeddings would give.
    public var isExact: Bool { origin != .reranked }

    public init(matches: [SimilarityMatch], origin: Origin) {
        self.matches = matches
        self.origin = origin
    }
}
