import BenchDriver
import BenchMeasurement
import BenchReport
import BenchResults
import Foundation

/// What a profile is told with: files in its folder, and tables on standard output.
enum ProfileText {
    static func processor(
        _ profile: ProcessorProfile, _ title: String, _ folder: ProfileFolder, _ earlier: ProfileFolder?
    ) throws(CommandFailure) {
        let before = try earlier?.stacks("cpu")
        let unknown = percent(profile.unknownShare ?? 0)
        let subtitle =
            "\(profile.stacks.total) samples of the phases in \(profile.blocks) blocks; \(unknown) in functions without "
            + "a name; \(profile.harness) samples of the harness around them left out"
        try folder.write(
            profile.stacks, kind: "cpu", title: "\(title): processor time", subtitle: subtitle, unit: "samples",
            before: before)
        print("Processor time: \(subtitle).\n" + Terminal.columns(FunctionTable.hottest(profile.stacks)) + "\n")
        difference("processor time", before, profile.stacks, earlier)
    }

    static func allocations(
        _ profile: HeapProfile, _ title: String, _ folder: ProfileFolder, _ earlier: ProfileFolder?
    ) throws(CommandFailure) {
        let before = try earlier?.stacks("allocations")
        let (all, temporary) = (profile.allocations.total, profile.temporary.total)
        let subtitle = "\(all) allocations, \(temporary) of them temporary: freed as the very next thing"
        try folder.write(
            profile.allocations, kind: "allocations", title: "\(title): allocations", subtitle: subtitle,
            unit: "allocations", before: before)
        try folder.write(
            profile.temporary, kind: "temporary", title: "\(title): temporary allocations",
            subtitle: "Allocations that were freed as the very next thing", unit: "allocations",
            before: try earlier?.stacks("temporary"))
        print("Allocations: \(subtitle).\n" + Terminal.columns(sites(profile)) + "\n")
        difference("allocations", before, profile.allocations, earlier)
    }

    static func heap(
        _ profile: HeapProfile, _ title: String, _ folder: ProfileFolder, _ earlier: ProfileFolder?
    ) throws(CommandFailure) {
        let before = try earlier?.stacks("peak")
        let subtitle = "\(profile.peak.total) bytes were held at the peak"
        try folder.write(
            profile.peak, kind: "peak", title: "\(title): heap at its peak", subtitle: subtitle, unit: "bytes",
            before: before)
        let obstacle = try failing {
            try HeapChart.draw(
                profile.timeline.map { ($0.seconds, $0.bytes) }, of: title, in: folder.directory.path)
        }
        if let obstacle { Terminal.note("the heap's timeline was not drawn: \(obstacle)") }
        print("Heap: \(subtitle).\n" + Terminal.columns(FunctionTable.hottest(profile.peak)) + "\n")
        difference("the heap's peak", before, profile.peak, earlier)
    }

    static func instructions(
        _ functions: [FunctionRow], _ folder: ProfileFolder, _ earlier: ProfileFolder?
    ) throws(CommandFailure) {
        try failing { try folder.directory.append(functions, to: .functions) }
        print("Instructions of the reduced plan:")
        for phase in phases(functions) {
            let rows = functions.filter { $0.phase == phase }
            let total = rows.reduce(0) { $0 + $1.instructions }
            let table = rows.sorted { $0.instructions > $1.instructions }.prefix(10).map { row in
                [
                    "  \(row.instructions)", percent(Double(row.instructions) / Double(max(total, 1))),
                    "\(row.allocations)", FunctionName.simplified(row.function),
                ]
            }
            print("\n\(phase): \(total)")
            print(Terminal.columns([["  instructions", "share", "allocations", "function"]] + table))
        }
        print("")
        guard let earlier else { return }
        guard let before = try earlier.functions() else { return missing("instructions", earlier) }
        let changed = FunctionDifference.largest(before: before, after: functions, by: .instructions, limit: 10)
        guard !changed.isEmpty else { return print("No function's instructions changed.\n") }
        print("Instructions, against \(earlier.directory.name):")
        let table = changed.map { change in
            [
                "  \(change.phase)", (change.instructionChange > 0 ? "+" : "") + "\(change.instructionChange)",
                change.shareOfPhase.map(percent) ?? "-", FunctionName.simplified(change.function),
            ]
        }
        print(Terminal.columns([["  phase", "instructions", "of the phase", "function"]] + table) + "\n")
    }

    // MARK: Parts

    private static func phases(_ functions: [FunctionRow]) -> [String] {
        var seen: Set<String> = []
        return functions.map(\.phase).filter { seen.insert($0).inserted }
    }

    private static func difference(
        _ what: String, _ before: FoldedStacks?, _ after: FoldedStacks, _ earlier: ProfileFolder?
    ) {
        guard let earlier else { return }
        guard let before else { return missing(what, earlier) }
        print("Shares of \(what), against \(earlier.directory.name):")
        print(Terminal.columns(FunctionTable.changes(before: before, after: after)) + "\n")
    }

    private static func missing(_ what: String, _ earlier: ProfileFolder) {
        Terminal.note("warning: \(earlier.directory.path) holds nothing about \(what) to compare with")
    }

    /// Who allocates most, with the temporary ones beside.
    private static func sites(_ profile: HeapProfile) -> [[String]] {
        let temporary = Dictionary(
            profile.temporary.functions.map { ($0.name, $0.own) }, uniquingKeysWith: { first, _ in first })
        let total = Double(max(profile.allocations.total, 1))
        let rows = profile.allocations.functions.filter { $0.own > 0 }.prefix(15).map { function in
            [
                "\(function.own)", percent(Double(function.own) / total), "\(temporary[function.name] ?? 0)",
                function.name,
            ]
        }
        return [["allocations", "share", "temporary", "function"]] + rows
    }

    private static func percent(_ share: Double) -> String {
        "\((share * 100).formatted(.number.precision(.fractionLength(1)).locale(Locale(identifier: "en_US")))) %"
    }
}
