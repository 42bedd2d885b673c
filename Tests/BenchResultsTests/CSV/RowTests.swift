import BenchResults
import Testing

@Suite struct RowTests {
    @Test func columnsAreTheContracts() {
        #expect(
            SampleRow.columns.joined(separator: ",")
                == "schema,run,scenario,scenario_hash,phase,role,operation,subject,allocator,allocator_options,strategy,"
                + "threads,parameters,block,metric,value,unit,direction,digest")
        #expect(
            SummaryRow.columns.joined(separator: ",")
                == "schema,run,scenario,scenario_hash,phase,role,operation,subject,allocator,allocator_options,strategy,"
                + "threads,parameters,metric,unit,direction,n,median,ci_low,ci_high,min,max,mad")
        #expect(
            TargetRow.columns.joined(separator: ",")
                == "target,source,claim,scenario,metric,comparison,threshold,measured,unit,verdict,bar,bar_verdict,scale"
        )
        #expect(
            TimelineRow.columns.joined(separator: ",").hasPrefix(
                "scenario,phase,arm,seconds,operations,live_bytes,allocated_bytes,resident_bytes,minor_faults,major_faults"
            ))
    }

    private func comesBack<Row: CSVRow & Equatable>(_ rows: [Row]) throws {
        let read: [Row] = try CSVTable(parsing: CSVText.encode(rows), path: "t.csv").rows()
        #expect(read == rows)
        for row in rows { #expect(row.fields.count == Row.columns.count) }
    }

    @Test func rowsComeBackAsTheyWere() throws {
        var odd = sampleRow(block: 3, metric: "a,\"b\"\n", value: 0.1 + 0.2)
        odd.role = "readers"
        odd.allocatorOptions = "dirty_decay_ms:0,muzzy_decay_ms:0"
        odd.parameters = "configuration.cache_size=64MiB;dataset.entities=1000"
        odd.direction = .none
        odd.digest = SampleRow.noDigest
        try comesBack([sampleRow(), odd, sampleRow(value: -1e-300)])
        try comesBack([
            SummaryRow(
                run: "r", scenario: "s", scenarioHash: "h", phase: "p", operation: "get", subject: "strata",
                allocator: "glibc", strategy: "bump", threads: 2, metric: "m", unit: "ns", direction: .lower, n: 7,
                median: 1.5, ciLow: 1, ciHigh: 2, min: 0.5, max: 9, mad: 0.25)
        ])
        let met = TargetRow(
            target: "t", source: "10 M+ \"operations\"/s", claim: "a, b", scenario: "s", metric: "m", comparison: ">=",
            threshold: 1e7, measured: 1.5e7, unit: "x", verdict: .met, bar: 2e7, barVerdict: .missed, scale: "full")
        var unknown = met
        (unknown.measured, unknown.bar, unknown.verdict) = (nil, nil, .notMeasured)
        try comesBack([met, unknown])
        let arm = ArmKey(subject: "strata", allocator: "jemalloc", strategy: "pool", threads: 1)
        try comesBack([
            ComparisonRow(
                run: "r", scenario: "s", phase: "p", operation: "get", arm: arm, reference: "strata/glibc/pool/1",
                metric: "throughput", unit: "operations/s", direction: .higher, n: 3, ratio: 1.1, ciLow: 1, ciHigh: 1.2,
                tolerance: 0.03, verdict: .unresolved),
            ComparisonRow(
                run: "r", scenario: "s", phase: "p", operation: "get", arm: arm, reference: "x", metric: "m", unit: "u",
                direction: .lower, n: 0, ratio: nil, ciLow: nil, ciHigh: nil, tolerance: 0, verdict: .tie),
        ])
        try comesBack([
            TimelineRow(
                scenario: "s", phase: "p", arm: arm.label, seconds: 0.05, operations: 10, liveBytes: 5,
                allocatedBytes: 6, residentBytes: -4096, minorFaults: 1, majorFaults: 0, block: 2, contextSwitches: 3),
            TimelineRow(scenario: "s", phase: "p", arm: "a", seconds: 0, operations: 0, block: 0),
        ])
    }

    @Test func columnsAreFoundByNameInAnyOrderAndMayBeMore() throws {
        let row = sampleRow(value: 12.5)
        let columns = ["added"] + SampleRow.columns.reversed()
        let text = CSVText.line(columns) + CSVText.line(["?"] + row.fields.reversed())
        let read: [SampleRow] = try CSVTable(parsing: text, path: "t.csv").rows()
        #expect(read == [row])
    }

    @Test(arguments: [
        (11, "x", "samples.csv:2:81: `threads` must be a whole number, not `x`"),
        (15, "inf", "samples.csv:2:97: `value` must be a finite number, not `inf`"),
        (15, "", "samples.csv:2:97: `value` must be a finite number, not ``"),
        (17, "up", "samples.csv:2:112: `direction` must be one of `higher`, `lower`, `none`, not `up`"),
    ])
    func aWrongFieldIsNamedWithItsPlace(column: Int, text: String, message: String) throws {
        var fields = sampleRow().fields
        fields[column] = text
        let table = try CSVTable(
            parsing: CSVText.line(SampleRow.columns) + CSVText.line(fields), path: "samples.csv")
        #expect(performing: { try table.rows(SampleRow.self) }, throws: { "\($0)" == message })
    }

    @Test func aMissingColumnIsNamed() throws {
        let table = try CSVTable(parsing: "schema,run\n1,r\n", path: "samples.csv")
        #expect(
            performing: { try table.rows(SampleRow.self) },
            throws: { "\($0)" == "samples.csv:1:1: the table has no column `scenario`" })
    }

    @Test func armsHaveLabelsAndAnOrder() {
        let arm = ArmKey(subject: "strata", allocator: "jemalloc", strategy: "bump", threads: 1)
        #expect(arm.label == "strata/jemalloc/bump/1")
        var tuned = arm
        tuned.allocatorOptions = "narenas:1"
        tuned.threads = 16
        tuned.parameters = "dataset.entities=10"
        #expect(tuned.label == "strata/jemalloc[narenas:1]/bump/16/dataset.entities=10")
        var two = arm
        two.threads = 2
        var ten = arm
        ten.threads = 10
        #expect([ten, tuned, two, arm].sorted() == [arm, two, ten, tuned])
    }
}
