import Testing

@testable import GraphData

@Suite struct ContentDigestTests {
    /// Published test vectors of XXH64 with seed 0.
    @Test(arguments: [
        ("", 0xEF46_DB37_51D8_E999 as UInt64), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
        ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ])
    func givesThePublishedValues(text: String, value: UInt64) {
        #expect(Array(text.utf8).withUnsafeBytes(ContentDigest.hash) == value, "\(text)")
    }

    @Test func piecesDoNotMatter() {
        var generator = SplitMix64(seed: 8)
        let bytes = (0..<1_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let whole = bytes.withUnsafeBytes(ContentDigest.hash)
        for trial in 0..<100 {
            var digest = ContentDigest()
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, generator.below(trial + 2))
                Array(rest.prefix(count)).withUnsafeBytes { digest.update($0) }
                rest = rest.dropFirst(count)
            }
            #expect(digest.value == whole, "trial \(trial), seed 8")
        }
    }
}
