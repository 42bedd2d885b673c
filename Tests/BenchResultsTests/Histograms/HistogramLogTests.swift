@testable import BenchResults
import BenchStatistics
import Foundation
import Histogram
import Testing

@Suite struct HistogramLogTests {
    @Test func logsComeBack() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Golden/latency.hlog")
        let text = String(decoding: try Data(contentsOf: golden), as: UTF8.self)
        let intervals = try HistogramLog.intervals(of: text, path: "latency.hlog")
        #expect(intervals.count == 2 && intervals.map(\.histogram.totalCount) == [5005, 5005])
        #expect(intervals.map(\.lengthSeconds) == [0.75, 0.75])
        #expect(intervals.map(\.startSeconds) == [1_735_787_045.25, 1_735_787_046.25])
        // Written again it is the very same file.
        #expect(HistogramFiles.logText(intervals) == text)
    }

    @Test func valuesStandWhereTheirIndexSays() {
        for digits in [SignificantDigits.zero, .one, .three, .five] {
            for lowest: UInt64 in [1, 3, 1000] {
                let layout = HistogramLayout(lowestDiscernibleValue: lowest, significantDigits: Int(digits.rawValue))
                for exponent in 0..<60 {
                    let index = layout.index(of: 5 << exponent)
                    #expect(layout.value(at: index).map(layout.index) == index)
                }
                #expect(layout.value(at: -1) == nil && layout.value(at: .max / 2) == nil)
            }
        }
    }

    /// Every prefix of a log and every changed byte is read whole, or refused with its line; nothing traps.
    @Test func damagedLogsAreRefused() throws {
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .two)
        for value: UInt64 in [1, 5, 1000, 123_456] { histogram.record(value) }
        let text = HistogramFiles.logText([
            HistogramInterval(tag: "x", startSeconds: 1, lengthSeconds: 1, histogram: histogram)
        ])
        let bytes = Array(text.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] = changed[place] == UInt8(ascii: "1") ? UInt8(ascii: "z") : UInt8(ascii: "1")
            for variant in [changed, Array(bytes[..<place])] {
                do throws(ResultsError) {
                    _ = try HistogramLog.intervals(of: String(decoding: variant, as: UTF8.self), path: "x.hlog")
                } catch {
                    #expect(error.line != nil && error.description.hasPrefix("x.hlog:"))
                }
            }
        }
        // Numbers and checksums that fit, and counts that do not.
        for payload: [UInt8] in [[], [0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x01, 0x80]] {
            let plain =
                HistogramEncoding.bigEndian(HistogramEncoding.plainCookie)
                + HistogramEncoding.bigEndian(UInt32(payload.count)) + HistogramEncoding.bigEndian(UInt32(0))
                + HistogramEncoding.bigEndian(UInt32(3)) + HistogramEncoding.bigEndian(UInt64(1))
                + HistogramEncoding.bigEndian(UInt64(100)) + HistogramEncoding.bigEndian(Double(1).bitPattern) + payload
            let stream = ZlibStored.encode(plain)
            let whole =
                HistogramEncoding.bigEndian(HistogramEncoding.compressedCookie)
                + HistogramEncoding.bigEndian(UInt32(stream.count)) + stream
            let isReadable = payload.count < 2
            #expect((HistogramDecoding.histogram(whole) != nil) == isReadable, "\(payload)")
        }
    }
}
