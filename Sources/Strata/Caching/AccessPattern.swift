/// What a sequence of requests is like: how often the same keys come, after how long they come again, and whether they
/// follow each other in order.
///
/// One thread at a time; memory is bounded.
public struct AccessPattern: Sendable {
    /// The kind of a sequence, in a word.
    public enum Kind: String, Sendable {
        /// Mostly each key is the one after the last: a scan, or a loop when keys come again.
        case sequential
        /// Few keys take most of the requests.
        case skewed
        /// Keys come again soon, though none is asked for much more than the others.
        case recent
        /// Keys hardly come again.
        case unrepeated
        /// None of these.
        case mixed
    }

    /// The reuse distances of the requests.
    public private(set) var curve: MissRatioCurve
    /// Requests whose key was the one after the key before.
    public private(set) var sequentialRequests = 0
    /// The longest run of such requests.
    public private(set) var longestRun = 0
    private var run = 0
    private var previous: UInt32?
    /// The number of requests of each key of a sample of keys.
    private var counts: [UInt32: Int] = [:]
    private var sampleBits: UInt32 = 0
    private let sampleLimit: Int

    /// - Parameter sampleLimit: the most keys of which the requests are counted one by one.
    public init(sampleLimit: Int = 8_192) {
        self.sampleLimit = Swift.max(16, sampleLimit)
        curve = MissRatioCurve(sampleLimit: sampleLimit)
    }

    /// Requests so far.
    public var requests: Int { curve.requests }

    /// Counts a request for a key that has neighbours: a row or an entity.
    public mutating func record(_ key: UInt32) {
        curve.record(key)
        if let previous, previous &+ 1 == key {
            sequentialRequests += 1
            run += 1
            longestRun = Swift.max(longestRun, run)
        } else {
            run = 0
        }
        previous = key
        guard isSampled(key) else { return }
        counts[key, default: 0] += 1
        while counts.count > sampleLimit {
            sampleBits += 1
            counts = counts.filter { isSampled($0.key) }
        }
    }

    private func isSampled(_ key: UInt32) -> Bool { CacheHasher.remix(key) & ((1 << sampleBits) - 1) == 0 }

    /// The share of requests that followed in order; nil before the second one.
    public var sequentiality: Double? {
        requests > 1 ? Double(sequentialRequests) / Double(requests - 1) : nil
    }

    /// Requests a key, on average; nil before the first one.
    public var meanFrequency: Double? {
        counts.isEmpty ? nil : Double(counts.values.reduce(0, +)) / Double(counts.count)
    }

    /// The share of the requests that went to the most popular keys, a tenth of all; nil before the first one. 0.1 when
    /// all keys are equal.
    public var shareOfTopTenth: Double? {
        guard !counts.isEmpty else { return nil }
        let sorted = counts.values.sorted(by: >)
        let top = sorted.prefix(Swift.max(1, sorted.count / 10)).reduce(0, +)
        return Double(top) / Double(sorted.reduce(0, +))
    }

    /// The distance below which half of the repeated requests are, in keys; nil when none was repeated.
    public var medianReuseDistance: Double? { curve.medianReuseDistance }

    /// The kind; nil before the second request.
    public var kind: Kind? {
        guard let sequentiality, let frequency = meanFrequency, let top = shareOfTopTenth else { return nil }
        if sequentiality > 0.5 { return .sequential }
        if frequency < 1.25 { return .unrepeated }
        if top > 0.5 { return .skewed }
        if let median = medianReuseDistance, median * 10 < curve.distinctKeys { return .recent }
        return .mixed
    }
}
