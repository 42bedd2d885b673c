import BenchResults
import BenchVerdict
import Testing

@Suite struct TargetTableTests {
    private func row(
        _ id: String, measured: Double?, unit: String, _ verdict: TargetVerdict, bar: Double? = nil,
        _ barVerdict: TargetVerdict = .notMeasured
    ) -> TargetRow {
        TargetRow(
            target: id, source: "s", claim: "Gets are <= 2 | x", scenario: "wordnet", metric: "m", comparison: ">=",
            threshold: 1, measured: measured, unit: unit, verdict: verdict, bar: bar, barVerdict: barVerdict,
            scale: measured == nil ? "" : "profile quick, 3 blocks")
    }

    private var rows: [TargetRow] {
        [
            row("throughput", measured: 12_345_678, unit: "operations/s", .met, bar: 40e6, .missed),
            row("open", measured: nil, unit: "ns", .notMeasured, bar: 150_000),
            row("saving", measured: 0.654, unit: "fraction", .missed),
        ]
    }

    @Test func columnsAreAligned() {
        #expect(
            TargetTable.text(rows) == """
                target      claim              measured             verdict       our bar
                ----------  -----------------  -------------------  ------------  ---------------------------
                throughput  Gets are <= 2 | x  12.3 M operations/s  met           >= 40 M operations/s missed
                open        Gets are <= 2 | x  -                    not-measured  >= 150 us not-measured
                saving      Gets are <= 2 | x  65.4 %               missed        -
                documented targets: 1 met, 1 missed, 1 not measured; our harder bars: 0 met, 1 missed, 1 not measured

                """)
    }

    @Test func colourIsAddedOnlyWhenAskedFor() {
        let text = TargetTable.text(rows, color: true)
        #expect(text.contains("\u{1B}[32mmet\u{1B}[0m") && text.contains("\u{1B}[31mmissed\u{1B}[0m"))
        #expect(!TargetTable.text(rows).contains("\u{1B}"))
        var plain = text
        for code in ["[32m", "[31m", "[90m", "[0m"] { plain = plain.replacing("\u{1B}\(code)", with: "") }
        #expect(plain == TargetTable.text(rows))
    }

    @Test func longClaimsAreCutWhereAskedFor() {
        let lines = TargetTable.text(rows, claimWidth: 10).split(separator: "\n")
        #expect(lines[2].hasPrefix("throughput  Gets ar...  12.3 M"))
        #expect(TargetTable.text(rows, claimWidth: 17) == TargetTable.text(rows))
    }

    @Test func markdownEscapesItsCells() {
        let lines = TargetTable.markdown(rows).split(separator: "\n")
        #expect(
            lines[2] == "| throughput | Gets are &lt;= 2 \\| x | 12.3 M operations/s | met | "
                + "&gt;= 40 M operations/s missed | profile quick, 3 blocks |")
        #expect(lines[4].contains("**missed**"))
        #expect(
            TargetTable.markdown([]).hasSuffix(
                "documented targets: 0 met, 0 missed, 0 not measured; our harder bars: 0 met, 0 missed, 0 not measured\n"
            ))
    }

    @Test(
        arguments: [
            (0.0, "x", "0 x"), (12.345, "x", "12.3 x"), (0.012345, "x", "0.0123 x"), (999.96, "x", "1000 x"),
            (1.999, "x", "2 x"), (-1.5, "x", "-1.5 x"), (0.7, "fraction", "70 %"), (85_230, "ns", "85.2 us"),
            (12, "ns", "12 ns"), (2.5e9, "ns", "2.5 s"), (3_000, "ns", "3 us"), (1536, "bytes", "1.5 KiB"),
            (5_368_709_120, "bytes", "5 GiB"), (12, "bytes", "12 B"), (8e9, "bytes/s", "8 GB/s"),
            (1_234_567, "entities/s", "1.23 M entities/s"), (2500, "count", "2.5 k"), (3, "count", "3"),
            (100, "operations/s", "100 operations/s"), (1e12, "operations/s", "1000 G operations/s"),
        ] as [(Double, String, String)])
    func quantitiesAreReadable(value: Double, unit: String, text: String) {
        #expect(quantityText(value, unit: unit) == text)
    }
}
