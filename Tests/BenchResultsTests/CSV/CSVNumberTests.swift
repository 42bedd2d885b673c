import BenchResults
import BenchStatistics
import Testing

@Suite struct CSVNumberTests {
    @Test func shortestText() {
        #expect(CSVNumber.text(100_000) == "100000")
        #expect(CSVNumber.text(0.1) == "0.1")
        #expect(CSVNumber.text(-2.5) == "-2.5")
        #expect(CSVNumber.text(1e21) == "1e+21")
        #expect(CSVNumber.text(0) == "0")
    }

    @Test func everyBitPatternComesBack() {
        let seed: UInt64 = 11
        var generator = SeededGenerator(seed: seed)
        let edges = [
            0, -0.0, 1, -1, Double.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .pi,
            1.0.nextUp, 9_007_199_254_740_992, 1e15, 1e16, 1e17, 123_456_789.125,
        ]
        let random = (0..<20_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
        for value in edges + random {
            let text = CSVNumber.text(value)
            #expect(CSVNumber.value(text)?.bitPattern == value.bitPattern, "\(text), seed \(seed)")
        }
    }

    @Test(arguments: ["", " 1", "1 ", "nan", "inf", "-inf", "infinity", "0x1p3", "1e999", "1,5", "--1", "e5", "+", "٣"])
    func whatIsNoFiniteDecimalIsRefused(text: String) { #expect(CSVNumber.value(text) == nil) }
}
