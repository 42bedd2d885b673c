/// How the allocators of one scenario stand to each other: allocator x strategy x threads, over all phases.
///
/// A *contender* is an allocator with its options, `jemalloc` or `jemalloc[dirty_decay_ms:0]`. All ratios are
/// throughputs of blocks that ran side by side, so that above 1 is better; ratios of memory are the other way round.
public struct GridDocument: Codable, Sendable, Hashable {
    /// Where contenders meet: a phase at one point of a sweep, by one subject, strategy and number of threads.
    public struct Place: Codable, Sendable, Hashable {
        public var phase: String
        /// The role within the phase; empty in a phase without roles.
        public var role: String
        public var operation: String
        public var subject: String
        public var strategy: String
        public var threads: Int
        /// The sweep's point; empty without a sweep.
        public var parameters: String

        public init(
            phase: String, role: String, operation: String, subject: String, strategy: String, threads: Int,
            parameters: String
        ) {
            self.phase = phase
            self.role = role
            self.operation = operation
            self.subject = subject
            self.strategy = strategy
            self.threads = threads
            self.parameters = parameters
        }
    }

    /// One contender against another.
    public struct Contest: Codable, Sendable, Hashable {
        public var contender: String
        public var rival: String
        /// The number of pairs of blocks.
        public var n: Int
        /// Contender divided by rival: the geometric mean over the pairs.
        public var ratio: Double
        /// The lower end of the simultaneous interval of `ratio`; nil with fewer than three pairs.
        public var low: Double?
        /// The upper end of the simultaneous interval of `ratio`; nil with fewer than three pairs.
        public var high: Double?
        /// `faster` and `slower` where the interval lies beyond the tolerance, `tie` where it lies within. For memory
        /// `faster` is less of it.
        public var verdict: ComparisonVerdict
        /// For an unresolved contest the number of pairs that would resolve it, should the blocks go on to scatter as
        /// they did; nil where even a thousand would not, and for a contest that is resolved.
        public var pairsToSettle: Int?

        public init(
            contender: String, rival: String, n: Int, ratio: Double, low: Double?, high: Double?,
            verdict: ComparisonVerdict, pairsToSettle: Int? = nil
        ) {
            self.contender = contender
            self.rival = rival
            self.n = n
            self.ratio = ratio
            self.low = low
            self.high = high
            self.verdict = verdict
            self.pairsToSettle = pairsToSettle
        }

        private enum CodingKeys: String, CodingKey {
            case contender, rival, n, ratio, low, high, verdict
            case pairsToSettle = "pairs_to_settle"
        }

        /// The largest difference, as a fraction in either direction, that the interval does not exclude.
        public var notExcluded: Double? {
            guard let low, let high, low > 0 else { return nil }
            return Swift.max(high, 1 / low) - 1
        }
    }

    /// The placebo against the reference: one library under two names.
    public struct PlaceboTest: Codable, Sendable, Hashable {
        /// The place in words: `get, strata/bump/1`.
        public var place: String
        public var contest: Contest
        /// Whether the two tie: the simultaneous interval holds 1, or lies within the tolerance.
        public var ties: Bool

        public init(place: String, contest: Contest, ties: Bool) {
            self.place = place
            self.contest = contest
            self.ties = ties
        }
    }

    /// One contender at one place: a cell of a heat map.
    public struct Cell: Codable, Sendable, Hashable {
        public var contender: String
        /// The number of pairs of blocks with the reference.
        public var n: Int
        /// The geometric mean of the paired ratios to the reference; 1 for the reference itself.
        public var ratio: Double
        /// The interval of `ratio`, which holds together with those of all pairs at all places; nil with fewer than three
        /// pairs, and for the reference.
        public var low: Double?
        public var high: Double?
        /// What the interval comes to; nil for the reference.
        public var verdict: ComparisonVerdict?
        /// The place in the order, from 1; nil where nothing is ranked.
        public var rank: Int?

        public init(
            contender: String, n: Int, ratio: Double, low: Double?, high: Double?, verdict: ComparisonVerdict? = nil,
            rank: Int?
        ) {
            self.contender = contender
            self.n = n
            self.ratio = ratio
            self.low = low
            self.high = high
            self.verdict = verdict
            self.rank = rank
        }
    }

    /// How often the order came out the same when blocks were drawn again.
    public struct Stability: Codable, Sendable, Hashable {
        /// The share of resamples with the same leader.
        public var leader: Double
        /// The share of resamples with the same order of all.
        public var order: Double

