import ArgumentParser
import Foundation
import Strata

/// The way into a database for other programs: operations as JSON lines.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Change a database by JSON lines from standard input.",
        discussion: """
            Each line is one operation, made as a whole or not at all:
              {"op":"insert","id":"x","type":"t","properties":{"k":"v"},"embedding":[0.5]}
              {"op":"update","id":"x","properties":{"k":["v","w"],"gone":null}}
              {"op":"delete","id":"x"}
              {"op":"relate","source":"x","type":"knows","target":"y"}
              {"op":"unrelate","source":"x","type":"knows","target":"y"}
            An id that is text is an external name, one that is a number is the entity's number. `ok N` is printed when the \
            N-th operation is acknowledged; what was sent together is acknowledged together. A line that cannot be applied \
            ends the command with 2; the operations before it stay. The database is made where there is none.
            """)

    /// ``Durability`` as a word of the command.
    enum Level: String, ExpressibleByArgument, CaseIterable {
        case none, interval, commit

        var durability: Durability {
            switch self {
            case .none: .none
            case .interval: .interval
            case .commit: .commit
            }
        }
    }

    @Argument(help: "The database's folder.") var database: String
    @Option(help: "When an operation is acknowledged: commit (on stable storage), interval, none.")
    var durability = Level.commit

    func run() throws {
        let store = try readingInput {
            try GraphDatabase(
                path: database,
                configuration: DatabaseConfiguration(log: LogConfiguration(durability: durability.durability)))
        }
        var input = StandardInputLines()
        var acknowledged = 0
        while let lines = try input.next() {
            var (last, count): (UInt64, Int) = (0, 0)
            var refusal: (any Error)?
            for line in lines where refusal == nil {
                do {
                    let operation = try OperationLine(line.bytes)
                    last = try store.submit(operation.apply).sequence
                    count += 1
                } catch {
                    refusal = CommandFailure("line \(line.number): \(error)", exitCode: Self.exitCode(of: error))
                }
            }
            if count > 0 {
                try failing { try store.acknowledge(last) }
                Self.print((acknowledged + 1)...(acknowledged + count))
                acknowledged += count
            }
            if let refusal { throw refusal }
        }
        try failing { try store.close() }
    }

    /// What is wrong with a line is the input's fault; a disk that fails is not.
    private static func exitCode(of error: any Error) -> Int32 {
        (error as? StrataError)?.code == .ioFailure ? CommandFailure.Code.harness : CommandFailure.Code.invalidInput
    }

    private static func print(_ numbers: ClosedRange<Int>) {
        var text = ""
        for number in numbers { text += "ok \(number)\n" }
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}

/// A snapshot of a database that may be in use.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write what a database has now as a snapshot, while it is in use.")

    @Argument(help: "The database's folder.") var database: String
    @Option(help: "The snapshot to write.") var out: String

    func run() throws {
        let store = try readingInput { try GraphDatabase(reading: database) }
        let summary = try failing { try store.backup(to: out) }
        print("\(out): \(summary.entityCount) entities, \(summary.relationshipCount) relationships")
    }
}
