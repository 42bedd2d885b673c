import BenchMeasurement
import Foundation
import Glibc

/// The programs and files that counting needs beside the worker, looked for once.
struct CountingTools {
    let valgrind: String?
    let strace: String?
    /// The counting library beside this program, or why there is none.
    let library: Result<String, MeasurementError>
    /// Copies of executables that callgrind can read, by the executables' paths.
    private(set) var copies: [String: String] = [:]

    /// - Parameter library: the counting library, where it is not beside this program.
    init(library: String? = nil) {
        valgrind = ToolSearch.find("valgrind")
        strace = ToolSearch.find("strace")
        self.library = Result { () throws(MeasurementError) in
            if let library { return try CountingLibrary.find(at: library) }
            return try CountingLibrary.find(beside: Self.ownExecutable)
        }
    }

    /// Why something cannot be counted, as a sentence; nil when it can.
    func obstacle(to purpose: BlockJob.Purpose) -> String? {
        switch purpose {
        case .instructions where valgrind == nil:
            return "instructions were not counted: valgrind is not on the PATH; install the package `valgrind`"
        case .instructions where !Instrumentation.isBuiltIn:
            return "instructions were not counted: this program was built without valgrind's header; install the "
                + "package `valgrind` and build again"
        case .systemCalls where strace == nil:
            return "system calls were not counted: strace is not on the PATH; install the package `strace`"
        case .allocations:
            guard case .failure(let error) = library else { return nil }
            return "allocations were not counted: \(error)"
        case .measure, .lockstep, .profile:
            return "nothing is counted in a `\(purpose.rawValue)` pass"
        default: return nil
        }
    }

    /// Makes the copies that callgrind can read of these executables in a folder.
    mutating func copy(_ executables: [String], into folder: String) throws(DriverError) {
        for executable in executables where copies[executable] == nil {
            // All names have one length: what a program finds on its stack moves with it.
            let path = "\(folder)/program-\(copies.count)"
            do throws(MeasurementError) {
                try ExecutableCopy.withoutDebugInformation(of: executable, at: path)
            } catch {
                throw DriverError("the program cannot be made ready for valgrind: \(error)")
            }
            copies[executable] = path
        }
    }

    /// What runs a worker so that it is counted.
    struct Command {
        var executable: String
        var arguments: [String]
        var preload: String?
    }

    /// The command of a job of which ``obstacle(to:)`` has said nothing.
    func command(_ job: BlockJob, executable: String, output: String) -> Command {
        let worker = ["worker", job.jobPath]
        switch job.purpose {
        case .instructions:
            let options = [
                "--tool=callgrind", "--quiet", "--vgdb=no", "--instr-atstart=no", "--dump-line=no",
                "--read-inline-info=no", "--callgrind-out-file=\(output)",
            ]
            return Command(
                executable: valgrind ?? "", arguments: options + [copies[executable] ?? executable] + worker,
                preload: job.allocator.path)
        case .systemCalls:
            let options = ["-f", "-qq", "-e", "signal=none", "-s", "128", "-o", output]
            return Command(
                executable: strace ?? "", arguments: options + [executable] + worker, preload: job.allocator.path)
        case .allocations, .measure, .lockstep, .profile:
            let library = try? library.get()
            let preload = [library, job.allocator.path].compactMap { $0 }.joined(separator: ":")
            return Command(executable: executable, arguments: worker, preload: preload)
        }
    }

    /// This program's file.
    static let ownExecutable: String =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/proc/self/exe"
}
