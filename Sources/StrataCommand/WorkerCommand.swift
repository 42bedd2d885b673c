import ArgumentParser
import BenchDriver
import BenchSubjects
import Foundation

/// The child's side of a block: one arm, one fresh process. Started by `bench` and `gate` only.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

    @Argument(help: "The job, as a JSON file.") var job: String?
    @Flag(help: "Print the number of the protocol that jobs are written in.") var `protocol` = false

    func validate() throws {
        guard (job != nil) != `protocol` else { throw ValidationError("give a job's file, or --protocol") }
    }

    func run() {
        guard let job else { return print(WorkerProtocol.number) }
        Foundation.exit(BlockWorker.main(jobPath: job, factory: SubjectCatalog()))
    }
}
