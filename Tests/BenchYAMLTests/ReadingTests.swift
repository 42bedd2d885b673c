import BenchYAML
import Testing

@Suite struct ReadingTests {
    private func value(_ text: String) throws -> Node {
        var reader = try Document(text: "v: \(text)", file: "f.yaml").root.mapping()
        return try reader.required("v")
    }

    private func complaint(_ text: String, _ read: (Node) throws -> Void) -> String {
        sentence("v: \(text)") { root in
            var reader = try root.mapping()
            try read(try reader.required("v"))
        }
    }

    @Test func numbers() throws {
        #expect(try value("1_000_000").integer() == 1_000_000)
        #expect(try value("-5").integer() == -5)
        #expect(try value("18446744073709551615").unsignedInteger() == .max)
        #expect(try value("1_000.5e1").double() == 10_005)
        #expect(try value("7").double() == 7)
        for wrong in ["1__0", "_1", "1_", "0x10", "1.5", "\"5\"", "ten", "[1]", "true", ""] {
            #expect(complaint(wrong) { _ = try $0.integer() }.contains("expected a whole number"), "\(wrong)")
        }
        #expect(
            complaint("1,000") { _ = try $0.integer() }
                == "f.yaml:1:4: expected a whole number, found the text \"1,000\" (v): write 1000 without commas")
        #expect(
            complaint("-5") { _ = try $0.integer(in: 0...9) }
                == "f.yaml:1:4: the value must be at least 0, found -5 (v)")
        #expect(complaint("10") { _ = try $0.integer(in: 0...9) }.contains("at most 9, found 10"))
        #expect(complaint("99999999999999999999") { _ = try $0.integer() }.contains("is too large"))
        #expect(complaint("-1") { _ = try $0.unsignedInteger() }.contains("at least 0"))
        #expect(complaint(".nan") { _ = try $0.double() }.contains("expected a number"))
        #expect(complaint("1e999") { _ = try $0.double() }.contains("expected a number"))
    }

    @Test func textAndTruth() throws {
        #expect(try value("plain words").string() == "plain words")
        #expect(try value("\"5\"").string() == "5")
        #expect(try value("null").scalarText() == "null")
        #expect(try value("true").bool())
        #expect(complaint("5") { _ = try $0.string() }.hasSuffix("found the number 5 (v): write \"5\""))
        #expect(complaint("null") { _ = try $0.string() }.contains("expected text, found `null`"))
        #expect(complaint("yes") { _ = try $0.bool() }.contains("expected `true` or `false`, found the text \"yes\""))
        #expect(
            complaint("jemaloc") { _ = try $0.choice(of: ["glibc", "jemalloc"], "allocator") }
                == "f.yaml:1:4: unknown allocator \"jemaloc\" (v): did you mean `jemalloc`?")
        #expect(
            complaint("hoard") { _ = try $0.choice(of: ["glibc", "jemalloc"], "allocator") }
                == "f.yaml:1:4: unknown allocator \"hoard\" (v): known here: glibc, jemalloc")
    }

    @Test func quantities() throws {
        #expect(try value("64MiB").byteCount() == 67_108_864)
        #expect(try value("1.5 GiB").byteCount() == 1_610_612_736)
        #expect(try value("4096").byteCount() == 4096)
        #expect(try value("5s").nanoseconds() == 5_000_000_000)
        #expect(try value("250us").nanoseconds() == 250_000)
        #expect(try value("1.5m").nanoseconds() == 90_000_000_000)
        #expect(try value("3%").fraction() == 0.03)
        #expect(try value("0.03").fraction() == 0.03)
        #expect(complaint("64MB") { _ = try $0.byteCount() }.hasSuffix("unknown unit \"MB\" (v): did you mean 64MiB?"))
        #expect(complaint("5") { _ = try $0.nanoseconds() }.contains("write 5s"))
        #expect(complaint("5 sec") { _ = try $0.nanoseconds() }.contains("unknown unit \"sec\""))
        #expect(complaint("-5s") { _ = try $0.nanoseconds() }.contains("cannot be negative"))
        #expect(complaint("0.5ns") { _ = try $0.nanoseconds() }.contains("not a whole number of nanoseconds"))
        #expect(complaint("9999999999GiB") { _ = try $0.byteCount() }.contains("too large"))
        #expect(complaint("3") { _ = try $0.fraction() }.hasSuffix("did you mean 3%?"))
        #expect(complaint("[3%]") { _ = try $0.fraction() }.contains("expected a share, found a list"))
    }

    @Test func unknownKeysGetTheNearestKnownOne() {
        #expect(
            sentence("cuont: 5\nname: x") { root in
                var reader = try root.mapping()
                _ = try reader.required("name").string()
                _ = reader.optional("count")
                try reader.finish()
            } == "f.yaml:1:1: unknown key `cuont` (cuont): did you mean `count`?")
        #expect(
            sentence("nmae: x") { root in
                var reader = try root.mapping()
                _ = try reader.required("name")
            } == "f.yaml:1:1: unknown key `nmae` (nmae): did you mean `name`?")
        #expect(
            sentence("x: 1") { _ = try $0.mapping(keys: ["name", "title"]) }
                == "f.yaml:1:1: unknown key `x` (x): known here: name, title")
        #expect(
            sentence("a: 1") { root in
                var reader = try root.mapping()
                _ = try reader.required("name")
            } == "f.yaml:1:1: the key `name` is missing: add `name: ...`")
        #expect(sentence("- 1") { _ = try $0.mapping() }.contains("expected a mapping, found a list"))
    }

    @Test func nearestNames() {
        let known = ["count", "warmup_blocks", "title", "get", "get_batch"]
        #expect(nearestName(to: "conut", in: known) == "count")
        #expect(nearestName(to: "warmupBlocks", in: known) == "warmup_blocks")
        #expect(nearestName(to: "get-batch", in: known) == "get_batch")
        #expect(nearestName(to: "gte", in: known) == "get")
        #expect(nearestName(to: "warmup", in: known) == "warmup_blocks")
        #expect(nearestName(to: "xyzzy", in: known) == nil)
        #expect(nearestName(to: "", in: known) == nil)
    }

    @Test func valuesArePutInPlace() throws {
        let text = "phases:\n  - name: load\n    count: 1\n  - name: read\nblocks: 3\n"
        let root = try Document(text: text, file: "f.yaml").root
        let here = Location(file: "--set")
        let five = Node(.scalar(text: "5", isPlain: true), at: here, keyPath: "p")
        let null = Node(.scalar(text: "null", isPlain: true), at: here, keyPath: "p")
        func read(_ node: Node, _ path: [String]) throws -> Node? {
            var node = node
            for key in path {
                if let index = Int(key) {
                    node = try node.list()[index]
                } else {
                    var reader = try node.mapping()
                    guard let next = reader.optional(key) else { return nil }
                    node = next
                }
            }
            return node
        }
        let edited = try root.setting(["phases", "load", "count"], to: five, keyLocation: here)
        #expect(try read(edited, ["phases", "0", "count"])?.integer() == 5)
        #expect(try read(root, ["phases", "0", "count"])?.integer() == 1)
        let added = try root.setting(["arms", "threads"], to: five, keyLocation: here)
        #expect(try read(added, ["arms", "threads"])?.integer() == 5)
        let removed = try root.setting(["blocks"], to: null, keyLocation: here)
        #expect(try read(removed, ["blocks"]) == nil)
        #expect(throws: DocumentError.self) {
            try root.setting(["phases", "laod", "count"], to: five, keyLocation: here)
        }
        #expect(throws: DocumentError.self) { try root.setting(["blocks", "x"], to: five, keyLocation: here) }
    }
}
