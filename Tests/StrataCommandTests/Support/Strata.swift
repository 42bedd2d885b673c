import Foundation
import Glibc

/// The built executable, run as a person would run it: from the package's folder, with words, looked at from outside.
enum Strata {
    /// The folder that holds Package.swift.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is tested: `.build/debug/strata`, or the file that `STRATA_COMMAND` names.
    static let executable = URL(
        fileURLWithPath: ProcessInfo.processInfo.environment["STRATA_COMMAND"]
            ?? root.appendingPathComponent(".build/debug/strata").path)

    /// Runs `strata` with these words to its end.
    ///
    /// - Parameters:
    ///   - environment: variables that differ from those of the tests.
    ///   - timeout: after which the process and its children are killed and an error is thrown.
    static func run(
        _ arguments: String..., environment: [String: String] = [:], timeout: Duration = .seconds(90)
    ) async throws -> Outcome {
        try await run(arguments, environment: environment, timeout: timeout)
    }

    /// Runs `strata` with these words to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], timeout: Duration = .seconds(90)
    ) async throws -> Outcome {
        await places.take()
        do {
            let outcome = try await Running(arguments, environment: environment).end(within: timeout)
            await places.give()
            return outcome
        } catch {
            await places.give()
            throw error
        }
    }

    /// Tests run side by side; more processes than this at a time would only make each look slow.
    private static let places = Places(2)
}

/// Runs something that waits for processes on a thread of its own. On the threads that all tests share, each wait would
/// last until every test that is ready has had its turn.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { waiting in
        Thread.detachNewThread { waiting.resume(with: Swift.Result { try body() }) }
    }
}

/// A `strata` that has been started.
///
/// Output goes to files: a child that stays behind can then not keep a test waiting at a pipe.
struct Running: @unchecked Sendable {
    // Unchecked: of the process only what may be asked on any thread is asked.
    let arguments: [String]
    private let process: Process
    private let folder: TemporaryFolder
    private let clock = ContinuousClock()

    /// Starts `strata` with these words.
    ///
    /// - Parameter input: the file that it reads as standard input; nil for none.
    init(_ arguments: [String], environment: [String: String] = [:], input: URL? = nil) throws {
        guard FileManager.default.isExecutableFile(atPath: Strata.executable.path) else {
            throw Failure("\(Strata.executable.path) is not there: run `swift build --product strata` first")
        }
        self.arguments = arguments
        folder = try TemporaryFolder()
        process = Process()
        process.executableURL = Strata.executable
        process.arguments = arguments
        process.currentDirectoryURL = Strata.root
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: try folder.write("", to: "output"))
        process.standardError = try FileHandle(forWritingTo: try folder.write("", to: "errors"))
        try Self.withSignalsUnblocked(process.run)
    }

    /// A child inherits the signals that its parent's thread blocks, and the threads of a task block all of them: it
    /// would be deaf to Ctrl-C.
    private static func withSignalsUnblocked(_ start: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try start()
    }

    /// The id of the process.
    var identifier: pid_t { process.processIdentifier }

    /// Whether the process has not ended yet.
    var isRunning: Bool { process.isRunning }

    /// Sends the signal of Ctrl-C: to the process alone, or, as a terminal does, to its whole group.
    func interrupt(wholeGroup: Bool) {
        kill(wholeGroup && getpgid(identifier) == identifier ? -identifier : identifier, SIGINT)
    }

    /// Ends the process as a power failure would, so far as the process is concerned.
    func killAtOnce() { kill(identifier, SIGKILL) }

    /// What was written to standard output and standard error so far.
    var written: (output: String, errors: String) {
        ((try? folder.read("output")) ?? "", (try? folder.read("errors")) ?? "")
    }

    /// Waits for the end; kills the process and what it started when `timeout` has passed.
    func end(within timeout: Duration) async throws -> Outcome {
        try await onThread { try endOnThread(within: timeout) }
    }

    /// As ``end(within:)``, on the thread that calls.
    func endOnThread(within timeout: Duration) throws -> Outcome {
        let limit = clock.now + timeout
        while process.isRunning {
            if clock.now > limit {
                for child in ProcessTable.descendants(of: identifier) + [identifier] { kill(child, SIGKILL) }
                throw Failure(
                    "`strata \(arguments.joined(separator: " "))` did not end within \(timeout); it had written:\n"
                        + written.output + written.errors)
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return Outcome(
            arguments: arguments, exitCode: process.terminationStatus,
            wasSignalled: process.terminationReason == .uncaughtSignal, output: written.output, errors: written.errors)
    }
}

/// What a run of `strata` left: its exit code and what it wrote.
struct Outcome: CustomStringConvertible {
    let arguments: [String]
    /// The exit code, or the signal's number when it died of one.
    let exitCode: Int32
    let wasSignalled: Bool
    /// Standard output.
    let output: String
    /// Standard error.
    let errors: String

    /// Standard output as a value.
    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(output.utf8))
        } catch {
            throw Failure("\(error) in the output of \(self)")
        }
    }

    var description: String {
        "`strata \(arguments.joined(separator: " "))`: \(wasSignalled ? "signal" : "exit") \(exitCode)"
            + "\n--- standard output\n\(output.prefix(4000))\n--- standard error\n\(errors.prefix(4000))"
    }
}

/// A test cannot go on: why.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A number of places; who finds none waits for one.
private actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func give() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
