/// When an operation counts as acknowledged.
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// The operating system has it: the end of the process loses nothing, that of the machine all since the last
    /// synchronization.
    case none
    /// As ``none``; and at most one interval later it is on stable storage.
    case interval
    /// It is on stable storage.
    case commit
}

/// How a ``WriteAheadLog`` is written.
public struct LogConfiguration: Sendable, Equatable {
    /// When ``WriteAheadLog/commit(_:)`` returns.
    public var durability: Durability
    /// The time between two synchronizations at ``Durability/interval``.
    public var intervalMilliseconds: Int
    /// The bytes of a segment, reserved when it is begun: one of ``LogFormat/segmentByteCounts``. A record that is longer
    /// gets a segment of its own length.
    public var segmentByteCount: Int
    /// The most segments that are kept to be used again when they are not needed any more.
    public var spareSegmentCount: Int
    /// The bytes of records that wait for their commit before they are written all the same.
    public var bufferByteCount: Int

    public init(
        durability: Durability = .commit, intervalMilliseconds: Int = 100, segmentByteCount: Int = 16 << 20,
        spareSegmentCount: Int = 2, bufferByteCount: Int = 1 << 20
    ) {
        self.durability = durability
        self.intervalMilliseconds = intervalMilliseconds
        self.segmentByteCount = segmentByteCount
        self.spareSegmentCount = spareSegmentCount
        self.bufferByteCount = bufferByteCount
    }

    /// Refuses values outside of what they may be.
    func validate() throws(StrataError) {
        func require(_ isRight: Bool, _ message: String, _ remedy: String) throws(StrataError) {
            if !isRight { throw StrataError(.invalidArgument, message, remedy: remedy) }
        }
        let sizes = LogFormat.segmentByteCounts
        try require(
            sizes.contains(segmentByteCount), "a log's segment cannot have \(segmentByteCount) bytes",
            "choose \(sizes.lowerBound) to \(sizes.upperBound)")
        try require(
            (1...86_400_000).contains(intervalMilliseconds),
            "a log cannot be synchronized every \(intervalMilliseconds) ms", "choose 1 ms to a day")
        try require(spareSegmentCount >= 0, "there cannot be \(spareSegmentCount) spare segments", "choose 0 or more")
        try require(bufferByteCount > 0, "a log's buffer cannot have \(bufferByteCount) bytes", "choose 1 or more")
    }
}
