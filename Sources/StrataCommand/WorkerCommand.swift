import ArgumentParser
import BenchDriver
import BenchSubjects
import Foundation

/// The child's side of a block: one arm, one fresh process. Started by `bench` only.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

    @Argument(help: "The job, as a JSON file.") var job: String

    func run() { Foundation.exit(BlockWorker.main(jobPath: job, factory: SubjectCatalog())) }
}
