import Glibc

/// Draws the highest level of each new node: level l with a probability of `links` to the power of -l.
struct LevelGenerator: BitwiseCopyable {
    private var state: UInt64
    private let factor: Double

    init(seed: UInt64, links: Int) {
        state = seed
        factor = 1 / log(Double(links))
    }

    /// A level.
    mutating func next() -> Int {
        let unit = (Double(word() >> 11) + 0.5) * 0x1p-53
        return min(Int(-log(unit) * factor), HNSWParameters.levelLimit - 1)
    }

    /// A number from 0 to `bound` - 1.
    mutating func below(_ bound: Int) -> Int { Int(word().multipliedFullWidth(by: UInt64(bound)).high) }

    /// Splitmix64 (Steele, Lea and Flood, 2014).
    private mutating func word() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
