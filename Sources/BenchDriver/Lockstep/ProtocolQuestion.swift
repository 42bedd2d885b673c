import Foundation
import Glibc

/// Asks a program which worker protocol it speaks.
struct ProtocolQuestion {
    let scratchDirectory: String

    /// The number, or nil for a program that does not know the question.
    func ask(_ executable: String, _ interruption: Interruption?) throws(DriverError) -> Int? {
        let answerPath = "\(scratchDirectory)/protocol.txt"
        defer { unlink(answerPath) }
        guard access(executable, X_OK) == 0 else {
            throw DriverError("\(executable) is no program that can be started; build it first", kind: .incomparable)
        }
        let process = try ChildProcess(
            executable: executable, arguments: ["worker", "--protocol"],
            environment: ChildEnvironment.make(preload: nil, allocatorKind: "glibc", options: ""),
            logPath: answerPath, reportDescriptor: 3)
        switch try process.wait(
            timeoutNanoseconds: 30_000_000_000, interruptDescriptor: interruption?.descriptor, line: { _ in })
        {
        case .interrupted: throw DriverError("interrupted", kind: .interrupted)
        case .exited(0):
            let text = (try? String(contentsOfFile: answerPath, encoding: .utf8)) ?? ""
            return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        default: return nil
        }
    }
}
