import BenchResults
import BenchStatistics
import Histogram
import Testing

@Suite struct RunMergeTests {
    private func environment(_ name: String, commit: String = "aaaa") -> Environment {
        Environment(
            run: name, startedAt: "2025-01-02T03:04:05Z", profile: "quick", entities: ["wordnet": 10],
            machine: .init(cpuModel: "A CPU", cores: 2, memoryBytes: 8 << 30, architecture: "x86_64"),
            kernel: "6.1.0", libc: "glibc 2.36", swiftVersion: "6.3.1", commit: commit, dirty: false,
            buildFlags: ["release"], transparentHugePages: "madvise", allocators: [.init(name: "glibc")],
            clockNanoseconds: 20, stolenSeconds: 0.5, warnings: ["busy"])
    }

    /// The latencies of a block, a long tail among them.
    private func interval(_ seed: UInt64) -> HistogramInterval<UInt64> {
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 { histogram.record(generator.next() % (100 << (generator.next() % 30))) }
        return HistogramInterval(
            tag: "strata/glibc/bump/1", startSeconds: 1_735_787_045 + Double(seed), lengthSeconds: 0.5,
            histogram: histogram)
    }

    private func run(
        _ name: String, in folder: TemporaryFolder, blocks: Range<Int>, commit: String = "aaaa", seed: UInt64,
        complete: Bool = true, hash: String = "0123456789abcdef"
    ) throws -> RunDirectory {
        let run = try RunDirectory(creating: folder.path(name))
        try run.appendSamples(
            blocks.map { block in
                var row = sampleRow(block: block, value: Double(block + 1))
                row.run = name
                row.scenarioHash = hash
                return row
            })
        try run.append(
            blocks.map { block in
                BlockRow(
                    scenario: "wordnet", arm: "strata/glibc/bump/1", block: block, attempt: 0, position: 0,
                    startSeconds: 0, seconds: 1, kept: true)
            }, to: .blocks)
        try run.write(environment(name, commit: commit))
        try run.write(
            VerdictDocument(
                run: name, complete: complete, profile: "quick", targets: [], comparisons: [], digestConflicts: []))
        try run.write(text: "name: wordnet\n", to: "scenarios/wordnet.yaml")
        try HistogramFiles.write([interval(seed)], name: "wordnet.get.x.get", to: run)
        return run
    }

    @Test func blocksAndHistogramsOfAllPartsAreThere() throws {
        let folder = try TemporaryFolder()
        let parts = [
            try run("a", in: folder, blocks: 0..<3, seed: 1), try run("b", in: folder, blocks: 1..<3, seed: 2),
            try run("c", in: folder, blocks: 0..<2, commit: "bbbb", seed: 3, complete: false),
        ]
        let joined = try RunDirectory(creating: folder.path("joined"))
        let merge = try RunMerge(parts, into: joined)
        let samples = try joined.readSamples().rows
        #expect(samples.map(\.block) == [0, 1, 2, 4, 5, 6, 7])
        #expect(samples.map(\.value) == [1, 2, 3, 2, 3, 1, 2])
        #expect(Set(samples.map(\.run)) == ["joined"])
        #expect(try joined.read(BlockRow.self, from: .blocks).rows.map(\.block) == [0, 1, 2, 4, 5, 6, 7])
        #expect(!merge.isComplete)

        let environment = try joined.readEnvironment()
        #expect(environment == merge.environment && environment.run == "joined")
        #expect(environment.stolenSeconds == 1.5 && environment.allocators.count == 1)
        #expect(environment.warnings.first == "busy" && environment.warnings.count == 2)
        #expect(environment.warnings.last?.hasPrefix("Joined from runs with different commits: c and a differ") == true)
        #expect(try folder.text("joined/scenarios/wordnet.yaml") == "name: wordnet\n")

        // What the parts recorded, written as one run would have written it.
        let model = try RunDirectory(creating: folder.path("model"))
        try HistogramFiles.write([interval(1), interval(2), interval(3)], name: "wordnet.get.x.get", to: model)
        for ending in ["hgrm", "hlog"] {
            let file = "histograms/wordnet.get.x.get.\(ending)"
            #expect(try folder.text("joined/\(file)") == folder.text("model/\(file)"))
        }
    }

    @Test func otherWorkOfOneNameIsRefused() throws {
        let folder = try TemporaryFolder()
        let parts = [
            try run("a", in: folder, blocks: 0..<2, seed: 1),
            try run("b", in: folder, blocks: 0..<2, seed: 2, hash: "fedcba9876543210"),
        ]
        let joined = try RunDirectory(creating: folder.path("joined"))
        #expect(
            performing: { try RunMerge(parts, into: joined) },
            throws: { "\($0)".contains("wordnet has the hash fedcba9876543210 here and 0123456789abcdef in ") })
        #expect(try folder.names(in: "joined") == [])
    }

    @Test func aDamagedHistogramIsNamedAndNothingIsWritten() throws {
        let folder = try TemporaryFolder()
        let parts = [
            try run("a", in: folder, blocks: 0..<2, seed: 1), try run("b", in: folder, blocks: 0..<2, seed: 2),
        ]
        let file = "b/histograms/wordnet.get.x.get.hlog"
        let text = try folder.text(file)
        // One character in the middle of the payload: the checksum tells.
        var bytes = Array(text.utf8)
        let place = bytes.count - 60
        bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        try folder.write(String(decoding: bytes, as: UTF8.self), to: file)
        let joined = try RunDirectory(creating: folder.path("joined"))
        #expect(
            performing: { try RunMerge(parts, into: joined) },
            throws: { "\($0)".contains("hlog:4: the histogram is damaged or of another version") })
        #expect(try folder.names(in: "joined") == [])
    }
}
