import BenchResults
import Foundation
import Testing

@testable import BenchReport

@Suite struct HistogramLogExportTests {
    private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Golden")

    private func folder() throws -> RunFolder {
        let folder = try RunFolder(TinyRun.eightPairs)
        let log = String(decoding: try Data(contentsOf: Self.golden.appending(path: "latency.hlog")), as: UTF8.self)
        // The second arm's log begins half a second later.
        try folder.run.write(text: log, to: "histograms/tiny.get.strata-glibc-bump-1.get.hlog")
        try folder.run.write(
            text: log.replacing("1735787045.250", with: "1735787045.750"),
            to: "histograms/tiny.get.strata-jemalloc-bump-1.get.hlog")
        return folder
    }

    /// The golden file was read with the Python port of HdrHistogram (`hdrh.log`): of each of its two tags two
    /// intervals with 5,005 values each, whose percentiles are those of `latency.hlog`.
    @Test func logsBecomeOneWithTags() throws {
        let folder = try folder()
        let text = try Export.text(try ExportSource(run: folder.run, for: .hlog), as: .hlog)
        let golden = Self.golden.appending(path: "joined.hlog")
        #expect(text == String(decoding: try Data(contentsOf: golden), as: UTF8.self))
    }

    @Test func intervalsStandInTheOrderOfTimeAndHoldWhatTheyHeld() throws {
        let folder = try folder()
        let text = try Export.text(try ExportSource(run: folder.run, for: .hlog), as: .hlog)
        let intervals = try HistogramLog.intervals(of: text, path: "joined")
        #expect(
            intervals.map(\.startSeconds) == [1_735_787_045.25, 1_735_787_045.75, 1_735_787_046.25, 1_735_787_046.75])
        #expect(
            intervals.map(\.tag)
                == [
                    "tiny.get.strata-glibc-bump-1.get", "tiny.get.strata-jemalloc-bump-1.get",
                    "tiny.get.strata-glibc-bump-1.get", "tiny.get.strata-jemalloc-bump-1.get",
                ])
        // The histograms' bytes are those of the arms' own logs.
        let own = try folder.text("histograms/tiny.get.strata-glibc-bump-1.get.hlog")
        func payloads(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { $0.hasPrefix("Tag=") }.compactMap {
                $0.split(separator: ",").last
            }
        }
        let (all, parts) = (payloads(text), payloads(own))
        #expect(all == [parts[0], parts[0], parts[1], parts[1]])
    }

    @Test func aDamagedLogIsNamedWithItsLine() throws {
        let folder = try folder()
        try folder.run.write(text: "Tag=a,0.0,1.0,1.0,AAAA\n", to: "histograms/x.hlog")
        do {
            _ = try ExportSource(run: folder.run, for: .hlog)
            Issue.record("a damaged log was read")
        } catch {
            #expect("\(error)".contains("histograms/x.hlog:1: "), "\(error)")
        }
        // The others do not need it.
        _ = try ExportSource(run: folder.run, for: .jmh)
    }
}
