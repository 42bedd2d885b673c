import Foundation
import Testing

@testable import Strata

/// `Tests/Golden/log-vN-*` are the segments of a log as the writer of format version N wrote it: eight records, in two
/// epochs. The files are never written again.
@Suite("A log of every format version is read for ever")
struct LogGoldenTests {
    static let versions: [UInt32] = [1]
    static let lengths = [20, 0, 41, 8, 100, 600, 1, 300]
    static let segmentCount: UInt32 = 3

    @Test(arguments: versions)
    func itsRecordsComeBack(version: UInt32) throws {
        let files = SimulatedFileSystem()
        for number in 1...Self.segmentCount {
            let name = LogFormat.segmentName(number)
            files["log/\(name)"] = try Array(Data(contentsOf: url("log-v\(version)-\(number)")))
        }
        try files.makeFolder("log")
        var reader = try LogReader(folder: "log", fileSystem: files)
        #expect(reader.database?.description == "000000000000000b000000000000000c")
        var count = 0
        while try reader.next() {
            #expect(
                reader.payload.withUnsafeBytes(Array.init)
                    == LogRun.payload(count + 1, count: Self.lengths[count]), "record \(count + 1)")
            count += 1
        }
        #expect(count == Self.lengths.count)
        #expect(reader.end?.isTorn == false)
    }

    /// A new format version gets new files, and no version's layout changes: the writer still writes the last one.
    /// With `STRATA_GOLDEN` set to a folder the files are written there instead.
    @Test func theWriterWritesTheLastOne() throws {
        #expect(LogFormat.version == Self.versions.last)
        let files = SimulatedFileSystem()
        for part in [0..<4, 4..<8] {
            let log = try WriteAheadLog(
                folder: "log", database: DatabaseIdentity(high: 11, low: 12),
                configuration: LogConfiguration(segmentByteCount: 1024), fileSystem: files
            ) { _, _ in }
            for index in part {
                let bytes = LogRun.payload(index + 1, count: Self.lengths[index])
                let sequence = try bytes.withUnsafeBytes { try log.append($0) }
                // Those in between wait for the next one.
                if index % 3 != 1 { try log.commit(sequence) }
            }
            try log.close()
        }
        #expect(files.names == (1...Self.segmentCount).map { "log/\(LogFormat.segmentName($0))" } + ["log/log.lock"])
        for number in 1...Self.segmentCount {
            let written = try #require(files["log/\(LogFormat.segmentName(number))"])
            let name = "log-v\(LogFormat.version)-\(number)"
            if let folder = ProcessInfo.processInfo.environment["STRATA_GOLDEN"] {
                try Data(written).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            } else {
                #expect(try written == Array(Data(contentsOf: url(name))), "segment \(number)")
            }
        }
    }

    private func url(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Golden/\(name)").standardized
    }
}
