import BenchYAML
import Testing

@Suite struct LookupTests {
    private func root() throws -> Node {
        try Document(
            text:
                "phases:\n  - { name: a, count: 1 }\n  - { name: b, roles: [{ name: r, rate: 5/s }] }\nlist: [x, y]\n",
            file: "t.yaml"
        ).root
    }

    @Test func pathsLeadByNameAndByIndex() throws {
        func text(_ path: String...) throws -> String? { try root().value(at: path)?.scalarText() }
        #expect(try text("phases", "a", "count") == "1")
        #expect(try text("phases", "1", "roles", "r", "rate") == "5/s")
        #expect(try text("list", "1") == "y")
        for path in [
            ["phase"], ["phases", "c"], ["phases", "2"], ["phases", "-1"], ["list", "x"], ["list", "0", "z"],
        ] {
            #expect(try root().value(at: path) == nil, "\(path)")
        }
        #expect(try root().value(at: []) != nil)
        // What editing puts in, looking finds.
        let five = try Node(parsing: "5", at: Location(file: "--set"), keyPath: "k")
        let edited = try root().setting(["phases", "b", "count"], to: five, keyLocation: five.location)
        #expect(try edited.value(at: ["phases", "b", "count"])?.integer() == 5)
    }

    /// Each row: a rate as it is written, and operations per second, or what refuses it.
    @Test(arguments: [
        ("20_000/s", "20000.0"), ("0.5/s", "0.5"), ("2.5/ms", "2500.0"), ("5 /s", "5.0"),
        ("5", "the rate 5 has no unit"), ("-1/s", "a rate must be above 0, found -1/s"),
        ("5/m", "unknown unit \"/m\""), ("fast", "expected a rate, found the text \"fast\""),
        ("2000/ms", "a rate must be at most 1000000/s, found 2000/ms"), ("null", "expected a rate, found `null`"),
    ])
    func ratesAreReadWithTheirUnit(text: String, expected: String) throws {
        let node = try Node(parsing: text, at: Location(file: "t"), keyPath: "rate")
        do throws(DocumentError) {
            #expect("\(try node.ratePerSecond(atMost: 1e6))" == expected)
        } catch {
            #expect(error.message == expected)
        }
    }
}
