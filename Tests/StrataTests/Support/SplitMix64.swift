/// A seeded generator of random numbers, so that a failure can be run again (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A number from 0 to `bound` - 1.
    mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

    /// Whether something that happens `percent` times of a hundred happens now.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// A number between -1 and 1.
    mutating func unit() -> Float { Float(below(1 << 24)) / Float(1 << 23) - 1 }
}
