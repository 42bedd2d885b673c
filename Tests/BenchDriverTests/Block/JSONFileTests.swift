import Foundation
import Testing

@testable import BenchDriver

@Suite("Files between parent and child")
struct JSONFileTests {
    private struct Thing: Codable {
        struct Part: Codable {
            var size: Int
        }
        var name: String
        var parts: [Part]
    }

    @Test(
        "What is wrong with a file is one clear sentence",
        arguments: [
            ("", "does not hold a Thing: it is not JSON"), ("{\"name\":", "does not hold a Thing: it is not JSON"),
            ("{\"parts\": []}", "does not hold a Thing: the key `name` is missing at the top"),
            ("{\"name\": \"a\", \"parts\": [{}]}", "does not hold a Thing: the key `size` is missing at `parts[0]`"),
            (
                "{\"name\": \"a\", \"parts\": [{\"size\": 1}, {\"size\": \"x\"}]}",
                "does not hold a Thing: a value of type Int is expected at `parts[1].size`"
            ),
        ])
    func damaged(text: String, message: String) throws {
        let folder = try TestFolder()
        let path = try folder.write(text, to: "job.json")
        let error = #expect(throws: DriverError.self) { try JSONFile.read(Thing.self, from: path) }
        #expect(error?.message == "\(path): \(message)")
    }

    @Test("A file that is not there and a folder in its place are told in the system's words")
    func unreadable() throws {
        let folder = try TestFolder()
        for (path, reason) in [
            (folder.file("none.json"), "No such file or directory"), (folder.path, "Is a directory"),
        ] {
            let error = #expect(throws: DriverError.self) { try BlockJob(path: path) }
            #expect(error?.message == "\(path): cannot be read: \(reason)")
        }
    }

    @Test("A file that cannot be written says why")
    func unwritable() throws {
        let folder = try TestFolder()
        let path = folder.file("no-such-folder/result.json")
        let error = #expect(throws: DriverError.self) { try JSONFile.write(Thing(name: "a", parts: []), to: path) }
        #expect(error?.message == "\(path): cannot be written: No such file or directory")
        let number = #expect(throws: DriverError.self) { try JSONFile.write([Double.nan], to: folder.file("n.json")) }
        #expect(number?.message.contains("`[0]` cannot be written as JSON") == true)
    }
}
