import Foundation
import Glibc
import Testing

@Suite("Ctrl-C in mid-run")
struct InterruptTests {
    @Test(
        "finished blocks stay, the run is marked incomplete, no child is left behind",
        arguments: [true, false])
    func interrupt(wholeGroup: Bool) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Scenarios.tiny(blocks: 10_000), to: "tiny.yaml").path
        let mark = UUID().uuidString
        let running = try Running(
            ["bench", file, "--out", folder.path("run")], environment: ["STRATA_TESTS_MARK": mark])

        let samples = folder.url.appendingPathComponent("run/samples.csv")
        let (outcome, children) = try await onThread {
            // In the middle: blocks are done, and a child is at work.
            var children: [pid_t] = []
            let clock = ContinuousClock()
            let limit = clock.now + .seconds(150)
            while children.isEmpty || ((try? Table(samples).values(of: "block").count) ?? 0) < 2 {
                guard running.isRunning, clock.now < limit else {
                    throw Failure("no block was done: \(try running.endOnThread(within: .zero))")
                }
                children = ProcessTable.descendants(of: running.identifier)
                Thread.sleep(forTimeInterval: 0.02)
            }
            running.interrupt(wholeGroup: wholeGroup)
            return (try running.endOnThread(within: .seconds(120)), children)
        }

        #expect(outcome.exitCode != 0, "\(outcome)")
        #expect(!outcome.errors.contains("Fatal error"), "\(outcome)")
        #expect(
            !children.contains(where: ProcessTable.isRunning), "\(children.filter(ProcessTable.isRunning)) still run")
        #expect(ProcessTable.mentioning(mark).isEmpty && ProcessTable.mentioning(folder.url.path).isEmpty)

        let arms = try Table(samples).grouped(by: "block", "subject")
        #expect(arms.count >= 2)
        for (arm, rows) in arms {
            let phases = rows.filter { $0["metric"] == "throughput" }.compactMap { $0["phase"] }
            #expect(phases.sorted() == Scenarios.tinyPhases.sorted(), "block and subject \(arm) are not whole")
        }
        #expect(try !Completeness(folder).complete)

        // What is there can be looked at.
        expectSuccess(try await Strata.run("report", folder.path("run")))
        #expect(folder.has("run/report.md"))
        #expect(try !Completeness(folder).complete, "report has made an incomplete run complete")
    }
}
