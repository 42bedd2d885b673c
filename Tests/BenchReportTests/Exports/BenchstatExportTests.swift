import BenchResults
import Testing

@testable import BenchReport

/// The lines are read by the grammar of `golang.org/x/perf/benchfmt`, whose own reader and benchstat have read the
/// exports of a stored run.
@Suite struct BenchstatExportTests {
    /// A line of results as benchfmt takes it apart.
    private struct Result {
        var name: String
        var iterations: Int
        var values: [String: Double] = [:]

        /// Nil for a line that benchfmt refuses.
        init?(_ line: Substring) {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 4, fields.count.isMultiple(of: 2), let name = fields.first,
                name.hasPrefix("Benchmark"), name.dropFirst(9).first?.isLowercase == false,
                let iterations = Int(fields[1])
            else { return nil }
            self.name = String(name)
            self.iterations = iterations
            for place in stride(from: 2, to: fields.count, by: 2) {
                guard let value = Double(fields[place]), values[String(fields[place + 1])] == nil else { return nil }
                values[String(fields[place + 1])] = value
            }
        }
    }

    @Test func everyLineIsOneOfTheFormat() throws {
        let text = try #require(BenchstatExport.text(ExportRun.source))
        var results: [Result] = []
        var units: [String: String] = [:]
        var configuration: [String: String] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("Benchmark") {
                results.append(try #require(Result(line), "\(line)"))
            } else if line.hasPrefix("Unit ") {
                let fields = line.split(separator: " ")
                #expect(fields.count == 3 && ["better=higher", "better=lower"].contains(fields[2]), "\(line)")
                #expect(units.updateValue(String(fields[2]), forKey: String(fields[1])) == nil, "\(line)")
            } else {
                let key = line.prefix { $0 != ":" }
                #expect(key.first?.isLowercase == true && !key.contains { $0.isUppercase || $0.isWhitespace })
                #expect(line.dropFirst(key.count).hasPrefix(": "), "\(line)")
                configuration[String(key)] = String(line.dropFirst(key.count + 2))
            }
        }
        #expect(configuration["run"] == "r1" && configuration["pkg"] == "epoch-readers")
        #expect(configuration["goos"] == "linux" && configuration["cpu"]?.isEmpty == false)
        // Three blocks of three operations, a line each.
        #expect(results.count == 9)
        #expect(units["throughput-op/s"] == "better=higher" && units["latency_p50-ns"] == "better=lower")
        #expect(!text.contains("operations-operations"))
        let plain = results.filter {
            $0.name
                == "BenchmarkEpochReaders/phase=read-while/operation=get/subject=strata/allocator=glibc/strategy=bump-2"
        }
        #expect(plain.map(\.iterations) == [5000, 5000, 5000])
        #expect(plain.map { $0.values["throughput-op/s"] } == [1_000_000, 1_000_001, 1_000_002])
        #expect(plain.map { $0.values["resident_bytes_peak-B"] } == [4096, 8192, 12288])
        #expect(plain.map { $0.values["wall_time-ns"] } == [2e9, 3e9, 4e9])
    }

    @Test func namesAreWordsWhoseKeysArePartedByOneSlash() throws {
        let text = try #require(BenchstatExport.text(ExportRun.source))
        let name = try #require(text.split(separator: "\n").first { $0.contains("batch") }?.split(separator: " ").first)
        #expect(
            name
                == "BenchmarkEpochReaders/phase=read-while/role=readers/operation=get_batch_two/subject=strata/allocator=jemalloc/options=dirty_decay_ms:0,a=b/strategy=bump/dataset.entities=1000/keys=zipf(0.99)_<&\">-1"
        )
        #expect(text.contains(" 15000000000000000 throughput-op/s") || text.contains(" 1.5e+16 throughput-op/s"))
    }

    @Test func aRunWithoutFiguresIsNothing() {
        #expect(BenchstatExport.text(ExportSource(name: "r", samples: [])) == nil)
    }

    @Test func aBlockThatWasWrittenTwiceCountsOnceWithItsLastValue() throws {
        var samples = ExportRun.samples.filter { $0.metric == "throughput" && $0.allocator == "glibc" }
        var again = samples[0]
        again.value = 7
        samples.append(again)
        let text = try #require(BenchstatExport.text(ExportSource(name: "r", samples: samples)))
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("Benchmark") }
        #expect(lines.count == 3)
        #expect(lines[0].hasSuffix(" 1 7 throughput-op/s"), "\(lines[0])")
    }
}
