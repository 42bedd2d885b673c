import Foundation
import Glibc

/// The processes of this machine, from /proc.
enum ProcessTable {
    /// The ids of all processes.
    static var all: [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
    }

    /// The children of a process, and theirs.
    static func descendants(of ancestor: pid_t) -> [pid_t] {
        var parents: [pid_t: pid_t] = [:]
        for process in all { parents[process] = parent(of: process) }
        var found: [pid_t] = []
        var waiting = [ancestor]
        while let next = waiting.popLast() {
            let children = parents.filter { $0.value == next }.map(\.key)
            found += children
            waiting += children
        }
        return found
    }

    /// The living processes whose arguments or environment hold `text`, those of the tests left out.
    static func mentioning(_ text: String) -> [pid_t] {
        all.filter { process in
            process != getpid() && isRunning(process)
                && ["cmdline", "environ"].contains { file in
                    (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/\(file)")))?
                        .range(of: Data(text.utf8)) != nil
                }
        }
    }

    /// Whether there is such a process and it is not merely waiting to be reaped.
    static func isRunning(_ process: pid_t) -> Bool { state(of: process).map { $0 != "Z" && $0 != "X" } ?? false }

    private static func parent(of process: pid_t) -> pid_t? {
        fields(of: process).dropFirst().first.flatMap { pid_t($0) }
    }

    private static func state(of process: pid_t) -> String? { fields(of: process).first }

    /// The fields of /proc/PID/stat after the name, which is in parentheses and may hold anything.
    private static func fields(of process: pid_t) -> [String] {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/stat")) else { return [] }
        let line = String(decoding: data, as: UTF8.self)
        guard let end = line.lastIndex(of: ")") else { return [] }
        return line[line.index(after: end)...].split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
