import BenchResults
import Foundation
import Testing

@Suite struct HistoryFileTests {
    private func row(_ run: String, _ value: Double = 1, metric: String = "throughput") -> HistoryRow {
        HistoryRow(
            startedAt: "2026-01-02T03:04:05Z", commit: "abcdef0", dirty: false, machine: "A, 2 processors, x86_64",
            profile: "quick",
            figure: SummaryRow(
                run: run, scenario: "s", scenarioHash: "1111111111111111", phase: "get", operation: "get",
                subject: "strata", allocator: "glibc", strategy: "bump", threads: 1, metric: metric, unit: "ns",
                direction: .lower, n: 3, median: value, ciLow: value, ciHigh: value, min: value, max: value, mad: 0))
    }

    @Test func whatIsAddedIsRead() throws {
        let folder = try TemporaryFolder()
        let file = HistoryFile(folder.path("deep/history.csv"))
        #expect(try file.append([row("a", 1.5), row("a", 2, metric: "latency_p50")]) == nil)
        #expect(try file.append([row("b, \"c\"", 1e-9)]) == nil)
        let read = try file.read()
        #expect(read.rows == [row("a", 1.5), row("a", 2, metric: "latency_p50"), row("b, \"c\"", 1e-9)])
        #expect(read.warnings.isEmpty)
        #expect(read.rows.map(\.run) == ["a", "a", "b, \"c\""])
    }

    /// Cut at many bytes of the last line, those of its last fields among them: all lines before it stay, and a warning
    /// says what is lost.
    @Test func aLineThatWasCutOffCostsThatLineOnly() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("history.csv")
        let file = HistoryFile(path)
        _ = try file.append([row("a"), row("b")])
        let whole = try Data(contentsOf: URL(filePath: path))
        let start = whole.dropLast().lastIndex(of: UInt8(ascii: "\n"))! + 1
        for length in Array(stride(from: start + 1, to: whole.count - 8, by: 17)) + (whole.count - 8..<whole.count) {
            try whole.prefix(length).write(to: URL(filePath: path))
            let read = try file.read()
            #expect(read.rows.map(\.run) == ["a"], "\(length)")
            #expect(read.warnings.count == 1, "\(length)")
            let word = try #require(try file.append([row("c")]), "\(length)")
            #expect(word.contains("cut off"))
            let after = try file.read()
            // Cut within its last figure, the line must not pass for one with another figure.
            #expect(after.rows.map(\.run) == ["a", "c"], "\(length)")
            #expect(after.warnings.count == 1, "\(length)")
        }
    }

    @Test func aBadLineInTheMiddleIsLeftOutWithAWord() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("history.csv")
        let file = HistoryFile(path)
        _ = try file.append([row("a")])
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([0, 0, 0, 0x0A]) + Data("\"never,closed\n".utf8))
        try handle.close()
        _ = try file.append([row("b")])
        let read = try file.read()
        #expect(read.rows.map(\.run) == ["a", "b"])
        #expect(read.warnings.count == 2 && read.warnings.allSatisfy { $0.contains("left out") }, "\(read.warnings)")
        #expect(read.warnings.first?.hasPrefix("\(path):3:") == true, "\(read.warnings)")
    }

    @Test func whatIsNoHistoryIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("other.csv")
        try Data("a,b\n1,2\n".utf8).write(to: URL(filePath: path))
        for attempt in [{ _ = try HistoryFile(path).read() }, { _ = try HistoryFile(path).append([self.row("a")]) }] {
            do {
                try attempt()
                Issue.record("taken for a history")
            } catch {
                #expect("\(error)".hasPrefix("\(path):1:1: "), "\(error)")
            }
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("a,b\n1,2\n".utf8))
        #expect(throws: ResultsError.self) { try HistoryFile(folder.path("missing.csv")).read() }
        #expect(throws: ResultsError.self) { try HistoryFile(folder.path("n.csv")).append([self.row("a\nb")]) }
    }

    /// Runs that end at the same moment do not mix their lines.
    @Test func manyWritersLoseNothing() async throws {
        let folder = try TemporaryFolder()
        let file = HistoryFile(folder.path("history.csv"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for turn in 0..<5 { _ = try file.append([self.row("\(writer)-\(turn)"), self.row("x")]) }
                }
            }
            try await group.waitForAll()
        }
        let read = try file.read()
        #expect(read.warnings.isEmpty)
        #expect(read.rows.count == 40)
        #expect(Set(read.rows.map(\.run)).count == 21)
    }

    @Test func onlyMainMetricsAreKept() {
        var environment = Environment(
            run: "r", startedAt: "t", profile: "quick", entities: [:],
            machine: .init(cpuModel: "A", cores: 2, memoryBytes: 1, architecture: "x86_64"), kernel: "k", libc: "l",
            swiftVersion: "6", commit: nil, dirty: nil, buildFlags: [], transparentHugePages: nil, allocators: [])
        let figures = [row("r").figure, row("r", metric: "context_switches").figure]
        #expect(HistoryRow.rows(of: environment, figures).map(\.figure.metric) == ["throughput"])
        #expect(HistoryRow.rows(of: environment, figures).first?.machine == "A, 2 processors, x86_64")
        environment.commit = "c0ffee"
        environment.dirty = true
        let row = HistoryRow.rows(of: environment, figures)[0]
        #expect(row.commit == "c0ffee" && row.dirty)
    }
}
