import BenchMeasurement
public import BenchResults
public import BenchWorkload
import Foundation
import Glibc

/// One side of a gate: a program, and whether it is slowed down on purpose.
public struct GateArm: Sendable, Equatable {
    /// `baseline`, `repeat`, `candidate` or `planted`, as in `slices.csv`.
    public var name: String
    /// The program, a `strata` that knows `worker`.
    public var executable: String
    /// By how much it is slowed down; nil for not.
    public var planted: BlockJob.PlantedLoad?

    public init(name: String, executable: String, planted: BlockJob.PlantedLoad? = nil) {
        self.name = name
        self.executable = executable
        self.planted = planted
    }
}

/// What a round in lockstep left.
public struct LockstepRound: Sendable {
    /// A row for each slice of each arm, in the order in which they were done.
    public var rows: [SliceRow]
    /// The phases that cannot be cut into slices, and why.
    public var skipped: [CampaignOutcome.SkippedPhase]
}

/// Runs the arms of a gate in lockstep: fresh processes that live at once, of which one at a time does a slice.
///
/// Slice i does the same operations in every arm, and its arms follow each other within milliseconds: slow drift of the
/// machine and bursts of others hit all alike, and fall out of their ratios. (Running the two sides of a comparison side
/// by side is due to L. Bulej et al., "Duet Benchmarking", ICPE 2020; here they take turns, so that they do not compete
/// with each other.)
public struct LockstepDriver {
    private let profile: String
    private let allocators: [String: String]
    private let scratchDirectory: String
    private let arguments: [String]
    private let policy: SlicePolicy
    private let timeoutNanoseconds: UInt64
    private let interruption: Interruption?

    /// A driver.
    ///
    /// - Parameters:
    ///   - profile: `default`, `quick` or `full`.
    ///   - customAllocators: libraries by allocator name that the user gave.
    ///   - scratchDirectory: a folder that is there, for the children's files; they are removed again.
    ///   - arguments: what comes before the job file's path on the line of a child.
    ///   - timeoutNanoseconds: how long a child may take for a slice, or for getting ready; 10 minutes by default.
    ///   - interruption: what ends a round early.
    public init(
        profile: String, customAllocators: [String: String] = [:], scratchDirectory: String,
        arguments: [String] = ["worker"], policy: SlicePolicy = SlicePolicy(),
        timeoutNanoseconds: UInt64 = 600_000_000_000, interruption: Interruption? = nil
    ) {
        self.profile = profile
        allocators = customAllocators
        self.scratchDirectory = scratchDirectory
        self.arguments = arguments
        self.policy = policy
        self.timeoutNanoseconds = timeoutNanoseconds
        self.interruption = interruption
    }

    /// Makes sure that this program can drive the arms' programs.
    ///
    /// - Throws: of the kind ``DriverError/Kind/incomparable`` when one speaks another protocol, or none.
    public func check(_ arms: [GateArm]) throws(DriverError) {
        for executable in Set(arms.map(\.executable)).sorted() {
            let number = try ProtocolQuestion(scratchDirectory: scratchDirectory).ask(executable, interruption)
            guard number == WorkerProtocol.number else {
                let spoken = number.map { "speaks the worker protocol \($0)" } ?? "knows no worker protocol"
                throw DriverError(
                    "\(executable) \(spoken), and this strata \(WorkerProtocol.number): compare the stored runs of the "
                        + "two instead, or take a baseline that is not as old",
                    kind: .incomparable)
            }
        }
    }

