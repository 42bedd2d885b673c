/// Embeddings by signed feature hashing (Weinberger et al. 2009): each token of a text adds or subtracts its weight in
/// one component, both chosen by its hash, and the sum is scaled to length 1.
///
/// A token's weight is the logarithm of (texts / texts with the token), so that texts which share rare words come near.
/// Tokens are runs of ASCII letters and digits, lower-cased. Use: `begin` and `take` for every text, `weigh` once, then
/// `fill`.
struct TokenVectors {
    let dimensions: Int
    private let seed: UInt64
    /// What is known of each distinct token.
    private var tokens: [Token] = []
    /// Open addressing by hash: the token's index + 1, 0 for a free slot.
    private var slots: [UInt32] = Array(repeating: 0, count: 1 << 12)
    /// The tokens of all texts, one text after the other.
    private var occurrences: [UInt32] = []
    private var textStarts: [Int] = []

    private struct Token {
        let hash: UInt64
        var texts: UInt32 = 0
        var lastText: UInt32 = .max
        /// The signed weight, known after `weigh`.
        var weight: Float = 0
    }

    init(dimensions: Int, seed: UInt64) {
        self.dimensions = dimensions
        self.seed = seed
    }

    /// The number of texts so far.
    var textCount: Int { textStarts.count }

    /// Begins the next text.
    mutating func begin() { textStarts.append(occurrences.count) }

    /// Adds the tokens of some bytes to the current text.
    mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) {
        let start: UInt64 = 0xCBF2_9CE4_8422_2325
        var hash = start
        var isInside = false
        for byte in bytes {
            var byte = byte
            if byte &- UInt8(ascii: "A") < 26 { byte |= 0x20 }
            if byte &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
                isInside = true
            } else if isInside {
                add(SplitMix64.mix(hash ^ seed))
                hash = start
                isInside = false
            }
        }
        if isInside { add(SplitMix64.mix(hash ^ seed)) }
    }

    /// Two tokens with equal 64-bit hashes count as one: among a million tokens that has a chance of 1 in 10^7.
    private mutating func add(_ hash: UInt64) {
        if tokens.count * 2 >= slots.count { grow() }
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while slots[place] != 0, tokens[Int(slots[place]) - 1].hash != hash { place = (place + 1) & mask }
        if slots[place] == 0 {
            tokens.append(Token(hash: hash))
            slots[place] = UInt32(tokens.count)
        }
        let index = slots[place] - 1
        let text = UInt32(textStarts.count)
        if tokens[Int(index)].lastText != text {
            tokens[Int(index)].lastText = text
            tokens[Int(index)].texts += 1
        }
        occurrences.append(index)
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for index in tokens.indices {
            var place = Int(truncatingIfNeeded: tokens[index].hash) & mask
            while slots[place] != 0 { place = (place + 1) & mask }
            slots[place] = UInt32(index + 1)
        }
    }

    /// Fixes the weights when all texts are known.
    mutating func weigh() {
        for index in tokens.indices {
            let weight = Float(PortableMath.log(Double(textCount) / Double(tokens[index].texts)))
            tokens[index].weight = tokens[index].hash & 1 == 0 ? weight : -weight
        }
    }

    /// Fills `vector`, which has `dimensions` components, with the unit vector of text `index`.
    func fill(_ vector: inout [Float], text index: Int) {
        for component in 0..<dimensions { vector[component] = 0 }
        let end = index + 1 < textStarts.count ? textStarts[index + 1] : occurrences.count
        for place in textStarts[index]..<end {
            let token = tokens[Int(occurrences[place])]
            vector[component(of: token.hash)] += token.weight
        }
        var sum = 0.0
        for component in 0..<dimensions { sum += Double(vector[component]) * Double(vector[component]) }
        if sum == 0 {
            // No token, or only such as cancel each other: some direction that depends on the text's place alone.
            vector[component(of: SplitMix64.mix(UInt64(index) ^ seed))] = 1
            return
        }
        let inverse = Float(1 / sum.squareRoot())
        for component in 0..<dimensions { vector[component] *= inverse }
    }

    /// The component that a hash chooses: by its upper half, which the sign does not use.
    private func component(of hash: UInt64) -> Int {
        Int(truncatingIfNeeded: ((hash >> 32) &* UInt64(dimensions)) >> 32)
    }
}
