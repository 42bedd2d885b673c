import BenchResults
import BenchVerdict
import Foundation
import Testing

@Suite struct GateTextTests {
    private let document = GateDocument(
        verdict: .regression, reasons: ["Something is worse."],
        tests: [
            .init(
                scenario: "s", phase: "get", subject: "get", metric: "time", tier: "time", n: 8, change: -0.002,
                low: -0.01, high: 0.0066, tolerance: 0.05, noise: 0.012, adjustedProbability: 1, detectable: 0.083,
                outcome: .pass),
            .init(
                scenario: "s", phase: "a|b", subject: "scan", metric: "instructions", tier: "count", n: 3,
                change: 0.0301, low: 0.03, high: 0.0302, tolerance: 0.005, outcome: .regression),
        ],
        controls: [.init(name: "repeat", isSound: false, text: "The baseline differs from itself.")],
        baseline: "main", candidate: "branch")

    @Test func table() {
        #expect(
            gateTable(document) == """
                baseline   main
                candidate  branch

                outcome     scenario/phase  subject  metric        n  change   95 % interval  tolerance  noise  detectable
                ----------  --------------  -------  ------------  -  ------  --------------  ---------  -----  ----------
                regression  s/a|b           scan     instructions  3    +3 %    +3 % to +3 %      0.5 %      -           -
                pass        s/get           get      time          8  -0.2 %  -1 % to +0.7 %        5 %  1.2 %       8.3 %

                control repeat: FAILS. The baseline differs from itself.
                Something is worse.
                verdict: REGRESSION

                """)
    }

    @Test func markdown() {
        let header =
            "| outcome | scenario/phase | subject | metric | n | change | 95 % interval | tolerance | noise | detectable |"
        let rule = "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        let worse = "| **regression** | s/a\\|b | scan | instructions | 3 | +3 % | +3 % to +3 % | 0.5 % | - | - |"
        #expect(
            gateMarkdown(document) == """
                ## Gate: REGRESSION

                `branch` against `main`

                - Something is worse.

                \(header)
                \(rule)
                \(worse)

                | control | | |
                | --- | --- | --- |
                | repeat | **fails** | The baseline differs from itself. |

                <details><summary>All 2 tests</summary>

                \(header)
                \(rule)
                \(worse)
                | pass | s/get | get | time | 8 | -0.2 % | -1 % to +0.7 % | 5 % | 1.2 % | 8.3 % |

                </details>

                """)
    }

    @Test func theDocumentOfALiveGateIsJSON() throws {
        var rounds = Rounds(seed: 3)
        rounds.add(0)
        let step = gateStep(
            slices: rounds.rows, counts: counts(["baseline": [0], "candidate": [9]], metric: "allocations"),
            policy: GatePolicy(), isBudgetLeft: false, baseline: "a", candidate: "b")
        guard case .done(let document) = step else {
            Issue.record("not done: \(step)")
            return
        }
        // One round has no interval; its infinite ends must not reach the encoder.
        let data = try JSONEncoder().encode(document)
        #expect(try JSONDecoder().decode(GateDocument.self, from: data) == document)
        #expect(gateTable(document).hasSuffix("verdict: INCONCLUSIVE\n"))
    }
}
