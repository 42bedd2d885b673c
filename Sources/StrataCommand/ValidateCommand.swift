import ArgumentParser
import BenchWorkload

/// Checks scenarios; runs nothing.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check scenario files, and run nothing.")

    @OptionGroup var options: ScenarioOptions

    @Flag(help: "Print the resolved scenario.") var showEffective = false

    func validate() throws {
        guard !options.workloads.isEmpty else { throw ValidationError("name at least one scenario") }
    }

    func run() throws {
        for scenario in try options.scenarios() {
            if showEffective {
                print(scenario.yaml(), terminator: "")
            } else {
                print("\(scenario.name): right (\(scenario.phases.count) phases, hash \(scenario.hash))")
            }
        }
    }
}
