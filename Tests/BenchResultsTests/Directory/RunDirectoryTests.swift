import BenchResults
import Foundation
import Testing

@Suite struct RunDirectoryTests {
    @Test func runNamesAreUTC() {
        let seconds = 1_735_787_045  // 2025-01-02 03:04:05 UTC
        #expect(
            RunDirectory.runName(secondsSinceEpoch: seconds, commit: "abcdef0123456789") == "20250102T030405Z-abcdef0")
        #expect(RunDirectory.runName(secondsSinceEpoch: 0, commit: nil) == "19700101T000000Z-nocommit")
    }

    @Test func makesItsFolderAndThoseAbove() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("results/deep/run-1/"))
        #expect(run.name == "run-1")
        #expect(try folder.names(in: "results/deep/run-1") == [])
        // An empty folder that is there already is taken.
        _ = try RunDirectory(creating: folder.path("results/deep/run-1"))
    }

    @Test func refusesWhatIsNotNewOrEmpty() throws {
        let folder = try TemporaryFolder()
        try folder.write("x", to: "file")
        #expect(
            performing: { try RunDirectory(creating: folder.path) },
            throws: {
                "\($0)".hasSuffix(
                    "the folder is not empty (it holds `file`); name a new or empty folder, so that no run is overwritten"
                )
            })
        #expect(
            performing: { try RunDirectory(creating: folder.path("file")) },
            throws: { "\($0)" == "\(folder.path("file")): this is a file, not a folder; name another folder" })
        #expect(performing: { try RunDirectory(creating: "") }, throws: { "\($0)".contains("empty name") })
    }

    @Test(arguments: ["/proc/strata-run", "/dev/null/run"])
    func saysWhereItMayNotWrite(path: String) {
        #expect(
            performing: { try RunDirectory(creating: path) },
            throws: { "\($0)".hasPrefix("/") && "\($0)".contains("name a") })
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
    func saysThatAFolderIsNotWritable() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path("locked"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
        #expect(
            performing: { try RunDirectory(creating: folder.path("locked")) },
            throws: {
                "\($0)" == "\(folder.path("locked")): cannot write in the folder: Permission denied; "
                    + "name a folder that you may write in"
            })
    }

    @Test func opensOnlyARunsFolder() throws {
        let folder = try TemporaryFolder()
        #expect(
            performing: { try RunDirectory(opening: folder.path) },
            throws: {
                "\($0)".hasSuffix("the folder holds no samples.csv; name the folder of a run, such as results/latest")
            })
        #expect(
            performing: { try RunDirectory(opening: folder.path("none")) }, throws: { "\($0)".contains("No such file") }
        )
    }

    @Test func samplesGrowBlockByBlock() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        try run.appendSamples([sampleRow(), sampleRow(metric: "wall_time")])
        try run.appendSamples([])
        try run.appendSamples([sampleRow(block: 1)])
        let read = try RunDirectory(opening: run.path).readSamples()
        #expect(read.rows == [sampleRow(), sampleRow(metric: "wall_time"), sampleRow(block: 1)])
        #expect(read.warnings == [])
        #expect(try folder.text("run/samples.csv").split(separator: "\n").count == 4)
    }

    @Test func aValueThatIsNoFigureIsNotWritten() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        #expect(
            performing: { try run.appendSamples([sampleRow(), sampleRow(metric: "hit_ratio", value: .nan)]) },
            throws: { "\($0)".hasSuffix("hit_ratio of wordnet/get is not a finite number (nan)") })
        #expect(try folder.names(in: "run") == [])
    }

    // A run is killed while a row is being written: the file ends within a line. What was finished must be readable, the
    // loss must be told, and going on must not glue a new row to the torn one.
    @Test func aTornLineIsLeftOutAndTold() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        try run.appendSamples([sampleRow(), sampleRow(block: 1)])
        let whole = try folder.text("run/samples.csv")
        let lastLine = whole.split(separator: "\n").last ?? ""
        for cut in 1...lastLine.utf8.count {
            try folder.write(String(decoding: Array(whole.utf8).dropLast(cut), as: UTF8.self), to: "run/samples.csv")
            let read = try run.readSamples()
            #expect(read.rows == [sampleRow()], "\(cut) bytes cut off")
            let left = lastLine.utf8.count + 1 - cut
            let warning = "\(run.path)/samples.csv:3: the last line is cut off: its \(left) bytes are left out"
            #expect(read.warnings == [warning])
        }
        try run.appendSamples([sampleRow(block: 2)])
        let read = try run.readSamples()
        #expect(read.rows == [sampleRow(), sampleRow(block: 2)])
        #expect(read.warnings == [])
    }

    @Test func aTornHeaderIsWrittenAnew() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        try folder.write("schema,run,scen", to: "run/samples.csv")
        #expect(try run.readSamples().rows == [])
        #expect(try run.readSamples().warnings.count == 1)
        try run.appendSamples([sampleRow()])
        #expect(try run.readSamples().rows == [sampleRow()])
    }

    @Test func otherColumnsAreNotContinued() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        try folder.write("a,b\n1,2\n", to: "run/samples.csv")
        #expect(
            performing: { try run.appendSamples([sampleRow()]) },
            throws: { "\($0)".hasSuffix(":1:1: the table has other columns than this version writes; begin a new run") }
        )
        #expect(try folder.text("run/samples.csv") == "a,b\n1,2\n")
    }

    @Test func anotherSchemaIsRefused() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        var row = sampleRow()
        row.schema = 2
        try run.appendSamples([row])
        #expect(performing: { try run.readSamples() }, throws: { "\($0)".contains("the rows have the schema 2") })
    }

    @Test func filesAreReplacedAsAWhole() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        try run.write(text: "one", to: "charts/latency.dat")
        try run.write(text: "two", to: "charts/latency.dat")
        try run.write(text: "strata bench\n", to: RunFile.command.rawValue)
        #expect(try folder.text("run/charts/latency.dat") == "two")
        #expect(try run.readText("command.txt") == "strata bench\n")
        #expect(try folder.names(in: "run/charts") == ["latency.dat"])
        #expect(try folder.names(in: "run") == ["charts", "command.txt"])
    }

    @Test(arguments: ["../out.txt", "/etc/x", "a/../../b", "", "a//b", "."])
    func pathsLeadNowhereElse(path: String) throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        #expect(
            performing: { try run.write(text: "x", to: path) },
            throws: { "\($0)".hasSuffix("`\(path)` is no path inside the run's folder") })
    }

    @Test func latestFollowsTheNewestRun() throws {
        let folder = try TemporaryFolder()
        for name in ["one", "two"] {
            let run = try RunDirectory(creating: folder.path("results/\(name)"))
            try run.linkLatest()
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("results/latest"))
            #expect(link == name)
        }
        #expect(try folder.names(in: "results") == ["latest", "one", "two"])
    }

    @Test func latestThatIsNoLinkIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("results/one"))
        try folder.write("mine", to: "results/latest")
        #expect(
            performing: { try run.linkLatest() },
            throws: { "\($0)".hasSuffix("results/latest: this is not a link to a run; move it away") })
        #expect(try folder.text("results/latest") == "mine")
    }
}
