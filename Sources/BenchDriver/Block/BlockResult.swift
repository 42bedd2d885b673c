public import BenchMeasurement
public import BenchResults
public import Histogram

/// What a child process found out in its block.
public struct BlockResult: Codable, Sendable {
    /// How a block ended.
    public enum Status: Codable, Sendable, Equatable {
        /// All phases were run, or skipped with a reason.
        case done
        /// The allocator that was asked for does not own `malloc`; nothing was measured.
        case unproven(reason: String)
        /// The block could not be driven to its end.
        case failed(reason: String)
    }

    /// A phase of the block.
    public struct Phase: Codable, Sendable, Equatable {
        /// The phase's name.
        public var name: String
        /// The mixture's name in results.
        public var operation: String
        /// The threads that it ran on.
        public var threads: Int
        /// Sixteen hexadecimal digits over the answers, or `-` where they are not compared.
        public var digest: String
        /// Sixteen hexadecimal digits over the planned operations.
        public var planHash: String
        /// Why the phase was left out, or nil when it ran.
        public var skipped: String?
        /// Why the phase's figures do not count, such as an open loop whose generator was late; nil when they do.
        public var invalid: String?
        /// How the open loops of the phase kept their times.
        public var schedules: [Schedule]

        public init(
            name: String, operation: String, threads: Int, digest: String = SampleRow.noDigest, planHash: String,
            skipped: String? = nil, invalid: String? = nil, schedules: [Schedule] = []
        ) {
            self.name = name
            self.operation = operation
            self.threads = threads
            self.digest = digest
            self.planHash = planHash
            self.skipped = skipped
            self.invalid = invalid
            self.schedules = schedules
        }
    }

    /// How an open loop kept its times.
    public struct Schedule: Codable, Sendable, Equatable {
        /// The role; empty in a phase without roles.
        public var role: String
        /// The share of operations that the generator began late.
        public var lateShare: Double
        /// The share of the due operations that were not begun when the time was over.
        public var leftShare: Double

        public init(role: String, lateShare: Double, leftShare: Double) {
            self.role = role
            self.lateShare = lateShare
            self.leftShare = leftShare
        }
    }

    /// How the block ended.
    public var status: Status
    /// Who owned `malloc`; nil only when that could not be found out.
    public var allocator: AllocatorIdentity?
    /// The phases in their order.
    public var phases: [Phase]
    /// The figures.
    public var rows: [SampleRow]
    /// The latencies.
    public var histograms: [LatencyRecord]
    /// The state of the process over time.
    public var timeline: [TimelineRow]
    /// The cost of reading the clock once, in nanoseconds. It is part of each latency.
    public var clockNanoseconds: Double?
    /// What the rest of the machine did meanwhile.
    public var conditions: SystemConditions?
    /// The time of the reference loop before and after the block, in nanoseconds; empty where it did not run.
    public var referenceNanoseconds: [Double]
    /// What a reader should know before trusting the figures, in sentences.
    public var warnings: [String]

    public init(
        status: Status, allocator: AllocatorIdentity? = nil, phases: [Phase] = [], rows: [SampleRow] = [],
        histograms: [LatencyRecord] = [], timeline: [TimelineRow] = [], clockNanoseconds: Double? = nil,
        conditions: SystemConditions? = nil, referenceNanoseconds: [Double] = [], warnings: [String] = []
    ) {
        self.status = status
        self.allocator = allocator
        self.phases = phases
        self.rows = rows
        self.histograms = histograms
        self.timeline = timeline
        self.clockNanoseconds = clockNanoseconds
        self.conditions = conditions
        self.referenceNanoseconds = referenceNanoseconds
        self.warnings = warnings
    }

    /// Reads a result from its file.
    public init(path: String) throws(DriverError) { self = try JSONFile.read(BlockResult.self, from: path) }

    /// Writes the result to a file.
    public func write(to path: String) throws(DriverError) { try JSONFile.write(self, to: path) }
}

/// The latencies of one kind of operation in one phase: the histogram's recorded values and how often each was seen.
public struct LatencyRecord: Codable, Sendable, Equatable {
    /// The phase's name.
    public var phase: String
    /// The role within the phase; empty in a phase without roles.
    public var role: String
    /// The operation's name.
    public var operation: String
    /// What of the operation was timed.
    public var quantity: LatencyQuantity
    /// The phase's threads.
    public var threads: Int
    /// When the phase began, in seconds since 1970, UTC.
    public var startSeconds: Double
    /// How long it lasted, in seconds.
    public var lengthSeconds: Double
    /// Latencies in nanoseconds to three digits, ascending.
    public var values: [UInt64]
    /// How often each was seen.
    public var counts: [UInt64]

    /// The record of a histogram.
    public init(
        phase: String, role: String = "", operation: String, quantity: LatencyQuantity = .latency, threads: Int,
        startSeconds: Double, lengthSeconds: Double, histogram: Histogram<UInt64>
    ) {
        self.phase = phase
        self.role = role
        self.operation = operation
        self.quantity = quantity
        self.threads = threads
        self.startSeconds = startSeconds
        self.lengthSeconds = lengthSeconds
        values = []
        counts = []
        for step in histogram.recordedValues() {
            values.append(histogram.lowestEquivalentForValue(step.value))
            counts.append(step.count)
        }
    }

    /// The histogram again: equal in its counts, the largest value to three digits.
    public var histogram: Histogram<UInt64> {
        var histogram = LatencyHistogram.empty
        for (value, count) in zip(values, counts) { histogram.record(value, count: count) }
        return histogram
    }
}

/// What of an operation a latency is about. The raw value begins the metrics' names.
public enum LatencyQuantity: String, Codable, Sendable, Hashable, CaseIterable {
    /// In a closed loop, from the end of the operation before to its own.
    case latency
    /// In an open loop, from its begin to its end.
    case service
    /// In an open loop, from its planned time to its begin.
    case queueing
    /// In an open loop, from its planned time to its end.
    case response
}

/// The form of all latency histograms: nanoseconds from 1 to an hour, three digits. They can be added to each other.
public enum LatencyHistogram {
    /// The largest latency that is told apart.
    public static let largest: UInt64 = 3_600_000_000_000

    /// A histogram without values. About 270 KiB.
    public static var empty: Histogram<UInt64> {
        Histogram(highestTrackableValue: largest, numberOfSignificantValueDigits: .three)
    }
}
