import Foundation

/// Joins the runs of several processes or machines into one: what each of them measured becomes more blocks of it.
///
/// Blocks of later runs get numbers after those of the earlier ones, so that pairs stay pairs and none collide.
/// Histograms add. Judgements (summary, targets, comparison, verdict, report) are not joined but made again from the
/// samples by whoever calls this. What only a gate writes is left out.
public struct RunMerge {
    /// The environment of the joined run, with a warning for whatever differs between the parts.
    public let environment: Environment
    /// Whether all parts were complete.
    public let isComplete: Bool

    /// Joins runs, in this order, into a new folder.
    ///
    /// - Throws: `ResultsError` when a part cannot be read, two parts measured different work under one scenario's
    ///   name, or the folder cannot be written.
    public init(_ runs: [RunDirectory], into directory: RunDirectory) throws(ResultsError) {
        precondition(!runs.isEmpty, "nothing to join")
        var samples: [[SampleRow]] = []
        var environments: [Environment] = []
        var isComplete = true
        for run in runs {
            samples.append(try run.readSamples().rows)
            environments.append(try run.readEnvironment())
            // A run without a verdict was ended before it could be judged.
            isComplete = isComplete && ((try? run.readVerdict().complete) ?? false)
        }
        try Self.requireSameWork(samples, of: runs)
        self.isComplete = isComplete
        environment = Self.joined(environments, of: runs, name: directory.name)

        // Everything is read before anything is written: a damaged part leaves no half of a run behind.
        var rows = Tables()
        for (run, own) in zip(runs, samples) { try rows.add(run, own, name: directory.name) }
        let histograms = try Self.histograms(of: runs)
        try rows.write(to: directory)
        try directory.write(environment)
        try Self.joinScenarios(runs, into: directory)
        for (name, intervals) in histograms { try HistogramFiles.write(intervals, name: name, to: directory) }
    }

    /// That each scenario, at each point of its sweep, has one hash in all runs.
    private static func requireSameWork(
        _ samples: [[SampleRow]], of runs: [RunDirectory]
    ) throws(ResultsError) {
        var known: [String: (hash: String, run: String)] = [:]
        for (run, rows) in zip(runs, samples) {
            for row in rows {
                let work = "\(row.scenario)\u{0}\(row.parameters)"
                guard let first = known[work] else {
                    known[work] = (row.scenarioHash, run.path)
                    continue
                }
                if first.hash != row.scenarioHash {
                    throw ResultsError(
                        "\(row.scenario) has the hash \(row.scenarioHash) here and \(first.hash) in \(first.run): "
                            + "the work differs",
                        path: run.path, remedy: "merge runs of the same scenario, profile and overrides")
                }
            }
        }
    }

    // MARK: Tables

    /// The rows of all parts, with the numbers that are still free.
    private struct Tables {
        var samples: [SampleRow] = []
        var disturbed: [SampleRow] = []
        var timeline: [TimelineRow] = []
        var blocks: [BlockRow] = []
        var counts: [CountRow] = []
        var functions: [FunctionRow] = []
        private var nextBlock = 0
        private var nextRepetition = 0

        mutating func add(_ run: RunDirectory, _ own: [SampleRow], name: String) throws(ResultsError) {
            let disturbed = try Self.rows(SampleRow.self, .disturbed, run)
            let timeline = try Self.rows(TimelineRow.self, .timeline, run)
            let blocks = try Self.rows(BlockRow.self, .blocks, run)
            let counts = try Self.rows(CountRow.self, .counts, run)
            func shifted(_ row: SampleRow) -> SampleRow {
                var row = row
                row.run = name
                row.block += nextBlock
                return row
            }
            samples += own.map(shifted)
            self.disturbed += disturbed.map(shifted)
            self.timeline += timeline.map {
                var row = $0
                row.block += nextBlock
                return row
            }
            self.blocks += blocks.map {
                var row = $0
                row.block += nextBlock
                return row
            }
            self.counts += counts.map {
                var row = $0
                row.repetition += nextRepetition
                return row
            }
            // Functions are counted once; a second part of one build counts the same ones.
            if functions.isEmpty { functions = try Self.rows(FunctionRow.self, .functions, run) }
            let numbers = own.map(\.block) + disturbed.map(\.block) + timeline.map(\.block) + blocks.map(\.block)
            nextBlock += (numbers.max() ?? -1) + 1
            nextRepetition += (counts.map(\.repetition).max() ?? -1) + 1
        }

