import Dispatch
import Foundation
import Glibc

/// Runs gnuplot on one script at a time, in the scripts' own folder.
struct Gnuplot {
    /// What to say when the program is missing.
    static let missing = "charts are skipped: gnuplot was not found; install it with `apt-get install gnuplot`"

    /// The program's path.
    let path: String
    /// The folder that holds the scripts and data files.
    let folder: URL
    /// How long one chart may take before it is given up.
    var timeoutSeconds = 60.0

    /// Gnuplot where the lookup finds it, or nil.
    init?(lookup: ExecutableLookup, folder: URL) {
        guard let path = lookup.find("gnuplot") else { return nil }
        self.path = path
        self.folder = folder
    }

    /// Draws `NAME.svg` from `NAME.gp` and `NAME.dat`. Returns nil when the picture is there, or else why it is not.
    ///
    /// An old picture is removed first: a failure never leaves one that shows other data.
    func draw(_ name: String) -> String? {
        let picture = folder.appendingPathComponent("\(name).svg")
        try? FileManager.default.removeItem(at: picture)
        let complaint = run("\(name).gp")
        guard complaint == nil else {
            try? FileManager.default.removeItem(at: picture)
            return complaint
        }
        guard let text = try? String(contentsOf: picture, encoding: .utf8), text.contains("</svg>") else {
            try? FileManager.default.removeItem(at: picture)
            return "gnuplot wrote no complete \(name).svg; run `gnuplot \(name).gp` in the charts folder to see why"
        }
        return nil
    }

    private func run(_ script: String) -> String? {
        // Its messages go to a file: a pipe that nobody empties would block it.
        let log = folder.appendingPathComponent(".\(script).log")
        guard FileManager.default.createFile(atPath: log.path, contents: nil),
            let output = FileHandle(forWritingAtPath: log.path)
        else { return "the folder \(folder.path) cannot be written to" }
        defer { try? FileManager.default.removeItem(at: log) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        // `-d` keeps the settings of the person who runs it out of the picture.
        process.arguments = ["-d", script]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        do { try process.run() } catch {
            return "gnuplot at \(path) could not be started: \(error.localizedDescription)"
        }
        if ended.wait(timeout: .now() + timeoutSeconds) == .timedOut {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            return "gnuplot took longer than \(Unit.seconds.shortText(timeoutSeconds)) and was stopped"
        }
        try? output.close()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            let lines = said.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty && $0 != "^" }
            let told = lines.suffix(2).joined(separator: ": ")
            return "gnuplot failed with status \(process.terminationStatus)" + (told.isEmpty ? "" : ": \(told)")
        }
        return nil
    }
}
