import BenchDriver
import BenchMeasurement
import BenchResults
import Foundation

/// What the figures of a run depend on, gathered for `environment.json`.
enum RunEnvironment {
    /// The commit of the folder that the command runs in, and whether there are changes on top of it; nil outside a
    /// repository or without git.
    static func commit() -> (name: String, isDirty: Bool)? {
        guard let name = output(of: "git", ["rev-parse", "HEAD"])?.trimmingCharacters(in: .whitespacesAndNewlines),
            name.count >= 40, let status = output(of: "git", ["status", "--porcelain", "--untracked-files=no"])
        else { return nil }
        return (name, !status.isEmpty)
    }

    /// The environment at the start of a run.
    static func describe(
        run: String, profile: String, entities: [String: Int], commit: (name: String, isDirty: Bool)?
    ) throws(CommandFailure) -> Environment {
        let machine = try failing { try MachineFingerprint.ofMachine() }
        var warnings: [String] = []
        if isDebugBuild { warnings.append("This is a debug build: its times say nothing about a release build.") }
        if commit?.isDirty == true { warnings.append("The working tree had changes that are in no commit.") }
        return Environment(
            run: run, startedAt: Date().formatted(.iso8601), profile: profile, entities: entities,
            machine: Environment.Machine(
                cpuModel: machine.cpuModel ?? "unknown", cores: machine.usableProcessors,
                memoryBytes: Int(machine.memoryBytes), architecture: machine.architecture,
                virtualization: machine.virtualization),
            kernel: machine.kernel, libc: machine.libc, swiftVersion: swiftVersion, commit: commit?.name,
            dirty: commit?.isDirty, buildFlags: [isDebugBuild ? "debug" : "release"],
            transparentHugePages: machine.transparentHugePages, allocators: [], warnings: warnings)
    }

    /// Adds what only the campaign found out: the allocators, the clock's cost, and what the rest of the machine did.
    static func complete(_ environment: inout Environment, with outcome: CampaignOutcome) {
        environment.allocators = allocators(outcome)
        environment.clockNanoseconds = outcome.clockNanoseconds
        guard let conditions = outcome.conditions else { return }
        environment.stolenSeconds = conditions.stolenNanoseconds.map { Double($0) / 1e9 }
        environment.cpuPressureSeconds = conditions.processorPressureMicroseconds.map { Double($0) / 1e6 }
        environment.memoryPressureSeconds = conditions.memoryPressureMicroseconds.map { Double($0) / 1e6 }
        environment.diskPressureSeconds = conditions.diskPressureMicroseconds.map { Double($0) / 1e6 }
    }

    /// The allocators of a campaign with the proof of each, or the reason why it was left out.
    private static func allocators(_ outcome: CampaignOutcome) -> [Environment.Allocator] {
        outcome.allocators.map { allocator in
            var options = allocator.options.isEmpty ? [] : [allocator.options]
            for (key, value) in (allocator.identity?.options ?? [:]).sorted(by: { $0.key < $1.key }) {
                options.append("\(key)=\(value)")
            }
            if options.isEmpty, allocator.skipped == nil { options = ["defaults"] }
            return Environment.Allocator(
                name: allocator.library.name, path: allocator.library.path ?? allocator.identity?.path,
                version: allocator.identity?.version, options: options.joined(separator: " "),
                ownsMalloc: allocator.identity?.path, skipped: allocator.skipped)
        }
    }

    #if DEBUG
        static let isDebugBuild = true
    #else
        static let isDebugBuild = false
    #endif

    /// The compiler that this was built with, as far as it tells.
    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3.1)
            "6.3.1 or a later 6.3"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static func output(of program: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
