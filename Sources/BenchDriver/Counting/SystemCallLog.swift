import Glibc

/// System calls by phase, out of strace's log.
///
/// The program marks where a phase begins and ends by writing to a descriptor that never exists: the kernel refuses it
/// and strace writes it down.
enum SystemCallLog {
    private static let mark = "strata:"

    /// Marks the log: from here on a phase's calls count.
    static func markBegin(_ phase: String) { write("\(mark)begin:\(phase)") }

    /// Marks the log: the phase is over.
    static func markEnd(_ phase: String) { write("\(mark)end:\(phase)") }

    private static func write(_ text: String) {
        _ = text.withCString { Glibc.write(-1, $0, strlen($0)) }
    }

    /// The calls of each phase by name. Calls of all threads count; the marks do not.
    static func calls(parsing log: String) -> [String: [String: Int]] {
        var phases: [String: [String: Int]] = [:]
        var phase: String?
        for line in log.split(separator: "\n") {
            // `1234  read(3, ...) = 5`: the process's number stands in front.
            let text = line.drop { $0.isWholeNumber }.drop { $0 == " " }
            // `+++ exited with 0 +++`, `--- SIGCHLD ---`, `<... read resumed>` are no new calls.
            guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
                first != UInt8(ascii: "<"), let bracket = text.utf8.firstIndex(of: UInt8(ascii: "("))
            else { continue }
            if let name = marked(text, "begin") {
                phase = name
                phases[name, default: [:]] = phases[name] ?? [:]
            } else if marked(text, "end") != nil {
                phase = nil
            } else if let phase {
                phases[phase, default: [:]][String(text[..<bracket]), default: 0] += 1
            }
        }
        return phases
    }

    /// The phase that a mark names, or nil where the line is no such mark.
    private static func marked(_ text: Substring, _ what: String) -> String? {
        let prefix = "write(-1, \"\(mark)\(what):"
        guard text.utf8.starts(with: prefix.utf8) else { return nil }
        return String(text.dropFirst(prefix.count).prefix { $0 != "\"" })
    }
}
