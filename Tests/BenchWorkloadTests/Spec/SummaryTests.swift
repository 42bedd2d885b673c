import BenchWorkload
import Foundation
import Testing

private let workloads = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Workloads")

/// One line says what a scenario does, to people who do not know it.
@Suite struct SummaryTests {
    @Test func dataPhasesAndThreadsAreTold() throws {
        #expect(
            try scenario(smallScenario).summary
                == "1,000 made-up rows, each with 4 relationships on average, 3 properties and an embedding of 96 "
                + "dimensions; load: all rows, insert; read: 500 x 95 % get and 5 % neighbors on zipf(0.99) keys; 1 thread"
        )
    }

    @Test func rolesSayWhoDoesWhatAtWhichPace() throws {
        let path = workloads.appendingPathComponent("epoch-readers.yaml").path
        let summary = try Scenario.load(path: path, profile: "quick").summary
        #expect(
            summary.contains(
                "read-while-writing: for 300 ms readers (1 thread: 95 % get and 5 % neighbors) and writer (1 thread: replace "
                    + "at 20,000/s); "), "\(summary)")
        #expect(summary.contains("stalled (1 thread: get once, then holding on)"), "\(summary)")
        #expect(summary.hasPrefix("50,000 made-up rows, "), "\(summary)")
    }

    @Test func sizesAndRestAreTold() throws {
        let path = workloads.appendingPathComponent("allocation-churn.yaml").path
        let summary = try Scenario.load(path: path, profile: "quick").summary
        #expect(
            summary.contains(
                "churn: 900,000 x allocate of 16 to 1,024 bytes (log-normal around 67) on uniform keys; "), "\(summary)"
        )
        // 690,000 draws of 300,000 slots miss e^-2.3 of them.
        #expect(
            summary.contains(
                "drain: 690,000 x free on uniform keys (many hit a slot that is empty by then: about 10 % stay filled), then "
                    + "5 s of rest; 2 threads"), "\(summary)")
    }

    @Test func wordNetASweepAndAProgramAreNamed() throws {
        let wordnet = try Scenario.load(path: workloads.appendingPathComponent("wordnet.yaml").path, profile: "quick")
        #expect(wordnet.summary.hasPrefix("WordNet, 117,659 entities; load: all rows, insert; write: 1 x serialize; "))
        let swept = try Scenario.load(
            path: workloads.appendingPathComponent("serialization.yaml").path, profile: "quick")
        #expect(swept.summary.hasPrefix("made-up rows, each with 4 relationships"), "\(swept.summary)")
        #expect(swept.summary.hasSuffix("; for each `dataset.entities` of 20,000 and 50,000"), "\(swept.summary)")
        let program = try scenario("name: small\ncommand: [/usr/bin/sort, numbers.txt]\narms:\n  allocators: [glibc]\n")
        #expect(program.summary == "the program `/usr/bin/sort numbers.txt`, run as a whole")
    }
}
