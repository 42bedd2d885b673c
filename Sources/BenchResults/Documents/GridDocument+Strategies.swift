extension GridDocument {
    /// The strategies of one subject against each other, on one contender. Contenders and rivals of its contests are
    /// strategies.
    public struct StrategyStanding: Codable, Sendable, Hashable {
        /// The contests of one phase, at one point of a sweep and number of threads.
        public struct Phase: Codable, Sendable, Hashable {
            /// Where; its strategy is `*`.
            public var place: Place
            /// All pairs of strategies, each once.
            public var contests: [Contest]

            public init(place: Place, contests: [Contest]) {
                self.place = place
                self.contests = contests
            }
        }

        public var subject: String
        /// The allocator that all of them ran on.
        public var contender: String
        /// The strategies in the order of the samples.
        public var strategies: [String]
        /// All pairs of strategies in that order; throughput, the geometric mean over the phases that all of them ran.
        public var contests: [Contest]
        public var phases: [Phase]
        /// All pairs by resident bytes after the drain; empty where the run has none.
        public var drained: [Contest]
        /// What `drained` is about: `resident_bytes_after_30s`.
        public var drainedMetric: String?
        /// All pairs by resident bytes at the peak.
        public var peak: [Contest]

        public init(
            subject: String, contender: String, strategies: [String], contests: [Contest], phases: [Phase],
            drained: [Contest], drainedMetric: String?, peak: [Contest]
        ) {
            self.subject = subject
            self.contender = contender
            self.strategies = strategies
            self.contests = contests
            self.phases = phases
            self.drained = drained
            self.drainedMetric = drainedMetric
            self.peak = peak
        }

        private enum CodingKeys: String, CodingKey {
            case subject, contender, strategies, contests, phases, drained
            case drainedMetric = "drained_metric"
            case peak
        }
    }
}

extension [GridDocument.Contest] {
    /// One pair, whichever way round it is asked for.
    public func contest(_ contender: String, _ rival: String) -> GridDocument.Contest? {
        if let found = first(where: { $0.contender == contender && $0.rival == rival }) { return found }
        return first { $0.contender == rival && $0.rival == contender }?.inverse
    }
}
