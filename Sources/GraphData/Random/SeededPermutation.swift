/// A permutation of `0..<count` that is computed, not stored: a four-round Feistel network with cycle walking.
///
/// It spreads the ranks of a law over rows, so that the popular entities do not stand at the beginning.
@frozen
public struct SeededPermutation: Sendable, BitwiseCopyable {
    /// The number of elements.
    public let count: Int
    @usableFromInline let halfBits: UInt64
    @usableFromInline let key: UInt64

    /// The permutation of a seed; `count` is at least 1.
    public init(count: Int, seed: UInt64) {
        precondition(count >= 1, "a permutation needs an element")
        self.count = count
        let bits = UInt64(Int.bitWidth - (count - 1).leadingZeroBitCount)
        halfBits = max((bits + 1) / 2, 1)
        key = SplitMix64.mix(seed)
    }

    /// Where `index` goes. Constant time: on average at most four walks.
    @inlinable
    public func callAsFunction(_ index: Int) -> Int {
        precondition(index >= 0 && index < count, "the index lies outside the permutation")
        var word = UInt64(index)
        repeat {
            var left = word &>> halfBits
            var right = word & mask
            for round in 0..<4 as Range<UInt64> {
                (left, right) = (right, left ^ scramble(right, round: round))
            }
            word = left &<< halfBits | right
        } while word >= UInt64(count)
        return Int(word)
    }

    /// The index that goes to `place`: the inverse, at the same cost.
    @inlinable
    public func inverse(_ place: Int) -> Int {
        precondition(place >= 0 && place < count, "the place lies outside the permutation")
        var word = UInt64(place)
        repeat {
            var left = word &>> halfBits
            var right = word & mask
            for round in 0..<4 as Range<UInt64> {
                (left, right) = (right ^ scramble(left, round: 3 - round), left)
            }
            word = left &<< halfBits | right
        } while word >= UInt64(count)
        return Int(word)
    }

    @inlinable
    var mask: UInt64 { 1 &<< halfBits &- 1 }

    @inlinable
    func scramble(_ half: UInt64, round: UInt64) -> UInt64 {
        SplitMix64.mix(half ^ (key &+ round &* SplitMix64.gamma)) & mask
    }
}
