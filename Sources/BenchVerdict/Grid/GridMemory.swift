import BenchResults
import BenchStatistics
import Glibc

/// What contenders keep: at the peak, after the drain, and in holes.
struct GridMemory {
    typealias Blocks = [Int: Double]

    let samples: GridSamples

    static let peakMetric = "resident_bytes_peak"

    /// The metrics of resident bytes after a drain, the latest last.
    private static let drains = ["100ms", "1s", "5s", "30s"].map { "resident_bytes_after_\($0)" }

    /// The metric that says best what an allocator keeps: after the longest wait of the run, or at the peak.
    var keptMetric: String? {
        drainedMetric ?? (samples.memory[Self.peakMetric]?.isEmpty == false ? Self.peakMetric : nil)
    }

    /// The metric of the longest wait after a drain.
    var drainedMetric: String? { Self.drains.last { samples.memory[$0]?.isEmpty == false } }

    /// A metric by contender and block, with the phase that it is about: the largest of all phases for the peak, the
    /// last phase that has it for what stays after a drain.
    ///
    /// - Parameter threads: the arm's number of threads; phases without that number give their smallest, and nil takes
    ///   all numbers.
    func values(
        _ metric: String, _ subject: String, _ strategy: String, threads: Int? = nil
    ) -> (phase: String, blocks: [String: Blocks])? {
        guard let fields = samples.memory[metric] else { return nil }
        var own = fields.filter { $0.key.setting.subject == subject && $0.key.setting.strategy == strategy }
        if let threads {
            let byTask = Dictionary(grouping: own.keys, by: \.task)
            own = own.filter { field, _ in
                let choices = (byTask[field.task] ?? []).map(\.setting.threads)
                return field.setting.threads == (choices.contains(threads) ? threads : choices.min())
            }
        }
        // By phase: its fields' largest value in each block.
        var phases: [String: [String: Blocks]] = [:]
        for (field, contenders) in own {
            for (name, blocks) in contenders {
                phases[field.task.phase, default: [:]][name, default: [:]].merge(blocks) { Swift.max($0, $1) }
            }
        }
        if metric == Self.peakMetric { return largest(phases) }
        let order = samples.throughputRows.map(\.phase)
        let last = phases.keys.max { (order.lastIndex(of: $0) ?? -1) < (order.lastIndex(of: $1) ?? -1) }
        return last.map { ($0, phases[$0] ?? [:]) }
    }

    /// The largest value of any phase in each block, and the phase whose values are the largest.
    private func largest(_ phases: [String: [String: Blocks]]) -> (phase: String, blocks: [String: Blocks])? {
        var result: [String: Blocks] = [:]
        for contenders in phases.values {
            for (name, blocks) in contenders { result[name, default: [:]].merge(blocks) { Swift.max($0, $1) } }
        }
        let peaks = phases.mapValues { $0.values.flatMap(\.values).max() ?? 0 }
        guard let phase = peaks.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return nil }
        return (phase, result)
    }

    /// The logarithms by block of those contenders whose values are all above zero.
    func sides(
        _ metric: String, _ subject: String, _ strategy: String, of names: [String]
    ) -> [(name: String, blocks: Blocks)] {
        guard let blocks = values(metric, subject, strategy)?.blocks else { return [] }
        return names.compactMap { name in
            guard let own = blocks[name], own.values.allSatisfy({ $0 > 0 }) else { return nil }
            return (name, own.mapValues { log($0) })
        }
    }

    /// All figures, for tables.
    func figures(of names: [String]) -> [GridDocument.MemoryFigure] {
        samples.strategies.flatMap { subject, strategy in
            ([Self.peakMetric] + Self.drains + ["fragmentation_ratio"]).flatMap { metric in
                figures(metric, subject, strategy, of: names)
            }
        }
    }

    private func figures(
        _ metric: String, _ subject: String, _ strategy: String, of names: [String]
    ) -> [GridDocument.MemoryFigure] {
        guard var found = values(metric, subject, strategy) else { return [] }
        if metric == "fragmentation_ratio", let peak = values(Self.peakMetric, subject, strategy)?.phase,
            let atPeak = fragmentation(subject, strategy, phase: peak)
        {
            found = (peak, atPeak)
        }
        return names.compactMap { name in
            guard let own = found.blocks[name], let value = median(Array(own.values)) else { return nil }
            let pairs = own.compactMap { block, value in
                found.blocks[samples.reference]?[block].flatMap { $0 > 0 ? value / $0 : nil }
            }
            return GridDocument.MemoryFigure(
                subject: subject, strategy: strategy, contender: name, metric: metric, phase: found.phase,
                value: value, ratio: median(pairs))
        }
    }

    /// The fragmentation of one phase.
    private func fragmentation(_ subject: String, _ strategy: String, phase: String) -> [String: Blocks]? {
        let own = (samples.memory["fragmentation_ratio"] ?? [:]).filter {
            $0.key.setting.subject == subject && $0.key.setting.strategy == strategy && $0.key.task.phase == phase
        }
        guard !own.isEmpty else { return nil }
        return own.values.reduce(into: [:]) { all, contenders in
            all.merge(contenders) { $0.merging($1) { Swift.max($0, $1) } }
        }
    }
}
