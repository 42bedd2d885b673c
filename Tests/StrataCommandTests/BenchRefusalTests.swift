import Foundation
import Testing

@Suite("Runs that cannot be as they were asked for")
struct BenchRefusalTests {
    /// Runs the tiny scenario with one subject, one allocator and one block.
    private func bench(
        in folder: TemporaryFolder, out: String, _ words: [String] = [], environment: [String: String] = [:]
    ) async throws -> Outcome {
        let file = try folder.write(Scenarios.tiny(subjects: "[strata]", blocks: 1), to: "tiny.yaml").path
        return try await Strata.run(["bench", file, "--out", out] + words, environment: environment)
    }

    @Test("a results folder that cannot be made is a failure, exit 1, named in the sentence")
    func unwritable() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "file")
        for place in [folder.path("file/run"), folder.path("file"), "/proc/strata-run"] {
            expectRefusal(try await bench(in: folder, out: place), exit: 1, saying: [place])
        }
        #expect(try folder.read("file").isEmpty)
    }

    @Test("a results folder that holds something is refused and left as it is")
    func occupied() async throws {
        let folder = try TemporaryFolder()
        try folder.write("precious", to: "run/samples.csv")
        let outcome = try await bench(in: folder, out: folder.path("run"))
        expectRefusal(outcome, exit: 1, 2, 64, saying: [folder.path("run")])
        #expect(folder.names(in: "run") == ["samples.csv"])
        #expect(try folder.read("run/samples.csv") == "precious")
    }

    @Test("without gnuplot the run succeeds and says that the charts were left out")
    func noGnuplot() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await bench(
            in: folder, out: folder.path("run"), environment: ["PATH": folder.path("nowhere")])
        expectSuccess(outcome)
        #expect((outcome.errors + outcome.output).contains("gnuplot"), "\(outcome)")
        #expect(try Completeness(folder).complete)
        #expect(folder.has("run/samples.csv") && folder.has("run/report.md"))
        #expect(!folder.names(in: "run/charts").contains { $0.hasSuffix(".svg") })
    }

    @Test("an allocator that is no name and has no path is refused")
    func unknownAllocator() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await bench(in: folder, out: folder.path("run"), ["--allocators", "glibc,jemaloc"])
        expectRefusal(outcome, exit: 2, 64, saying: ["jemaloc", "jemalloc"])
        #expect(folder.names(in: "run").isEmpty)
    }

    @Test("a library that is missing, or owns no malloc, is named as skipped and not replaced by another")
    func unprovenAllocator() async throws {
        let folder = try TemporaryFolder()
        let notAnAllocator = try #require(Self.library("libm.so.6"))
        for (number, path) in ["/nonexistent/liballocator.so", notAnAllocator].enumerated() {
            let run = folder.path("\(number)/run")
            let outcome = try await bench(in: folder, out: run, ["--allocator", "mine=\(path)"])
            expectSuccess(outcome)
            let said = outcome.errors + outcome.output
            #expect(said.contains("mine") && said.contains("skipped"), "\(outcome)")
            let samples = try Table(URL(fileURLWithPath: "\(run)/samples.csv"))
            #expect(samples.values(of: "allocator") == ["glibc"])
        }
    }

    @Test("a run of which every arm is skipped says so, is marked incomplete, and exits 1")
    func noArmLeft() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await bench(
            in: folder, out: folder.path("run"), ["--allocator", "mine=/nonexistent/a.so", "--allocators", "mine"])
        expectRefusal(outcome, exit: 1, saying: ["mine"])
        #expect(try !Completeness(folder).complete)
    }

    @Test("a block that fails is told with its reason, also when it is the first")
    func failingBlock() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await bench(
            in: folder, out: folder.path("run"), ["--set", "configuration.max_entities=10"])
        expectRefusal(outcome, exit: 1, saying: ["max_entities", "load"])
        #expect(try !Completeness(folder).complete)
    }

    @Test(
        "an allocator's name that would be read as something else is wrong usage",
        arguments: ["glibc=/lib/x.so", "a/b=/lib/x.so", "A=/lib/x.so", "mine=/lib/x y.so"])
    func allocatorName(_ text: String) async throws {
        let folder = try TemporaryFolder()
        expectRefusal(
            try await bench(in: folder, out: folder.path("run"), ["--allocator", text]), exit: 64, saying: [])
        #expect(!folder.has("run"))
    }

    @Test("any library that owns malloc is an arm under the name it is given")
    func ownAllocator() async throws {
        let folder = try TemporaryFolder()
        let library = try #require(Self.library("libjemalloc.so.2"))
        let outcome = try await bench(in: folder, out: folder.path("run"), ["--allocator", "mine=\(library)"])
        expectSuccess(outcome)
        let samples = try Table(folder.url.appendingPathComponent("run/samples.csv"))
        #expect(samples.values(of: "allocator") == ["glibc", "mine"])
        #expect(try folder.read("run/environment.json").contains("libjemalloc.so.2"))
    }

    /// The path of a shared library, from where Debian and Ubuntu put them.
    private static func library(_ name: String) -> String? {
        let folders = ["x86_64", "aarch64"].flatMap { ["/usr/lib/\($0)-linux-gnu", "/lib/\($0)-linux-gnu"] }
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.fileExists(atPath: $0) }
    }
}
