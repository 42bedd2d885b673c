import Foundation
import Testing

/// The independent reader of snapshots, which knows only the description of the format.
enum PythonReader {
    /// What `scripts/read_snapshot.py` prints with these arguments.
    static func read(_ arguments: [String]) throws -> Data {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../..").standardizedFileURL
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", root.appendingPathComponent("scripts/read_snapshot.py").path] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return data
    }
}

extension NaiveGraph.Bytes {
    var text: String { String(decoding: utf8, as: UTF8.self) }
}
