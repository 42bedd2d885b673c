import ArgumentParser
import BenchMeasurement
import BenchSubjects
import BenchVerdict
import BenchWorkload

/// What there is to run.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List workloads, subjects, allocators and documented targets.")

    func run() throws {
        print("Workloads")
        var rows: [[String]] = []
        for path in WorkloadCatalog.names.isEmpty ? [] : try WorkloadCatalog.paths([]) {
            let scenario = try failing { try Scenario.load(path: path) }
            rows.append(["  \(scenario.name)", scenario.title])
        }
        if rows.isEmpty { rows.append(["  none here: run in the project's folder"]) }
        print(Terminal.columns(rows))
        let catalog = SubjectCatalog()
        print("\nSubjects")
        print(
            Terminal.columns(
                catalog.names.map { name in
                    ["  \(name)", catalog.strategies(name).joined(separator: ", "), catalog.title(name)]
                }))
        print("\nAllocators")
        print(Terminal.columns(AllocatorLibrary.knownNames.map { ["  \($0)", Self.place(of: $0)] }))
        if let path = WorkloadCatalog.targets {
            let targets = try failing { try TargetCatalog(path: path) }.definitions
            print("\nDocumented targets")
            print(Terminal.columns(targets.map { ["  \($0.id)", $0.scenario, $0.claim] }))
        }
    }

    /// Where an allocator's library is, or that it is not there.
    static func place(of allocator: String) -> String {
        do { return try AllocatorLibrary.find(allocator).path ?? "the C library's own" } catch { return "\(error)" }
    }
}