    /// Runs one round: fresh processes of all arms, through all phases that can be cut into slices.
    ///
    /// The arms take the scenario's first subject, allocator and strategy, on one thread. Call it on a thread that lives
    /// as long as the process, such as the main one: the kernel ends a child when the thread that started it ends.
    ///
    /// - Parameters:
    ///   - number: the round's, from 0. Arms start and take turns in an order that depends on it.
    ///   - stage: `screen` or `confirm`.
    ///   - phases: those that are wanted; nil for all. Others are left out, or done without being measured where later
    ///     ones depend on them.
    ///   - progress: called with the name of each phase that is measured, as it begins.
    /// - Throws: when a child fails, is ended or takes too long, or when arms answer differently; of the kind
    ///   ``DriverError/Kind/incomparable`` when it is arms of different programs that do.
    public func round(
        scenario: Scenario, datasetPath: String, arms: [GateArm], number: Int, stage: String,
        phases: Set<String>? = nil, progress: (String) -> Void = { _ in }
    ) throws(DriverError) -> LockstepRound {
        let folder = "\(scratchDirectory)/round"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = try Self.arm(of: scenario)
        let library = try BlockWorker.measured { () throws(MeasurementError) in
            try AllocatorLibrary.find(key.allocator, custom: allocators)
        }
        let builds = try links(to: arms, in: folder)
        var children: [LockstepChild?] = Array(repeating: nil, count: arms.count)
        defer { for child in children { child?.end() } }
        // Who starts first rotates too: it finds the most free memory.
        for place in SliceOrder.order(arms: arms.count, slice: 0, offset: number) {
            let job = BlockJob(
                run: "gate", profile: profile, scenario: scenario, scenarioHash: scenario.hash, arm: key,
                allocator: library, block: number, datasetPath: datasetPath, folder: "\(folder)/arm-\(place)",
                parentProcess: getpid(), purpose: .lockstep, planted: arms[place].planted)
            try Self.makeFolder(job.scratchDirectory)
            children[place] = try LockstepChild(
                executable: builds[place].link, arguments: arguments, job: job)
        }
        let running = children.compactMap { $0 }
        let players = zip(arms, running).enumerated().map { place, pair in
            LockstepConductor.Player(name: pair.0.name, build: builds[place].number, channel: pair.1.channel)
        }
        let conductor = LockstepConductor(
            players: players, scenario: scenario, scenarioHash: scenario.hash, round: number, stage: stage,
            wanted: phases, policy: policy, timeoutNanoseconds: timeoutNanoseconds,
            interruptDescriptor: interruption?.descriptor)
        do throws(LockstepConductor.Stop) {
            let score = try conductor.run(progress: progress)
            try end(running)
            return LockstepRound(
                rows: score.rows,
                skipped: score.skipped.map { name, reason in
                    CampaignOutcome.SkippedPhase(
                        scenario: scenario.name, phase: name, subject: key.subject, reason: reason)
                })
        } catch {
            throw explained(error, arms, running)
        }
    }

    // MARK: Beginning and end

    /// The arm that all sides of a gate are: the first of each list, on one thread.
    public static func arm(of scenario: Scenario) throws(DriverError) -> ArmKey {
        guard let subject = scenario.arms.subjects.first, let allocator = scenario.arms.allocators.first else {
            throw DriverError("\(scenario.name): a gate needs a subject and an allocator")
        }
        return ArmKey(
            subject: subject, allocator: allocator,
            allocatorOptions: scenario.arms.allocatorOptions[allocator]?.first ?? "",
            strategy: scenario.arms.strategies.first ?? "direct", threads: 1)
    }

    /// A link of one length to each program: what stands on a process's stack moves with the length of its name.
    private func links(
        to arms: [GateArm], in folder: String
    ) throws(DriverError) -> [(link: String, number: Int)] {
        try Self.makeFolder(folder)
        var executables: [String] = []
        var result: [(link: String, number: Int)] = []
        for arm in arms {
            guard let path = realpath(arm.executable, nil) else {
                throw DriverError("\(arm.executable): the program of the arm `\(arm.name)` is not there")
            }
            let executable = String(cString: path)
            free(path)
            let number = executables.firstIndex(of: executable) ?? executables.count
            let link = "\(folder)/program-\(number)"
            if number == executables.count {
                executables.append(executable)
                guard symlink(executable, link) == 0 else {
                    throw DriverError("\(link): the link cannot be made (error \(errno))")
                }
            }
            result.append((link, number))
        }
        return result
    }

    private func end(_ children: [LockstepChild]) throws(LockstepConductor.Stop) {
        for child in children {
            do throws(DriverError) {
                _ = try child.result(timeoutNanoseconds: timeoutNanoseconds)
            } catch {
                throw .failed(error)
            }
        }
    }

    /// What a stop means to the user. What a child says of its own end says more than its silence.
    private func explained(
        _ stop: LockstepConductor.Stop, _ arms: [GateArm], _ children: [LockstepChild]
    ) -> DriverError {
        guard case .silent(let player, let silence) = stop else {
            if case .failed(let error) = stop { return error }
            return DriverError("the lockstep stopped")
        }
        let place = "\(children[player].job.scenario.name), arm `\(arms[player].name)`"
        switch silence {
        case .interrupted: return DriverError("interrupted", kind: .interrupted)
        case .late:
            return DriverError(
                "\(place): no answer after \(timeoutNanoseconds / 1_000_000_000) s; the arms were ended"
                    + ProcessLauncher.lastWords(children[player].job))
        case .refused(let code):
            return DriverError("\(place): its pipe failed: \(String(cString: strerror(code)))")
        case .closed:
            do throws(DriverError) {
                _ = try children[player].result(timeoutNanoseconds: 10_000_000_000)
                return DriverError("\(place): the worker ended before its last phase")
            } catch {
                return DriverError("arm `\(arms[player].name)`: \(error)", kind: error.kind)
            }
        }
    }

    static func makeFolder(_ path: String) throws(DriverError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw DriverError("\(path): the folder cannot be made: \(error.localizedDescription)")
        }
    }
}