        func write(to directory: RunDirectory) throws(ResultsError) {
            try directory.appendSamples(samples)
            if !timeline.isEmpty { try directory.appendTimeline(timeline) }
            if !disturbed.isEmpty { try directory.append(disturbed, to: .disturbed) }
            if !blocks.isEmpty { try directory.append(blocks, to: .blocks) }
            if !counts.isEmpty { try directory.append(counts, to: .counts) }
            if !functions.isEmpty { try directory.append(functions, to: .functions) }
        }

        private static func rows<Row: CSVRow>(
            _ kind: Row.Type, _ file: RunFile, _ run: RunDirectory
        ) throws(ResultsError) -> [Row] {
            guard FileManager.default.fileExists(atPath: run.path(of: file)) else { return [] }
            return try run.read(kind, from: file).rows
        }
    }

    // MARK: Files

    /// Copies the resolved scenarios; of one name the first, since their work is the same.
    private static func joinScenarios(_ runs: [RunDirectory], into directory: RunDirectory) throws(ResultsError) {
        var known: Set<String> = []
        for run in runs {
            for name in names(in: run.path(of: "scenarios"), ending: ".yaml") where known.insert(name).inserted {
                try directory.write(text: try run.readText("scenarios/\(name)"), to: "scenarios/\(name)")
            }
        }
    }

    /// The intervals of all parts by the name of their files, in the order of the parts.
    private static func histograms(
        of runs: [RunDirectory]
    ) throws(ResultsError) -> [(name: String, intervals: [HistogramInterval<UInt64>])] {
        var order: [String] = []
        var intervals: [String: [HistogramInterval<UInt64>]] = [:]
        for run in runs {
            for name in names(in: run.path(of: "histograms"), ending: ".hlog") {
                let file = "histograms/\(name)"
                if intervals[name] == nil { order.append(name) }
                intervals[name, default: []] += try HistogramLog.intervals(
                    of: try run.readText(file), path: run.path(of: file))
            }
        }
        return order.map { (String($0.dropLast(".hlog".count)), intervals[$0] ?? []) }
    }

    private static func names(in folder: String, ending suffix: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(suffix) }.sorted()
    }

    // MARK: Environment

    private static func joined(_ parts: [Environment], of runs: [RunDirectory], name: String) -> Environment {
        var result = parts[0]
        result.run = name
        result.startedAt = parts.map(\.startedAt).min() ?? result.startedAt
        // Two identical arms of one part say nothing about the others.
        result.noiseFloor = nil
        result.warnings = []
        for part in parts {
            result.entities.merge(part.entities) { max($0, $1) }
            for allocator in part.allocators where !result.allocators.contains(allocator) {
                result.allocators.append(allocator)
            }
            for warning in part.warnings where !result.warnings.contains(warning) { result.warnings.append(warning) }
        }
        result.clockNanoseconds = parts.compactMap(\.clockNanoseconds).max()
        result.stolenSeconds = sum(parts.map(\.stolenSeconds))
        result.cpuPressureSeconds = sum(parts.map(\.cpuPressureSeconds))
        result.memoryPressureSeconds = sum(parts.map(\.memoryPressureSeconds))
        result.diskPressureSeconds = sum(parts.map(\.diskPressureSeconds))

        func warn<Value: Equatable>(_ what: String, _ value: (Environment) -> Value) {
            let others = zip(runs, parts).dropFirst().filter { value($0.1) != value(parts[0]) }.map(\.0.name)
            guard !others.isEmpty else { return }
            result.warnings.append(
                "Joined from runs with different \(what): \(others.joined(separator: ", ")) and \(runs[0].name) differ; "
                    + "the document describes \(runs[0].name).")
        }
        warn("machines", \.machine)
        warn("kernels", \.kernel)
        warn("C libraries", \.libc)
        warn("compilers", \.swiftVersion)
        warn("commits", \.commit)
        warn("states of the working tree", \.dirty)
        warn("build flags", \.buildFlags)
        warn("settings of huge pages", \.transparentHugePages)
        warn("profiles", \.profile)
        return result
    }

    /// The sum where all parts know it.
    private static func sum(_ values: [Double?]) -> Double? {
        let known = values.compactMap { $0 }
        return known.count == values.count ? known.reduce(0, +) : nil
    }
}
