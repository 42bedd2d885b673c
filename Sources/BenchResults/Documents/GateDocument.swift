/// What a gate comes to, for machines: `gate.json`.
public struct GateDocument: Codable, Sendable, Hashable {
    /// The gate's answer.
    public enum Verdict: String, Codable, Sendable, Hashable {
        /// Something became worse than its tolerance allows.
        case regression = "REGRESSION"
        /// Nothing did, and the run would have noticed.
        case pass = "PASS"
        /// The run cannot tell.
        case inconclusive = "INCONCLUSIVE"
        /// The two sides did not measure the same thing.
        case incomparable = "INCOMPARABLE"
    }

    /// One metric of one phase.
    public struct Test: Codable, Sendable, Hashable {
        /// What a test comes to.
        public enum Outcome: String, Codable, Sendable, Hashable {
            case pass, improvement, regression, unresolved
        }

        public var scenario: String
        public var phase: String
        /// The operation and, where the stored run has several, the arm.
        public var subject: String
        public var metric: String
        /// `count` fails hard, `time` after a confirming rerun.
        public var tier: String
        /// Rounds, or pairs of blocks, or repetitions.
        public var n: Int
        /// How much worse the candidate is, as a fraction: 0.1 is a tenth slower or more. Negative: better.
        public var change: Double
        /// The 95 % interval of `change`.
        public var low: Double
        public var high: Double
        /// By how much it may be worse.
        public var tolerance: Double
        /// By how much the baseline differed from itself in this run; nil where it did not run twice.
        public var noise: Double?
        /// The probability of such a change beyond the tolerance by chance, corrected for all tests of the run; nil for
        /// counts.
        public var adjustedProbability: Double?
        /// The smallest change that the run would have noticed.
        public var detectable: Double?
        public var outcome: Outcome

        public init(
            scenario: String, phase: String, subject: String, metric: String, tier: String, n: Int, change: Double,
            low: Double, high: Double, tolerance: Double, noise: Double? = nil, adjustedProbability: Double? = nil,
            detectable: Double? = nil, outcome: Outcome
        ) {
            self.scenario = scenario
            self.phase = phase
            self.subject = subject
            self.metric = metric
            self.tier = tier
            self.n = n
            self.change = change
            self.low = low
            self.high = high
            self.tolerance = tolerance
            self.noise = noise
            self.adjustedProbability = adjustedProbability
            self.detectable = detectable
            self.outcome = outcome
        }

        private enum CodingKeys: String, CodingKey {
            case scenario, phase, subject, metric, tier, n, change, low, high, tolerance, noise
            case adjustedProbability = "adjusted_probability"
            case detectable, outcome
        }
    }

    /// A check of the gate by itself, such as the baseline against itself.
    public struct Control: Codable, Sendable, Hashable {
        /// `repeat` (the baseline against itself), `planted-time`, `planted-instructions`.
        public var name: String
        /// Whether it came out as it must.
        public var isSound: Bool
        /// What was seen, as a sentence.
        public var text: String

        public init(name: String, isSound: Bool, text: String) {
            self.name = name
            self.isSound = isSound
            self.text = text
        }

        private enum CodingKeys: String, CodingKey {
            case name
            case isSound = "sound"
            case text
        }
    }

    /// The version of this document's meaning.
    public var schema: Int
    public var verdict: Verdict
    /// Why, as sentences.
    public var reasons: [String]
    public var tests: [Test]
    /// Empty for stored runs, where none is demanded.
    public var controls: [Control]
    /// The two sides, as a person would name them: commits, folders.
    public var baseline: String
    public var candidate: String
    /// How long it took; nil for stored runs.
    public var seconds: Double?

    public init(
        schema: Int = 1, verdict: Verdict, reasons: [String], tests: [Test], controls: [Control] = [],
        baseline: String, candidate: String, seconds: Double? = nil
    ) {
        self.schema = schema
        self.verdict = verdict
        self.reasons = reasons
        self.tests = tests
        self.controls = controls
        self.baseline = baseline
        self.candidate = candidate
        self.seconds = seconds
    }
}
