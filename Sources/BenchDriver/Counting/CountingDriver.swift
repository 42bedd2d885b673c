import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc
import Synchronization

/// Counts the phases of a scenario, arm by arm, each count in a fresh process.
///
/// Counts do not depend on what else the machine does: several children run at once.
public struct CountingDriver {
    /// Where counting is: how many children have ended, of how many, and what the one that begins counts.
    public struct Progress: Sendable, Equatable {
        public var done: Int
        public var total: Int
        public var label: String
    }

    private let plan: CountingPlan
    private let interruption: Interruption?
    private let concurrency: Int
    private let timeoutNanoseconds: UInt64
    private let libraryPath: String?
    private let progress: @Sendable (Progress) -> Void

    /// A driver.
    ///
    /// - Parameters:
    ///   - interruption: what the user's signals go to, or nil where they are not caught.
    ///   - concurrency: how many children run at once.
    ///   - timeoutNanoseconds: how long one may take; 10 minutes by default.
    ///   - libraryPath: the counting library, where it is not beside this program.
    ///   - progress: called when a child begins, on any thread, one call at a time.
    public init(
        plan: CountingPlan, interruption: Interruption? = nil, concurrency: Int = 2,
        timeoutNanoseconds: UInt64 = 600_000_000_000, libraryPath: String? = nil,
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        self.plan = plan
        self.interruption = interruption
        self.concurrency = max(1, concurrency)
        self.timeoutNanoseconds = timeoutNanoseconds
        self.libraryPath = libraryPath
        self.progress = progress
    }

    /// Counts.
    ///
    /// - Returns: the rows, and sentences about what a missing tool left out.
    /// - Throws: when a child fails, or two arms that should do the same work do not.
    public func run() throws(DriverError) -> CountingOutcome {
        var outcome = CountingOutcome()
        var tools = CountingTools(library: libraryPath)
        for purpose in plan.purposes {
            if let obstacle = tools.obstacle(to: purpose) { outcome.leftOut.append(obstacle) }
        }
        let purposes = plan.purposes.filter { tools.obstacle(to: $0) == nil }
        let folder = "\(plan.scratchDirectory)/counting"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw DriverError("\(folder): the folder cannot be made: \(error.localizedDescription)")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        if purposes.contains(.instructions) {
            try tools.copy(plan.arms.map { $0.executable ?? CountingTools.ownExecutable }, into: folder)
        }
        let children = self.children(purposes, tools, folder)
        let ends = try runAll(children)
        try collect(children, ends, into: &outcome)
        return outcome
    }

    /// One child for each repetition, purpose and arm, so that arms that are compared run close to each other.
    private func children(
        _ purposes: [BlockJob.Purpose], _ tools: CountingTools, _ folder: String
    ) -> [CountingChild] {
        // Where the heap puts things depends on all that the child has read before, and what hashes addresses, such as
        // the caches of Swift's runtime, counts differently then: children read what they need and nothing else.
        var scenario = plan.scenario
        scenario.title = ""
        scenario.description = ""
        scenario.arms = ArmsSpecification()
        scenario.sweep = []
        scenario.points = []
        scenario.tolerance = [:]
        scenario.targets = []
        var children: [CountingChild] = []
        for repetition in 0..<plan.repetitions {
            for purpose in purposes {
                for arm in plan.arms {
                    var key = arm.key
                    key.threads = 1
                    let digits = String(children.count)
                    let name = "child-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
                    let job = BlockJob(
                        run: plan.run, profile: plan.profile, scenario: scenario, scenarioHash: plan.scenarioHash,
                        arm: key, allocator: arm.allocator, block: repetition, datasetPath: plan.datasetPath,
                        folder: "\(folder)/\(name)", parentProcess: getpid(), purpose: purpose, planted: arm.planted)
                    children.append(
                        CountingChild(
                            job: job, armName: arm.name, executable: arm.executable ?? CountingTools.ownExecutable,
                            tools: tools, timeoutNanoseconds: timeoutNanoseconds,
                            interruptDescriptor: interruption?.descriptor))
                }
            }
        }
        return children
    }

    /// Runs all children, some at once; after the first that does not finish, begins no more.
    ///
    /// - Returns: how each ended, nil for those that did not begin.
    private func runAll(_ children: [CountingChild]) throws(DriverError) -> [CountingChild.End?] {
        let state = Board(count: children.count)
        let progress = self.progress
        var threads: [NativeThread] = []
        for number in 0..<min(concurrency, children.count) {
            // The kernel ends a child when the thread that started it ends: each thread waits for its own.
            let thread = try BlockWorker.measured { () throws(MeasurementError) in
                try NativeThread(name: "counting-\(number)") {
                    while let place = state.take({ place, done in
                        let child = children[place]
                        progress(
                            Progress(
                                done: done, total: children.count,
                                label: "\(child.job.scenario.name): \(child.job.purpose.rawValue) of \(child.armName)"))
                    }) {
                        state.put(children[place].run(), at: place)
                    }
                }
            }
            threads.append(thread)
        }
        for thread in threads { thread.join() }
        return state.ends
    }

    private func collect(
        _ children: [CountingChild], _ ends: [CountingChild.End?], into outcome: inout CountingOutcome
    ) throws(DriverError) {
        var plans: [String: (hash: String, arm: String)] = [:]
        var answers: [String: (hash: String, arm: String)] = [:]
        for (child, end) in zip(children, ends) {
            switch end {
            case nil: continue
            case .interrupted: outcome.isInterrupted = true
            case .failed(let error): throw error
            case .finished(let found):
                for phase in found.result.phases where phase.skipped == nil {
                    try agree(phase.name, "plans", phase.planHash, child, &plans)
                    try agree(phase.name, "answers", phase.digest, child, &answers)
                }
                outcome.counts += found.counts
                if child.job.block == 0 { outcome.functions += found.functions }
                for row in found.result.rows where row.metric == CountingMetric.batches {
                    outcome.batches[row.phase] = Int(row.value)
                }
            }
        }
    }

    /// Counts of different work must not be compared.
    private func agree(
        _ phase: String, _ what: String, _ hash: String, _ child: CountingChild,
        _ seen: inout [String: (hash: String, arm: String)]
    ) throws(DriverError) {
        guard hash != SampleRow.noDigest else { return }
        guard let first = seen[phase] else {
            seen[phase] = (hash, child.armName)
            return
        }
        guard first.hash == hash else {
            throw DriverError(
                "\(plan.scenario.name), phase `\(phase)`: the \(what) of \(child.armName) (\(hash)) differ from those of "
                    + "\(first.arm) (\(first.hash)); the arms do not do the same work and must not be compared",
                kind: .incomparable)
        }
    }

    /// What the threads share: which child is next, and how each ended.
    private final class Board: Sendable {
        private struct State {
            var next = 0
            var done = 0
            var stops = false
            var ends: [CountingChild.End?]
        }

        private let state: Mutex<State>

        init(count: Int) { state = Mutex(State(ends: Array(repeating: nil, count: count))) }

        var ends: [CountingChild.End?] { state.withLock { $0.ends } }

        /// The place of the next child, or nil when there is none to begin.
        func take(_ begin: (Int, Int) -> Void) -> Int? {
            state.withLock { state in
                guard !state.stops, state.next < state.ends.count else { return nil }
                defer { state.next += 1 }
                begin(state.next, state.done)
                return state.next
            }
        }

        func put(_ end: CountingChild.End, at place: Int) {
            state.withLock { state in
                state.ends[place] = end
                state.done += 1
                if case .finished = end { return }
                state.stops = true
            }
        }
    }
}
