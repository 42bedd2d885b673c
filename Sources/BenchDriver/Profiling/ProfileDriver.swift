import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc

/// Runs one block of one arm under a profiler, in a fresh process, and reads what the profiler says of it.
///
/// The block does what a measured one does, on the scenario's threads, but is neither warmed up nor watched afterwards.
/// Its times are the profiled program's, and thrown away.
public struct ProfileDriver {
    private let plan: ProfilePlan
    private let executable: String
    private let timeoutNanoseconds: UInt64
    private let interruption: Interruption?

    private static let reportDescriptor: Int32 = 3

    /// A driver.
    ///
    /// - Parameters:
    ///   - executable: the program, which is started as `EXECUTABLE worker JOB`; this one by default.
    ///   - timeoutNanoseconds: how long the block may take under the profiler; 30 minutes by default.
    ///   - interruption: what ends it early.
    public init(
        plan: ProfilePlan, executable: String? = nil, timeoutNanoseconds: UInt64 = 1_800_000_000_000,
        interruption: Interruption? = nil
    ) {
        self.plan = plan
        self.executable = executable ?? CountingTools.ownExecutable
        self.timeoutNanoseconds = timeoutNanoseconds
        self.interruption = interruption
    }

    // MARK: Tools

    /// What is looked at.
    public enum Kind: Sendable, CaseIterable {
        /// Where the processor's time goes.
        case processor
        /// Where memory is asked for.
        case heap
    }

    /// Why something cannot be looked at on this machine and what to do about it, as a sentence; nil when it can.
    public static func obstacle(to kind: Kind) -> String? {
        let (tools, package) =
            kind == .processor ? (["perf"], "linux-perf") : (["heaptrack", "heaptrack_print"], "heaptrack")
        return tools.first { ToolSearch.find($0) == nil }.map {
            "\($0) is not on the PATH; install the package `\(package)`"
        }
    }

    // MARK: The processor

    /// Samples the stacks of all threads while they use a processor, by perf's `cpu-clock`, which needs no counters of
    /// the processor. Runs one block after the other until there are enough samples of the phases.
    ///
    /// - Parameters:
    ///   - frequency: samples a second of processor time.
    ///   - samples: how many are enough.
    ///   - mostBlocks: when to stop although there are fewer.
    /// - Throws: when perf is missing or refused, or a block fails.
    public func sampleProcessor(
        frequency: Int = 999, samples: Int = 2_000, mostBlocks: Int = 20
    ) throws(DriverError) -> ProcessorProfile {
        let perf = try tool("perf", for: .processor)
        let data = "\(plan.scratchDirectory)/perf.data"
        var profile = ProcessorProfile()
        while profile.stacks.total < samples, profile.blocks < mostBlocks {
            let phases = try run(
                perf,
                [
                    "record", "-q", "-e", "cpu-clock", "-F", "\(frequency)", "-g", "-k", "CLOCK_MONOTONIC_RAW", "-N",
                    "-o", data, "--",
                ], with: "perf")
            let text = try output(
                of: perf, ["script", "-i", data, "--ns", "--no-inline", "-F", "tid,time,ip,sym,dso"],
                with: "perf script")
            let script = PerfScript(parsing: text, phases: phases)
            for (stack, weight) in script.stacks.weights { profile.stacks.add(stack, weight) }
            profile.unknown += script.unknown
            profile.harness += script.harness
            profile.blocks += 1
        }
        guard profile.stacks.total > 0 else {
            throw DriverError(
                "perf took no sample of the phases of \(label): they are too short; profile larger ones, with "
                    + "--profile full or --set dataset.entities=...")
        }
        return profile
    }

    // MARK: The heap

    /// Follows every allocation, with heaptrack.
    ///
    /// - Throws: when heaptrack is missing, or the block fails.
    public func traceHeap() throws(DriverError) -> HeapProfile {
        let heaptrack = try tool("heaptrack", for: .heap)
        let printer = try tool("heaptrack_print", for: .heap)
        let data = "\(plan.scratchDirectory)/heap"
        _ = try run(heaptrack, ["-o", data], with: "heaptrack")
        let folder = plan.scratchDirectory
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        guard let file = names.first(where: { $0.hasPrefix("heap.") }) else {
            throw DriverError("heaptrack left no data about \(label)")
        }
        func stacks(_ kind: String) throws(DriverError) -> FoldedStacks {
            let path = "\(folder)/stacks.\(kind)"
            _ = try output(
                of: printer,
                [
                    "-f", "\(folder)/\(file)", "-F", path, "--flamegraph-cost-type", kind, "-p", "0", "-a", "0", "-T",
                    "0",
                ], with: "heaptrack_print")
            return try HeaptrackText.stacks(try text(path), path: path)
        }
        let massif = "\(folder)/massif"
        _ = try output(
            of: printer,
            ["-f", "\(folder)/\(file)", "-M", massif, "--massif-detailed-freq", "0", "-p", "0", "-a", "0", "-T", "0"],
            with: "heaptrack_print")
        return HeapProfile(
            allocations: try stacks("allocations"), temporary: try stacks("temporary"), peak: try stacks("peak"),
            timeline: HeaptrackText.timeline(try text(massif)))
    }