        public init(leader: Double, order: Double) {
            self.leader = leader
            self.order = order
        }
    }

    /// The order of the contenders at one place.
    public struct Ranking: Codable, Sendable, Hashable {
        public var place: Place
        /// The cells, the fastest first; without the placebo.
        public var cells: [Cell]
        /// All pairs of contenders in the order of the cells, each once; empty where nothing is ranked.
        public var contests: [Contest]
        /// Nil where nothing is ranked.
        public var stability: Stability?

        public init(place: Place, cells: [Cell], contests: [Contest], stability: Stability?) {
            self.place = place
            self.cells = cells
            self.contests = contests
            self.stability = stability
        }
    }

    /// The contenders under one strategy, over all phases, points and numbers of threads together.
    public struct Standing: Codable, Sendable, Hashable {
        public var subject: String
        public var strategy: String
        /// The contenders, the fastest first.
        public var order: [String]
        /// All pairs of contenders in that order, each once; throughput, the geometric mean over the phases.
        public var contests: [Contest]
        /// All pairs of contenders: resident bytes after the drain where the run has them, at the peak elsewhere. None
        /// is resolved where the placebo forbids to rank them.
        public var memory: [Contest]
        /// What `memory` is about: `resident_bytes_after_30s`, `resident_bytes_peak`.
        public var memoryMetric: String?
        /// All pairs of contenders by resident bytes at the peak, where `memory` is about another moment; else nil.
        public var peakMemory: [Contest]?
        public var stability: Stability
        /// Whether the choice of the allocator matters here: yes when a pair is resolved, no when all tie, nil when
        /// the run cannot tell.
        public var matters: Bool?

        public init(
            subject: String, strategy: String, order: [String], contests: [Contest], memory: [Contest],
            memoryMetric: String?, peakMemory: [Contest]? = nil, stability: Stability, matters: Bool?
        ) {
            self.subject = subject
            self.strategy = strategy
            self.order = order
            self.contests = contests
            self.memory = memory
            self.memoryMetric = memoryMetric
            self.peakMemory = peakMemory
            self.stability = stability
            self.matters = matters
        }

        private enum CodingKeys: String, CodingKey {
            case subject, strategy, order, contests, memory
            case memoryMetric = "memory_metric"
            case peakMemory = "peak_memory"
            case stability, matters
        }

        /// One pair, whichever way round it is asked for.
        public func contest(_ contender: String, _ rival: String) -> Contest? {
            contests.contest(contender, rival)
        }

        /// One pair's memory, whichever way round it is asked for.
        public func memory(_ contender: String, _ rival: String) -> Contest? { memory.contest(contender, rival) }
    }

    /// One arm in the plane of throughput and memory.
    public struct FrontierPoint: Codable, Sendable, Hashable {
        public var subject: String
        public var contender: String
        public var strategy: String
        public var threads: Int
        /// Throughput as a ratio to the reference arm: the geometric mean over phases and blocks.
        public var throughput: Double
        /// The largest resident bytes of any phase: the median over blocks.
        public var residentBytesPeak: Double
        /// The arm that is as good in both and better in one by more than the tolerance; nil on the frontier.
        public var dominatedBy: String?

        public init(
            subject: String, contender: String, strategy: String, threads: Int, throughput: Double,
            residentBytesPeak: Double, dominatedBy: String? = nil
        ) {
            self.subject = subject
            self.contender = contender
            self.strategy = strategy
            self.threads = threads
            self.throughput = throughput
            self.residentBytesPeak = residentBytesPeak
            self.dominatedBy = dominatedBy
        }

        /// The arm in one word, in the form of all labels.
        public var label: String { "\(subject)/\(contender)/\(strategy)/\(threads)" }

        private enum CodingKeys: String, CodingKey {
            case subject, contender, strategy, threads, throughput
            case residentBytesPeak = "resident_bytes_peak"
            case dominatedBy = "dominated_by"
        }
    }

    /// What a contender keeps, under one strategy.
    public struct MemoryFigure: Codable, Sendable, Hashable {
        public var subject: String
        public var strategy: String
        public var contender: String
        /// `resident_bytes_peak`, `resident_bytes_after_100ms` ..., `fragmentation_ratio`.
        public var metric: String
        /// The phase that it was read in: for the fragmentation that with the largest peak.
        public var phase: String
        /// The median over blocks: bytes, or a ratio.
        public var value: Double
        /// The median of the paired ratios to the reference; nil where there is none.
        public var ratio: Double?

