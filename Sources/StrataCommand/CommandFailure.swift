import BenchDriver
import BenchMeasurement
import BenchReport
import BenchResults
import BenchYAML
import GraphData
import Strata

/// How the command ends when it does not succeed: one sentence for standard error, and the exit code.
struct CommandFailure: Error {
    /// The exit codes that scripts rely on.
    enum Code {
        static let harness: Int32 = 1
        static let invalidInput: Int32 = 2
        static let regression: Int32 = 3
        static let inconclusive: Int32 = 4
        static let incomparable: Int32 = 5
        static let missedTarget: Int32 = 6
        static let usage: Int32 = 64
    }

    let message: String
    let exitCode: Int32

    init(_ message: String, exitCode: Int32 = Code.harness) {
        self.message = message
        self.exitCode = exitCode
    }

    /// The failure that an error of a part means, where nothing else is said: bad input is the user's to mend (2),
    /// everything else is the harness's (1).
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as DocumentError: self.init(error.description, exitCode: Code.invalidInput)
        case let error as GraphDataError: self.init(error.description, exitCode: Code.invalidInput)
        case let error as DriverError where error.kind == .incomparable:
            self.init(error.description, exitCode: Code.incomparable)
        default: self.init("\(error)")
        }
    }
}

/// Runs `body`, and turns what it throws into a failure of the command.
func failing<Result>(_ body: () throws -> Result) throws(CommandFailure) -> Result {
    do { return try body() } catch { throw CommandFailure(error) }
}

/// Runs `body`, which reads a file or folder that the user named: whatever is wrong with it is invalid input. A question
/// that is too large to answer is no fault of the file.
func readingInput<Result>(_ body: () throws -> Result) throws(CommandFailure) -> Result {
    do { return try body() } catch let error as StrataError where error.code == .limitExceeded {
        throw CommandFailure(error.description)
    } catch let error where error is StrataError || error is ResultsError || error is ReportError {
        throw CommandFailure("\(error)", exitCode: CommandFailure.Code.invalidInput)
    } catch { throw CommandFailure(error) }
}