    // MARK: Running

    /// Runs the block behind a tool's own words.
    ///
    /// - Returns: when each phase began, by the monotonic clock.
    private func run(
        _ program: String, _ arguments: [String], with name: String
    ) throws(DriverError) -> [(name: String, begin: UInt64)] {
        var scenario = plan.scenario
        scenario.sweep = []
        scenario.points = []
        let folder = "\(plan.scratchDirectory)/block"
        // The worker's parent is the tool, whose number is not known yet.
        let job = BlockJob(
            run: plan.run, profile: plan.profile, scenario: scenario, scenarioHash: scenario.hash, arm: plan.arm,
            allocator: plan.allocator, block: 0, datasetPath: plan.datasetPath, folder: folder, parentProcess: getpid(),
            progressDescriptor: Self.reportDescriptor, purpose: .profile)
        do {
            try FileManager.default.createDirectory(atPath: job.scratchDirectory, withIntermediateDirectories: true)
        } catch {
            throw DriverError("\(job.scratchDirectory): the folder cannot be made: \(error.localizedDescription)")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try job.write(to: job.jobPath)
        let child = try ChildProcess(
            executable: program, arguments: arguments + [executable, "worker", job.jobPath],
            environment: ChildEnvironment.make(
                preload: plan.allocator.path, allocatorKind: plan.allocator.name, options: plan.arm.allocatorOptions),
            logPath: job.logPath, reportDescriptor: Self.reportDescriptor)
        var phases: [(name: String, begin: UInt64)] = []
        let end = try child.wait(
            timeoutNanoseconds: timeoutNanoseconds, interruptDescriptor: interruption?.descriptor
        ) { phases.append(($0, MonotonicClock.now())) }
        switch end {
        case .interrupted: throw DriverError("interrupted", kind: .interrupted)
        case .timedOut:
            throw DriverError("\(label): no end under \(name) after \(timeoutNanoseconds / 1_000_000_000) s")
        case .signalled(let signal):
            throw DriverError(
                "\(label): \(name) \(ProcessLauncher.signalText(signal))\(ProcessLauncher.lastWords(job))")
        case .exited: break
        }
        guard access(job.resultPath, F_OK) == 0 else {
            throw DriverError("\(label): there is no result under \(name)\(ProcessLauncher.lastWords(job))")
        }
        switch try BlockResult(path: job.resultPath).status {
        case .done: return phases
        case .failed(let reason), .unproven(let reason): throw DriverError("\(label): \(reason)")
        }
    }

    /// What a program prints. It goes through files: a pipe holds too little.
    private func output(
        of program: String, _ arguments: [String], with name: String
    ) throws(DriverError) -> String {
        let path = "\(plan.scratchDirectory)/output"
        let errors = "\(plan.scratchDirectory)/errors"
        defer {
            unlink(path)
            unlink(errors)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        for file in [path, errors] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: path)
        process.standardError = FileHandle(forWritingAtPath: errors)
        do { try process.run() } catch {
            throw DriverError("\(name) cannot be started: \(error.localizedDescription)")
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let words = ((try? text(errors)) ?? "").suffix(1_000)
            throw DriverError("\(name) failed with code \(process.terminationStatus): \(words)")
        }
        return try text(path)
    }

    private func text(_ path: String) throws(DriverError) -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        } catch {
            throw DriverError("\(path): the file cannot be read: \(error.localizedDescription)")
        }
    }

    private func tool(_ name: String, for kind: Kind) throws(DriverError) -> String {
        if let obstacle = Self.obstacle(to: kind) { throw DriverError(obstacle) }
        return ToolSearch.find(name) ?? name
    }

    private var label: String { "\(plan.scenario.name), arm \(plan.arm.label)" }
}
