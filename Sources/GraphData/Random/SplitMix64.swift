/// A seeded, counter-based generator: the n-th number is a mix of `seed + n * gamma` (Steele, Lea & Flood 2014).
///
/// All synthetic data and plans come from it. It has no state but its counter, so a place in the sequence is reached
/// in constant time, and every record of a data set can have a stream of its own. The same seed gives the same numbers
/// on every machine. It is not for secrets.
@frozen
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable, BitwiseCopyable {
    /// The distance of two counters: 2^64 divided by the golden ratio, made odd.
    @usableFromInline static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

    @usableFromInline var counter: UInt64

    /// The sequence of a seed.
    @inlinable
    public init(seed: UInt64) { counter = seed }

    /// One of 2^64 sequences of a seed, such as one for each entity.
    @inlinable
    public init(seed: UInt64, stream: UInt64) {
        // The seed is mixed before the stream joins it: neighbouring seeds must not share streams.
        counter = Self.mix(Self.mix(seed &+ Self.gamma) ^ (stream &* Self.gamma))
    }

    /// A bijection of 64-bit words in which each input bit changes about half of the output bits.
    @inlinable
    public static func mix(_ word: UInt64) -> UInt64 {
        var z = word
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The next number, uniform over all 64-bit words.
    @inlinable
    public mutating func next() -> UInt64 {
        counter &+= Self.gamma
        return Self.mix(counter)
    }

    /// Moves on as if `next` had been called `count` times, in constant time.
    @inlinable
    public mutating func skip(_ count: UInt64) { counter &+= Self.gamma &* count }

    /// A number in `0..<bound`: the upper half of the full product of the next number and `bound`.
    ///
    /// No number is more likely than another by more than `bound / 2^64`. `bound` 0 gives 0.
    @inlinable
    public mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

    /// A number in `0..<bound`; `bound` must not be negative.
    @inlinable
    public mutating func below(_ bound: Int) -> Int { Int(below(UInt64(bound))) }

    /// A number in `0 ..< 1`, a multiple of 2^-53.
    @inlinable
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// The generator of the house, by what it is for.
public typealias CounterGenerator = SplitMix64
