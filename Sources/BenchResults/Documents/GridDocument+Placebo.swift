extension GridDocument {
    /// The placebo's memory against the reference's, under one strategy: one library under two names.
    public struct MemoryPlaceboTest: Codable, Sendable, Hashable {
        public var subject: String
        public var strategy: String
        /// `resident_bytes_peak`, `resident_bytes_after_30s`.
        public var metric: String
        /// The placebo's bytes divided by the reference's.
        public var contest: Contest
        /// Whether the figure may be ranked.
        public var passes: Bool
        /// Where it may be, but the two do not quite tie: the fraction beyond which a difference counts. Nil where they
        /// tie.
        public var margin: Double?

        public init(
            subject: String, strategy: String, metric: String, contest: Contest, passes: Bool, margin: Double? = nil
        ) {
            self.subject = subject
            self.strategy = strategy
            self.metric = metric
            self.contest = contest
            self.passes = passes
            self.margin = margin
        }
    }

    /// The placebo's memory by one metric under a strategy; nil where it was not tested.
    public func memoryPlacebo(_ metric: String, _ subject: String, _ strategy: String) -> MemoryPlaceboTest? {
        memoryPlacebo?.first { $0.metric == metric && $0.subject == subject && $0.strategy == strategy }
    }

    /// Whether memory by a metric may be ranked under a strategy. Without a placebo nothing speaks against it.
    public func ranksMemory(_ metric: String, _ subject: String, _ strategy: String) -> Bool {
        (memoryPlacebo ?? []).margin(metric, subject, [strategy]) != nil
    }
}

extension [GridDocument.MemoryPlaceboTest] {
    /// The fraction beyond which a difference of memory counts between arms of some strategies: 0 where the placebo ties
    /// or was not tested, nil where it forbids to rank them.
    public func margin(_ metric: String, _ subject: String, _ strategies: [String]) -> Double? {
        let own = filter { $0.metric == metric && $0.subject == subject && strategies.contains($0.strategy) }
        return own.allSatisfy(\.passes) ? own.compactMap(\.margin).max() ?? 0 : nil
    }
}
