import BenchMeasurement
import BenchResults

/// Reads what heaptrack_print writes.
enum HeaptrackText {
    /// What stands for stacks outside of the phases' threads.
    static let aside = "(set-up and harness)"

    /// Stacks in the folded form, whose frames are mangled where they are Swift's. Of stacks of a phase the frames of
    /// the harness around it are left out.
    static func stacks(_ text: String, path: String) throws(DriverError) -> FoldedStacks {
        let raw: FoldedStacks
        do throws(ResultsError) { raw = try FoldedStacks(parsing: text, path: path) } catch {
            throw DriverError("heaptrack_print wrote no stacks: \(error)")
        }
        var names: [String: String] = [:]
        var stacks = FoldedStacks()
        for (stack, weight) in raw.weights {
            // The line ends in a semicolon: its last frame is none. What hands out memory for others is left out too:
            // the allocation belongs to its caller.
            var own = stack.filter { !$0.isEmpty }[...]
            while own.count > 1, let last = own.last, CallgrindProfile.allocators.contains(last) { own.removeLast() }
            let frames = own.map { frame in
                if let known = names[frame] { return known }
                let readable = name(frame)
                names[frame] = readable
                return readable
            }
            if let first = frames.firstIndex(where: { $0.hasPrefix(PerfScript.phaseFrame) }), first + 1 < frames.count {
                stacks.add(Array(frames[(first + 1)...]), weight)
            } else {
                stacks.add([aside] + frames, weight)
            }
        }
        return stacks
    }

    /// A frame's function. Behind the symbol the file may stand, ` (Arena.swift)`; names of Swift's hold no blank.
    private static func name(_ frame: String) -> String {
        let symbol = frame.hasPrefix("$s") ? String(frame.prefix { $0 != " " }) : frame
        return FoldedStacks.frame(FunctionName.short(symbol))
    }

    /// Bytes over time from the form of massif: `time=` in seconds, then `mem_heap_B=`.
    static func timeline(_ text: String) -> [HeapMoment] {
        var moments: [HeapMoment] = []
        var seconds: Double?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("time=") { seconds = Double(line.dropFirst(5)) }
            if line.hasPrefix("mem_heap_B="), let begun = seconds, let bytes = Int(line.dropFirst(11)) {
                moments.append(HeapMoment(seconds: begun, bytes: bytes))
                seconds = nil
            }
        }
        return moments
    }
}
