import BenchYAML
import Foundation
import Testing

/// The sentence of the error that reading some text ends in.
func sentence(_ text: String, _ read: (Node) throws -> Void = { _ in }) -> String {
    do {
        try read(try Document(text: text, file: "f.yaml").root)
        return "no error"
    } catch {
        return "\(error)"
    }
}

@Suite struct DocumentTests {
    @Test func nodesKnowTheirPlacesAndPaths() throws {
        let text = """
            name: x
            phases:
              - name: load
                count: 1_000
              - { name: read, keys: "zipf(0.99)" }
            arms:
              threads: [1, 2]
            """
        let root = try Document(text: text, file: "f.yaml").root
        var reader = try root.mapping()
        let phases = try reader.required("phases").list()
        var load = try phases[0].mapping()
        let count = try load.required("count")
        #expect(try count.integer() == 1000)
        #expect("\(count.location) \(count.keyPath)" == "f.yaml:4:12 phases.load.count")
        var read = try phases[1].mapping()
        #expect("\(try read.required("keys").location)" == "f.yaml:5:25")
        var arms = try reader.required("arms").mapping()
        let threads = try arms.required("threads").list()
        #expect(threads.map(\.keyPath) == ["arms.threads[0]", "arms.threads[1]"])
        #expect(try threads.map { try $0.integer() } == [1, 2])
    }

    @Test(arguments: ["", "\n\n", "# nothing but a comment\n", "---\n", "~"])
    func emptyTextIsAnErrorAtTheStart(text: String) {
        #expect(sentence(text) == "f.yaml:1:1: the file is empty: write a YAML mapping into it")
    }

    @Test func repeatedKeysNameTheRepetitionAndItsPath() {
        #expect(
            sentence("a: 1\nphases:\n  - name: load\n    count: 1\n    keys: x\n    count: 2\n")
                == "f.yaml:6:5: the key `count` is repeated (phases.load.count): "
                + "it stands in line 4 already; remove one of the two")
        #expect(
            sentence("{ä: {\"b\": 1, 'b': 2}}")
                == "f.yaml:1:14: the key `b` is repeated (ä.b): it stands in line 1 already; remove one of the two")
        // Several at once: the first in the order of the file is reported.
        #expect(sentence("z: 1\ny: 1\nz: 2\ny: 2\nz: 3\n").hasPrefix("f.yaml:3:1: the key `z` is repeated (z)"))
        // A key that starts with no letter cannot be disguised; its first occurrence is named then.
        #expect(sentence("(a: 1\n(a: 2\n").hasPrefix("f.yaml:1:1: the key `(a` stands twice"))
        // A line break within a file written elsewhere counts as the parser counts it.
        #expect(sentence("a: 1\r\nb: 2\r\na: 3\r\n").hasPrefix("f.yaml:3:1: the key `a` is repeated"))
    }

    @Test func brokenTextIsPlaced() {
        #expect(sentence("a: b: c").hasPrefix("f.yaml:1:5: this is not valid YAML: mapping values are not allowed"))
        #expect(sentence("a:\n\t- 1").hasSuffix(": indent with spaces, not with tabs"))
        #expect(sentence("a: [1, 2").hasPrefix("f.yaml:1:4: this is not valid YAML: did not find expected ',' or ']'"))
        #expect(sentence("a: 1\n---\nb: 2\n").hasPrefix("f.yaml:2:1: this is not valid YAML: but found another"))
        #expect(sentence("a: *nowhere").hasPrefix("f.yaml:1:4: this is not valid YAML: found undefined alias"))
        #expect(sentence("ab: \u{1}").hasPrefix("f.yaml:1:5: this is not YAML text"))
        #expect(sentence("[1]: 2").hasPrefix("f.yaml:1:1: a key has to be a single word"))
    }

    @Test func bombsAreRefused() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...7 {
            let alias = "*a\(level - 1)"
            bomb += "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
        }
        #expect(sentence(bomb).contains("too large or too deep"))
        let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(sentence(deep).contains("too large or too deep"))
        #expect(sentence(String(repeating: "[", count: 20_000)).hasPrefix("f.yaml:1:"))
    }

    @Test func unreadableFilesAreErrorsAtTheStart() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("yaml-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func message(_ name: String, _ bytes: [UInt8]?) throws -> String {
            let path = folder.appendingPathComponent(name).path
            if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
            do {
                _ = try Document(path: path)
                return "no error"
            } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "") }
        }
        #expect(try message("absent.yaml", nil) == "/absent.yaml:1:1: cannot read the file: No such file or directory")
        #expect(try message(".", nil).hasPrefix("/.:1:1: this is a directory, not a file"))
        #expect(try message("empty.yaml", []).hasPrefix("/empty.yaml:1:1: the file is empty"))
        #expect(try message("binary.yaml", [0x7F, 0x45, 0, 1]).hasPrefix("/binary.yaml:1:1: the file is not UTF-8"))
        #expect(
            try message("latin.yaml", [0x61, 0x3A, 0x20, 0xE4]).hasPrefix("/latin.yaml:1:1: the file is not UTF-8"))
        #expect(try message("mark.yaml", [0xEF, 0xBB, 0xBF] + Array("a: 1".utf8)) == "no error")
        do {
            _ = try Document(path: "/dev/null")
            Issue.record("a device was read")
        } catch { #expect("\(error)" == "/dev/null:1:1: this is not a regular file") }
    }
}
