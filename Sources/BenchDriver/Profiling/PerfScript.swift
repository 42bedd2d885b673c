import BenchMeasurement
import BenchResults

/// Reads what `perf script -F tid,time,ip,sym,dso` prints: a line for each sample with its time, a line for each frame,
/// the innermost first, and an empty line.
///
/// Kept is what phases do on their threads. Frames of the harness around it are left out, and so are samples of the
/// harness alone: set-up, drawing of plans, reading of results.
struct PerfScript {
    /// The stacks, each with the phase that it was sampled in as its outermost frame.
    private(set) var stacks = FoldedStacks()
    /// Samples among them whose innermost frame has no name.
    private(set) var unknown = 0
    /// Samples of the harness.
    private(set) var harness = 0

    /// What a phase's thread begins with.
    static let phaseFrame = "BenchDriver.PhaseThread.run("
    /// What every other stack of the worker holds.
    private static let harnessFrame = "BenchDriver.BlockWorker."
    /// What stands for the callers where a stack does not reach up to the thread's beginning: functions of the C
    /// library keep no frame pointer.
    static let cutOff = "(callers not known)"

    private let phases: [(name: String, begin: UInt64)]

    /// - Parameters:
    ///   - phases: when each began, in nanoseconds of the clock that perf was told to use, in their order.
    ///   - name: how a symbol is shown.
    init(
        parsing text: String, phases: [(name: String, begin: UInt64)],
        name: (String) -> String = FunctionName.short
    ) {
        self.phases = phases
        var names: [Substring: String] = [:]
        var sample: Sample?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.isEmpty {
                add(sample)
                sample = nil
            } else if let time = Self.time(of: content) {
                add(sample)
                sample = Sample(time: time)
            } else if sample != nil, let (symbol, object) = Self.frame(content) {
                let isUnknown = symbol == "[unknown]"
                if sample?.frames.isEmpty == true { sample?.isUnknown = isUnknown }
                let key = isUnknown ? object : symbol
                if names[key] == nil {
                    names[key] = FoldedStacks.frame(
                        isUnknown ? "[\(object.split(separator: "/").last ?? object)]" : name(String(symbol)))
                }
                if let readable = names[key] { sample?.frames.append(readable) }
            }
        }
        add(sample)
    }

    private struct Sample {
        var time: UInt64
        /// The innermost first.
        var frames: [String] = []
        var isUnknown = false
    }

    private mutating func add(_ sample: Sample?) {
        guard let sample, !sample.frames.isEmpty else { return }
        let phase = phases.last { $0.begin <= sample.time }?.name
        let own = sample.frames.firstIndex { $0.hasPrefix(Self.phaseFrame) }
        guard let phase, own != nil || !sample.frames.contains(where: { $0.hasPrefix(Self.harnessFrame) }),
            !(own == nil && isWhole(sample))
        else {
            harness += 1
            return
        }
        // Where the thread itself is innermost, the loop over the batches was inlined into it.
        let frames = own.map { sample.frames[..<max($0, 1)] } ?? sample.frames[...]
        stacks.add(
            [FoldedStacks.frame(phase)] + (own == nil ? [Self.cutOff] : []) + frames.reversed(), 1)
        if sample.isUnknown { unknown += 1 }
    }

    /// Whether a stack reaches up to where its process or thread began.
    private func isWhole(_ sample: Sample) -> Bool {
        ["__libc_start_call_main", "_start", "start_thread", "__clone3"].contains(sample.frames.last ?? "")
    }

    /// The nanoseconds of `1234  5678.123456789:`.
    private static func time(of line: Substring) -> UInt64? {
        guard line.contains(":") else { return nil }
        let words = line.split(separator: " ")
        guard words.count == 2, Int(words[0]) != nil, words[1].hasSuffix(":") else { return nil }
        let parts = words[1].dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = UInt64(parts[0]), !parts[1].isEmpty, parts[1].count <= 9,
            let fraction = UInt64(parts[1])
        else { return nil }
        return seconds * 1_000_000_000 + (parts[1].count..<9).reduce(fraction) { value, _ in value * 10 }
    }

    /// Where the last ` (` stands: names of functions have brackets too.
    private static func objectStart(_ line: Substring) -> Substring.Index? {
        var rest = line
        while let open = rest.lastIndex(of: "("), open > line.startIndex {
            let before = line.index(before: open)
            if line[before] == " " { return before }
            rest = rest[..<open]
        }
        return nil
    }

    /// Symbol and object of `7f12 symbol name (/path/of/object)`.
    private static func frame(_ line: Substring) -> (symbol: Substring, object: Substring)? {
        guard let blank = line.firstIndex(of: " "), line[..<blank].allSatisfy(\.isHexDigit), line.hasSuffix(")"),
            let open = objectStart(line), open > blank
        else { return nil }
        let symbol = line[line.index(after: blank)..<open]
        return symbol.isEmpty ? nil : (symbol, line[open...].dropFirst(2).dropLast())
    }
}
