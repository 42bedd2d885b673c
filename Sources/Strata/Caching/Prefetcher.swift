/// Guesses which row is asked for next, from those that were, and says so only as long as that pays.
///
/// A guess is the row that followed this one before, where that held twice (Joseph and Grunwald, "Prefetching using Markov
/// predictors", ISCA 1997), or else the row at the distance of the last two steps. What is in the cache anyway is no guess.
/// Each guess is looked after for some requests, announced or not: it was right when its row is asked for meanwhile. As
/// long as most of them are right they are announced, so that somebody fetches the rows ahead; requests that cannot be
/// guessed cost some nanoseconds each, and hardly a fetch.
///
/// One thread at a time; memory is bounded.
public struct Prefetcher: Sendable {
    /// What came of the guesses.
    public struct Metrics: Sendable, Equatable {
        /// Rows that were guessed and not in the cache.
        public var guesses = 0
        /// Those of them that were asked for soon.
        public var rightGuesses = 0
        /// Guesses that were announced, to be fetched ahead.
        public var fetches = 0
        /// Those of them that were asked for soon: what would have been misses.
        public var usefulFetches = 0

        public init() {}
    }

    private struct Successor {
        var row: UInt32
        var next: UInt32
        /// From 0 to 3: whether `next` came after `row` the last times.
        var confidence: UInt8
    }

    private struct Guess {
        var row: UInt32
        /// The number of the request after which it was made.
        var request: Int
        var isOpen: Bool
        var wasAnnounced: Bool
    }

    /// How many guesses are looked after, and for how many requests each: what is fetched earlier may be gone again.
    private static let guessCount = 16
    private static let lifetime = 32
    /// The share of right guesses from which on they are announced, and below which they are not any more.
    private static let shareToStart = 0.6
    private static let shareToStop = 0.5
    /// The weight of the last guess in that share.
    private static let lastWeight = 1.0 / 32

    /// Two places for each row: one that is sure of itself leaves the other to those that come by.
    private var successors: [Successor]
    private let mask: Int
    /// The last guesses, in a ring.
    private var guesses: [Guess]
    private var nextGuess = 0
    private var requests = 0
    private var previous: UInt32?
    private var step: UInt32 = 0
    private var stepRepeats = false
    private var share = 0.0
    private var counters = Metrics()

    /// Whether guesses are announced now.
    public private(set) var isOn = false
    /// What came of the guesses so far.
    public var metrics: Metrics { counters }

    /// - Parameter rows: of how many rows the successors are kept, at 24 to 48 bytes each. For requests that come round,
    ///   as many as there are rows in a round.
    public init(rows: Int = 1 << 14) {
        let count = 2 << Swift.max(4, Int.bitWidth - (Swift.max(1, rows) - 1).leadingZeroBitCount)
        mask = count - 2
        successors = Array(repeating: Successor(row: 0, next: 0, confidence: 0), count: count)
        guesses = Array(
            repeating: Guess(row: 0, request: 0, isOpen: false, wasAnnounced: false), count: Self.guessCount)
    }

    /// Takes a request for a row.
    ///
    /// - Parameter isCached: whether a row is in the cache, which is asked about the guess.
    /// - Returns: the row that is worth fetching now; mostly nil.
    public mutating func request(_ row: UInt32, isCached: (UInt32) -> Bool) -> UInt32? {
        requests += 1
        settle(row)
        learn(row)
        guard let guess = guess(after: row), guess != row, !isCached(guess) else { return nil }
        // Asked for once more while it is looked after, it stays one guess.
        guard !guesses.contains(where: { $0.row == guess && isLive($0) }) else { return nil }
        open(guess)
        return isOn ? guess : nil
    }

    // MARK: Learning

    /// The place of a row, or the one that it may take: the less sure of its two.
    private func place(_ row: UInt32) -> Int {
        let first = Int(CacheHasher.remix(row)) & mask
        if successors[first].row == row { return first }
        if successors[first + 1].row == row { return first + 1 }
        return successors[first].confidence <= successors[first + 1].confidence ? first : first + 1
    }

    private mutating func learn(_ row: UInt32) {
        defer { previous = row }
        guard let previous else { return }
        let newStep = row &- previous
        stepRepeats = newStep == step && newStep != 0
        step = newStep
        let place = place(previous)
        var successor = successors[place]
        if successor.row != previous {
            // Another row has the place, and stays for as long as it was sure of itself.
            if successor.confidence > 0 {
                successor.confidence -= 1
            } else {
                successor = Successor(row: previous, next: row, confidence: 1)
            }
        } else if successor.next == row {
            successor.confidence = Swift.min(3, successor.confidence + 1)
        } else if successor.confidence > 0 {
            successor.confidence -= 1
        } else {
            successor.next = row
            successor.confidence = 1
        }
        successors[place] = successor
    }

    private func guess(after row: UInt32) -> UInt32? {
        let successor = successors[place(row)]
        if successor.row == row, successor.confidence >= 2 { return successor.next }
        return stepRepeats ? row &+ step : nil
    }

    // MARK: Looking after guesses

    private mutating func open(_ row: UInt32) {
        // Whoever is looked after the longest was wrong.
        if guesses[nextGuess].isOpen { note(0) }
        guesses[nextGuess] = Guess(row: row, request: requests, isOpen: true, wasAnnounced: isOn)
        nextGuess = (nextGuess + 1) % Self.guessCount
        counters.guesses += 1
        if isOn { counters.fetches += 1 }
    }

    private func isLive(_ guess: Guess) -> Bool { guess.isOpen && requests - guess.request <= Self.lifetime }

    private mutating func settle(_ row: UInt32) {
        guard let place = guesses.firstIndex(where: { $0.row == row && isLive($0) }) else { return }
        guesses[place].isOpen = false
        counters.rightGuesses += 1
        if guesses[place].wasAnnounced { counters.usefulFetches += 1 }
        note(1)
    }

    private mutating func note(_ wasRight: Double) {
        share += (wasRight - share) * Self.lastWeight
        isOn = share >= (isOn ? Self.shareToStop : Self.shareToStart)
    }
}
