@testable import BenchResults
import BenchStatistics
import Foundation
import Histogram
import Testing

@Suite struct HistogramFilesTests {
    /// Latencies of two blocks with a long tail, gaps of one and of many zeros, and the value 0.
    private func interval(_ block: Int) -> HistogramInterval<UInt32> {
        var histogram = Histogram<UInt32>(numberOfSignificantValueDigits: .three)
        var generator = SeededGenerator(seed: UInt64(block))
        for _ in 0..<5000 {
            let tail = generator.next() % 32
            histogram.record(generator.next() % (UInt64(100) << tail))
        }
        for value: UInt64 in [0, 2, 4, 1_000_000_007, 3_600_000_000_000] { histogram.record(value) }
        return HistogramInterval(
            tag: "strata/glibc[a:1, b:2]/bump/1", startSeconds: 1_735_787_045.25 + Double(block), lengthSeconds: 0.75,
            histogram: histogram)
    }

    // The golden file was read with the Python port of HdrHistogram: totals, extremes and percentiles agree with the
    // values below. A changed byte here is a changed format.
    @Test func logIsTheGoldenFile() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Golden/latency.hlog")
        let text = HistogramFiles.logText([interval(0), interval(1)])
        #expect(text == String(decoding: try Data(contentsOf: golden), as: UTF8.self))
        for (block, expected) in Self.goldenPercentiles.enumerated() {
            let histogram = interval(block).histogram
            #expect([50, 90, 99, 99.9].map { histogram.valueAtPercentile($0) } + [histogram.max] == expected)
        }
    }

    /// Of each interval the values at 50, 90, 99 and 99.9 % and the upper end of the largest one's bucket, as the Python
    /// port reads them from the golden file.
    private static let goldenPercentiles: [[UInt64]] = [
        [1_454_079, 10_997_465_087, 142_807_662_591, 206_024_212_479, 3_601_330_077_695],
        [2_213_887, 12_624_855_039, 146_699_976_703, 207_366_389_759, 3_601_330_077_695],
    ]

    @Test func percentilesAreInNanoseconds() {
        let text = HistogramFiles.percentileText(interval(0).histogram)
        #expect(text.contains("1/(1-Percentile)"))
        #expect(text.contains("#[Max     = "))
        #expect(text.contains("Total count    =         5005]"))
    }

    @Test func writesBothFilesOfAnArm() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        let arm = ArmKey(subject: "strata", allocator: "glibc", strategy: "bump", threads: 1)
        let name = HistogramFiles.name(scenario: "wordnet", phase: "get", arm: arm, operation: "get")
        #expect(name == "wordnet.get.strata-glibc-bump-1.get")
        try HistogramFiles.write([interval(0), interval(1)], name: name, to: run)
        #expect(try folder.names(in: "run/histograms") == ["\(name).hgrm", "\(name).hlog"])
        #expect(try folder.text("run/histograms/\(name).hgrm").contains("Total count    =        10010]"))
        #expect(try folder.text("run/histograms/\(name).hlog").split(separator: "\n").count == 5)
    }

    @Test func emptyOrUnlikeHistogramsAreRefused() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        var empty = interval(0)
        empty.histogram = Histogram(numberOfSignificantValueDigits: .three)
        var coarse = interval(1)
        coarse.histogram = Histogram(numberOfSignificantValueDigits: .two)
        coarse.histogram.record(1)
        #expect(
            performing: { try HistogramFiles.write([empty], name: "x", to: run) },
            throws: { "\($0)" == "the histogram `x` holds no value" })
        #expect(
            performing: { try HistogramFiles.write([interval(0), coarse], name: "x", to: run) },
            throws: { "\($0)".hasSuffix("differ in their layout") })
        #expect(try folder.names(in: "run") == [])
    }

    @Test func layoutAgreesWithTheRecordedCounts() {
        for digits in [SignificantDigits.zero, .one, .two, .three, .four, .five] {
            for lowest: UInt64 in [1, 2, 3, 1000] {
                let limit: UInt64 = 1 << 45
                let layout = HistogramLayout(lowestDiscernibleValue: lowest, significantDigits: Int(digits.rawValue))
                var model = Histogram<UInt64>(
                    lowestDiscernibleValue: lowest, highestTrackableValue: limit, numberOfSignificantValueDigits: digits
                )
                var previous = -1
                for exponent in 0..<45 {
                    let value = UInt64(1) << exponent
                    let index = layout.index(of: value)
                    #expect(index == layout.index(of: model.highestEquivalentForValue(value)))
                    #expect(index != layout.index(of: model.highestEquivalentForValue(value) + 1))
                    #expect(index >= previous)
                    previous = index
                    model.record(value)
                }
            }
        }
    }

    // Each number is decoded by the rule itself: seven bits a byte, all eight of the ninth, then the ZigZag undone.
    @Test func numbersOfTheEncodingComeBack() {
        let seed: UInt64 = 5
        var generator = SeededGenerator(seed: seed)
        let edges: [Int64] = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, .max, .min, .max - 1]
        let random = (0..<2000).map { _ in Int64(bitPattern: generator.next() >> (generator.next() % 64)) }
        for number in edges + random {
            var bytes: [UInt8] = []
            HistogramEncoding.append(number, to: &bytes)
            #expect(bytes.count <= 9)
            var word: UInt64 = 0
            for (position, byte) in bytes.enumerated() {
                word |= UInt64(position == 8 ? byte : byte & 0x7F) << UInt64(7 * position)
            }
            let decoded = Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1)
            #expect(decoded == number, "seed \(seed)")
        }
    }

    @Test func storedStreamsAreValidAtEveryBlockEdge() {
        #expect(ZlibStored.adler32(Array("Wikipedia".utf8)) == 0x11E6_0398)
        for count in [0, 1, 65_534, 65_535, 65_536, 131_070, 131_071] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let stream = ZlibStored.encode(bytes)
            #expect((UInt16(stream[0]) << 8 | UInt16(stream[1])) % 31 == 0)
            var (offset, content, isLast) = (2, [UInt8](), false)
            while !isLast {
                isLast = stream[offset] == 1
                let length = UInt16(stream[offset + 1]) | UInt16(stream[offset + 2]) << 8
                let inverse = UInt16(stream[offset + 3]) | UInt16(stream[offset + 4]) << 8
                #expect(length == ~inverse)
                content += stream[(offset + 5)..<(offset + 5 + Int(length))]
                offset += 5 + Int(length)
            }
            #expect(content == bytes)
            #expect(Array(stream[offset...]) == HistogramEncoding.bigEndian(ZlibStored.adler32(bytes)))
        }
    }
}