        public init(
            subject: String, strategy: String, contender: String, metric: String, phase: String, value: Double,
            ratio: Double?
        ) {
            self.subject = subject
            self.strategy = strategy
            self.contender = contender
            self.metric = metric
            self.phase = phase
            self.value = value
            self.ratio = ratio
        }
    }

    /// The version of this document's meaning.
    public var schema: Int
    public var scenario: String
    /// The contender that ratios are taken to.
    public var reference: String
    /// `throughput`, or `wall_time` (inverted) where a program only has a time.
    public var metric: String
    /// The contenders in the order of the samples, without the placebo.
    public var contenders: [String]
    /// The number of blocks.
    public var blocks: Int
    /// The fraction by which throughputs may differ and still tie.
    public var tolerance: Double
    /// How intervals and ties were found, in sentences.
    public var method: String
    /// Whether the contenders are ranked.
    public var isRanked: Bool
    /// Why they are not; nil where they are.
    public var refusal: String?
    /// The placebo against the reference at each place and over all; empty where none ran.
    public var placebo: [PlaceboTest]
    /// The placebo's memory against the reference's, under each strategy; nil where none ran or nothing was read.
    public var memoryPlacebo: [MemoryPlaceboTest]?
    /// How far two identical arms may differ in this run: the largest difference that the placebo's intervals do not
    /// exclude, as a fraction. Nil without a placebo or with too few blocks for an interval.
    public var noiseFloor: Double?
    public var rankings: [Ranking]
    public var standings: [Standing]
    /// All arms, the fastest first; without the placebo.
    public var frontier: [FrontierPoint]
    public var memory: [MemoryFigure]
    /// The strategies against each other on each contender; nil where a subject has no two.
    public var strategies: [StrategyStanding]?
    /// What a reader should do, in one sentence.
    public var sentence: String

    public init(
        schema: Int = 1, scenario: String, reference: String, metric: String, contenders: [String], blocks: Int,
        tolerance: Double, method: String, isRanked: Bool, refusal: String?, placebo: [PlaceboTest],
        memoryPlacebo: [MemoryPlaceboTest]? = nil, noiseFloor: Double?,
        rankings: [Ranking], standings: [Standing], frontier: [FrontierPoint], memory: [MemoryFigure],
        strategies: [StrategyStanding]? = nil, sentence: String
    ) {
        self.schema = schema
        self.scenario = scenario
        self.reference = reference
        self.metric = metric
        self.contenders = contenders
        self.blocks = blocks
        self.tolerance = tolerance
        self.method = method
        self.isRanked = isRanked
        self.refusal = refusal
        self.placebo = placebo
        self.memoryPlacebo = memoryPlacebo
        self.noiseFloor = noiseFloor
        self.rankings = rankings
        self.standings = standings
        self.frontier = frontier
        self.memory = memory
        self.strategies = strategies
        self.sentence = sentence
    }

    private enum CodingKeys: String, CodingKey {
        case schema, scenario, reference, metric, contenders, blocks, tolerance, method
        case isRanked = "ranked"
        case refusal, placebo
        case memoryPlacebo = "memory_placebo"
        case noiseFloor = "noise_floor"
        case rankings, standings, frontier, memory, strategies, sentence
    }

    /// The arms that no other is better than in both throughput and memory.
    public var paretoSet: [FrontierPoint] { frontier.filter { $0.dominatedBy == nil } }
}

extension GridDocument.Contest {
    /// The same contest seen from the rival.
    public var inverse: GridDocument.Contest {
        let swapped: ComparisonVerdict =
            switch verdict {
            case .faster: .slower
            case .slower: .faster
            case .tie, .unresolved: verdict
            }
        return GridDocument.Contest(
            contender: rival, rival: contender, n: n, ratio: 1 / ratio, low: high.map { 1 / $0 },
            high: low.map { 1 / $0 }, verdict: swapped, pairsToSettle: pairsToSettle)
    }
}

extension ArmKey {
    /// The allocator with its options, as a contender of a grid: `jemalloc[dirty_decay_ms:0]`.
    public var contender: String { allocatorOptions.isEmpty ? allocator : "\(allocator)[\(allocatorOptions)]" }
}
