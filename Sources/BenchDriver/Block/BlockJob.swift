public import BenchMeasurement
public import BenchResults
public import BenchWorkload
import Foundation

/// What one child process does: one block of one arm of one scenario. Handed over as a JSON file.
public struct BlockJob: Codable, Sendable {
    /// The run's name, for the rows.
    public var run: String
    /// The run's profile.
    public var profile: String
    /// The resolved scenario.
    public var scenario: Scenario
    /// The hash of the resolved scenario.
    public var scenarioHash: String
    /// The arm.
    public var arm: ArmKey
    /// The allocator that must own `malloc` in the child.
    public var allocator: AllocatorLibrary
    /// The block's number, from 0.
    public var block: Int
    /// True when the block is run to warm the machine up and its figures are thrown away.
    public var isWarmup: Bool
    /// Whether this arm reports the phases that run on one thread whatever the arm's number of threads. Of the arms
    /// that differ in threads only, one does: the rows of the others would be the same arm's again.
    public var reportsSingleThreadPhases: Bool
    /// The data set's file.
    public var datasetPath: String
    /// What the child is asked for.
    public var purpose: Purpose
    /// By how much more work than its own the subject is loaded, to see whether it is noticed.
    public var planted: PlantedLoad?
    /// A descriptor that the child reads the parent's commands from, in lockstep; nil otherwise.
    public var commandDescriptor: Int32?
    /// A folder of the job's own, which the parent makes and removes again.
    public var folder: String
    /// The process that waits for the result. The child ends when it does.
    public var parentProcess: Int32
    /// A descriptor that the child writes the name of each phase to, a line each; nil for none.
    public var progressDescriptor: Int32?

    public init(
        run: String, profile: String, scenario: Scenario, scenarioHash: String, arm: ArmKey,
        allocator: AllocatorLibrary, block: Int, isWarmup: Bool = false, reportsSingleThreadPhases: Bool = true,
        datasetPath: String, folder: String, parentProcess: Int32, progressDescriptor: Int32? = nil,
        purpose: Purpose = .measure, planted: PlantedLoad? = nil, commandDescriptor: Int32? = nil
    ) {
        self.run = run
        self.profile = profile
        self.scenario = scenario
        self.scenarioHash = scenarioHash
        self.arm = arm
        self.allocator = allocator
        self.block = block
        self.isWarmup = isWarmup
        self.reportsSingleThreadPhases = reportsSingleThreadPhases
        self.datasetPath = datasetPath
        self.folder = folder
        self.parentProcess = parentProcess
        self.progressDescriptor = progressDescriptor
        self.purpose = purpose
        self.planted = planted
        self.commandDescriptor = commandDescriptor
    }

    /// What a child does with the phases.
    public enum Purpose: String, Codable, Sendable {
        /// Runs and times them.
        case measure
        /// Runs them reduced, under callgrind, which counts instructions.
        case instructions
        /// Runs them reduced, with the counting library preloaded, which counts allocations.
        case allocations
        /// Runs them reduced, under strace, which counts system calls.
        case systemCalls = "system-calls"
        /// Runs them slice by slice on the parent's command, in step with other arms.
        case lockstep
        /// Runs them as in measuring, once, under a profiler, which is the parent and may own `malloc`.
        case profile
    }

    /// Work that is added to a subject's own in each batch.
    public struct PlantedLoad: Codable, Sendable, Equatable {
        /// Time, as a fraction of what the batch took.
        public var timeShare: Double
        /// Instructions of each batch, counted in turns of a loop.
        public var turnsPerBatch: Int
        /// Bytes that each batch allocates and never frees.
        public var leakedBytesPerBatch: Int

        public init(timeShare: Double = 0, turnsPerBatch: Int = 0, leakedBytesPerBatch: Int = 0) {
            self.timeShare = timeShare
            self.turnsPerBatch = turnsPerBatch
            self.leakedBytesPerBatch = leakedBytesPerBatch
        }
    }

    /// `wordnet, arm strata/glibc/bump/1, block 3`, for messages.
    public var label: String {
        "\(scenario.name), arm \(arm.label), \(isWarmup ? "warm-up block" : "block") \(block)"
    }

    /// The file that hands this job over.
    public var jobPath: String { "\(folder)/job.json" }
    /// Where the child puts its ``BlockResult``.
    public var resultPath: String { "\(folder)/result.json" }
    /// An empty folder for the subject's files.
    public var scratchDirectory: String { "\(folder)/scratch" }
    /// What the child writes to its standard output and error.
    public var logPath: String { "\(folder)/log.txt" }

    /// Reads a job from its file.
    public init(path: String) throws(DriverError) { self = try JSONFile.read(BlockJob.self, from: path) }

    /// Writes the job to a file.
    public func write(to path: String) throws(DriverError) { try JSONFile.write(self, to: path) }
}
