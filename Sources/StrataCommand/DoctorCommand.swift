import ArgumentParser
import BenchMeasurement
import BenchReport
import Foundation
import GraphData

/// What this machine offers, and what to do about what is missing.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what this machine offers, and how to get what is missing.")

    /// Programs that only some commands need, each with its package and what cannot be done without it.
    private static let profilers = [
        ("perf", "linux-perf", "no `profile --cpu`"),
        ("heaptrack", "heaptrack", "no `profile --allocations` and `--heap`"),
        ("valgrind", "valgrind", "no counts of instructions"),
        ("strace", "strace", "no counts of system calls"),
    ]

    func run() throws {
        let machine = try failing { try MachineFingerprint.ofMachine() }
        var rows = [
            ["processor", "\(machine.cpuModel ?? "unknown"), \(machine.usableProcessors) usable"],
            ["memory", "\(machine.memoryBytes >> 20) MiB, pages of \(machine.pageBytes) bytes"],
            ["kernel", "\(machine.kernel), \(machine.libc)"],
            ["huge pages", machine.transparentHugePages ?? "unknown"],
            ["virtual machine", machine.virtualization ?? "no sign of one"],
        ]
        var missing: [String] = []
        for name in AllocatorLibrary.knownNames {
            do {
                rows.append([name, try AllocatorLibrary.find(name).path ?? "the C library's own"])
            } catch {
                rows.append([name, "\(error)"])
                missing.append(name)
            }
        }
        if let gnuplot = ExecutableLookup.environment.find("gnuplot") {
            rows.append(["gnuplot", gnuplot])
        } else {
            rows.append(["gnuplot", "not in PATH: reports are written without charts"])
            missing.append("gnuplot")
        }
        for (tool, package, use) in Self.profilers {
            rows.append([tool, ToolSearch.find(tool) ?? "not in PATH: \(use); install the package `\(package)`"])
        }
        let wordnet = WordNetSource().directory
        let hasWordNet = FileManager.default.fileExists(atPath: "\(wordnet)/data.noun")
        rows.append(["wordnet", hasWordNet ? wordnet : "not in \(wordnet): the scenario `wordnet` cannot run"])
        if !hasWordNet { missing.append("wordnet") }
        print(Terminal.columns(rows))
        print("")
        print(
            missing.isEmpty ? "Nothing is missing." : "Missing: \(missing.joined(separator: ", ")). Run `make setup`.")
    }
}
