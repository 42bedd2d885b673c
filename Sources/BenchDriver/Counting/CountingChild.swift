import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc

/// One child that counts, from its command to its rows.
struct CountingChild {
    let job: BlockJob
    let armName: String
    let executable: String
    let tools: CountingTools
    let timeoutNanoseconds: UInt64
    let interruptDescriptor: Int32?

    /// What a child found out.
    struct Found: Sendable {
        var result: BlockResult
        var counts: [CountRow]
        var functions: [FunctionRow]
    }

    enum End: Sendable {
        case finished(Found)
        case interrupted
        case failed(DriverError)
    }

    private static let reportDescriptor: Int32 = 3

    /// Runs the child and reads what it left. Its folder is made, and goes again.
    func run() -> End {
        defer { try? FileManager.default.removeItem(atPath: job.folder) }
        do throws(DriverError) {
            try makeFolder()
            try job.write(to: job.jobPath)
            let output = "\(job.folder)/counts"
            let command = tools.command(job, executable: executable, output: output)
            // All symbols are bound before the first phase: a phase would otherwise pay for those that it calls first.
            let environment =
                ChildEnvironment.make(
                    preload: command.preload, allocatorKind: job.allocator.name, options: job.arm.allocatorOptions)
                + ["LD_BIND_NOW=1"]
            let child = try ChildProcess(
                executable: command.executable, arguments: command.arguments, environment: environment,
                logPath: job.logPath, reportDescriptor: Self.reportDescriptor)
            switch try child.wait(
                timeoutNanoseconds: timeoutNanoseconds, interruptDescriptor: interruptDescriptor, line: { _ in })
            {
            case .interrupted: return .interrupted
            case .timedOut:
                throw failure("no result after \(timeoutNanoseconds / 1_000_000_000) s; the worker was ended")
            case .signalled(let signal):
                throw failure("the worker was ended by signal \(signal) (\(String(cString: strsignal(signal))))")
            case .exited(let code): return .finished(try found(code, output))
            }
        } catch {
            return .failed(error)
        }
    }

    private func makeFolder() throws(DriverError) {
        do {
            try FileManager.default.createDirectory(atPath: job.scratchDirectory, withIntermediateDirectories: true)
        } catch {
            throw DriverError("\(job.scratchDirectory): the folder cannot be made: \(error.localizedDescription)")
        }
    }

    private func found(_ code: Int32, _ output: String) throws(DriverError) -> Found {
        guard access(job.resultPath, F_OK) == 0 else {
            throw failure("the worker ended with code \(code) and left no result")
        }
        let result = try BlockResult(path: job.resultPath)
        switch result.status {
        case .done where code == BlockWorker.ExitCode.done: break
        case .done: throw failure("the worker ended with code \(code) after its result")
        case .unproven(let reason), .failed(let reason): throw DriverError("\(label): \(reason)")
        }
        let ran = result.phases.filter { $0.skipped == nil }
        switch job.purpose {
        case .instructions: return try instructions(result, ran, output)
        case .systemCalls: return try systemCalls(result, ran, output)
        default:
            let counts = result.rows.filter { $0.metric != CountingMetric.batches }.map {
                row($0.phase, $0.operation, $0.metric, $0.value, $0.unit)
            }
            return Found(result: result, counts: counts, functions: [])
        }
    }

    /// Reads the dumps of callgrind: one a phase, numbered.
    private func instructions(
        _ result: BlockResult, _ ran: [BlockResult.Phase], _ output: String
    ) throws(DriverError) -> Found {
        var found = Found(result: result, counts: [], functions: [])
        for (place, phase) in ran.enumerated() {
            let path = "\(output).\(place + 1)"
            let profile = try CallgrindProfile(parsing: try text(path), source: path)
            guard profile.requestName == phase.name else {
                throw failure(
                    "callgrind's dump \(place + 1) is about `\(profile.trigger)`, not about the phase `\(phase.name)`")
            }
            guard profile.total > 0 else { throw failure("callgrind counted nothing in the phase `\(phase.name)`") }
            found.counts.append(
                row(phase.name, phase.operation, CountingMetric.instructions, Double(profile.total), "count"))
            found.functions += profile.rows(scenario: job.scenario.name, phase: phase.name, arm: armName)
        }
        return found
    }

    private func systemCalls(
        _ result: BlockResult, _ ran: [BlockResult.Phase], _ output: String
    ) throws(DriverError) -> Found {
        let calls = SystemCallLog.calls(parsing: try text(output))
        var found = Found(result: result, counts: [], functions: [])
        for phase in ran {
            guard let counted = calls[phase.name] else {
                throw failure("strace's log does not say where the phase `\(phase.name)` begins")
            }
            let total = counted.values.reduce(0, +)
            found.counts.append(row(phase.name, phase.operation, CountingMetric.systemCalls, Double(total), "count"))
        }
        return found
    }

    private func row(
        _ phase: String, _ operation: String, _ metric: String, _ value: Double, _ unit: String
    ) -> CountRow {
        CountRow(
            scenario: job.scenario.name, scenarioHash: job.scenarioHash, phase: phase, operation: operation,
            arm: armName, repetition: job.block, metric: metric, value: value, unit: unit)
    }

    private func text(_ path: String) throws(DriverError) -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        } catch {
            throw failure("\(path) is not there, which the counting tool should have written")
        }
    }

    private var label: String { "counting \(job.purpose.rawValue) of \(job.scenario.name), arm \(armName)" }

    private func failure(_ message: String) -> DriverError {
        DriverError("\(label): \(message)\(ProcessLauncher.lastWords(job))")
    }
}
