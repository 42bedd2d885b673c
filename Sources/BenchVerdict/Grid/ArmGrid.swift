public import BenchResults
import BenchStatistics
import Glibc

/// An allocator under a strategy against the reference allocator under the first strategy: what both choices together
/// come to.
public struct ArmStanding: Sendable, Hashable {
    public var subject: String
    public var contender: String
    public var strategy: String
    /// Composite throughput divided by the reference arm's; nil for that arm.
    public var speed: GridDocument.Contest?
    /// Resident bytes at the peak, divided by the reference arm's; nil for that arm, and where none were read.
    public var peak: GridDocument.Contest?
    /// Resident bytes after the drain, in the same way.
    public var drained: GridDocument.Contest?
}

/// All allocators of a subject under all its strategies, the fastest first; nil where nothing is ranked, or the subject
/// ran with one strategy. The subject is `strata` where it ran with several, or else the first that did.
///
/// An arm that differs from the reference arm in its allocator only, or in its strategy only, has the very contest that
/// the grid has of it. Those that differ in both are two families of their own, with 95 % each: composites over the
/// phases that all strategies ran on all allocators, and memory. Takes O(samples).
///
/// - Parameters:
///   - samples: those of one scenario.
///   - grid: the scenario's grid.
public func compareArms(
    _ samples: [SampleRow], tolerances: Tolerances = Tolerances(), grid: GridDocument
) -> [ArmStanding]? {
    let sorted = GridSamples(samples, reference: grid.reference)
    return ArmGrid(samples: sorted, tolerances: tolerances.of(scenario: sorted.scenario), grid: grid).standings()
}

/// Makes the contests of all arms with the reference arm.
struct ArmGrid {
    let samples: GridSamples
    let tolerances: Tolerances
    let grid: GridDocument

    /// Strategy to contender to logarithms by block.
    private typealias Values = [String: [String: [Int: Double]]]

    func standings() -> [ArmStanding]? {
        let known = grid.strategies ?? []
        guard let subject = (known.first { $0.subject == "strata" } ?? known.first)?.subject,
            let strategies = known.first(where: { $0.subject == subject })?.strategies, let first = strategies.first
        else { return nil }
        let memory = GridMemory(samples: samples)
        let drained = memory.drainedMetric
        let crossings = (strategies.count - 1) * (samples.ranked.count - 1)
        let (speeds, peaks) = (speeds(subject, strategies), bytes(GridMemory.peakMetric, subject, strategies))
        let drains = drained.map { bytes($0, subject, strategies) } ?? [:]

        /// An arm that differs from the reference arm in both.
        func crossing(_ values: Values, _ strategy: String, _ name: String, _ family: ContestFamily, margin: Double?)
            -> GridDocument.Contest?
        {
            guard let side = values[strategy]?[name], let base = values[first]?[samples.reference] else { return nil }
            return family.contests([(name, side), (samples.reference, base)], margin: margin).first
        }
        func speed(_ strategy: String, _ name: String) -> GridDocument.Contest? {
            let family = ContestFamily(size: crossings, tolerance: tolerances["throughput"])
            return crossing(speeds, strategy, name, family, margin: 0)
        }
        func held(_ metric: String, _ values: Values, _ strategy: String, _ name: String) -> GridDocument.Contest? {
            let family = ContestFamily(
                size: drained == nil ? crossings : 2 * crossings, tolerance: tolerances[metric], direction: .lower)
            let margin = (grid.memoryPlacebo ?? []).margin(metric, subject, [first, strategy])
            return crossing(values, strategy, name, family, margin: margin)
        }
        let standing = grid.standings.first { $0.subject == subject && $0.strategy == first }
        let arms = strategies.flatMap { strategy in
            samples.ranked.compactMap { name -> ArmStanding? in
                guard speeds[strategy]?[name] != nil else { return nil }
                var arm = ArmStanding(subject: subject, contender: name, strategy: strategy)
                switch (strategy == first, name == samples.reference) {
                case (true, true): break
                case (true, false):
                    arm.speed = standing?.contest(name, samples.reference)
                    let kept = standing?.memory(name, samples.reference)
                    arm.drained = standing?.memoryMetric == drained ? kept : nil
                    arm.peak = drained == nil ? kept : standing?.peakMemory?.contest(name, samples.reference)
                case (false, true):
                    let own = known.first { $0.subject == subject && $0.contender == name }
                    arm.speed = own?.contests.contest(strategy, first)
                    arm.peak = own?.peak.contest(strategy, first)
                    arm.drained = own?.drained.contest(strategy, first)
                case (false, false):
                    arm.speed = speed(strategy, name)
                    arm.peak = held(GridMemory.peakMetric, peaks, strategy, name)
                    arm.drained = drained.flatMap { held($0, drains, strategy, name) }
                }
                return arm
            }
        }
        return arms.sorted { ($0.speed?.ratio ?? 1) > ($1.speed?.ratio ?? 1) }
    }

    private func bytes(_ metric: String, _ subject: String, _ strategies: [String]) -> Values {
        let memory = GridMemory(samples: samples)
        return byStrategy(strategies) { memory.sides(metric, subject, $0, of: samples.ranked) }
    }

    /// The mean logarithm by block over the phases that all strategies ran on all allocators.
    private func speeds(_ subject: String, _ strategies: [String]) -> Values {
        struct Meeting: Hashable {
            var task: GridTask
            var threads: Int
        }
        func field(_ meeting: Meeting, _ strategy: String) -> GridSamples.Field {
            .init(
                task: meeting.task,
                setting: .init(subject: subject, strategy: strategy, threads: meeting.threads))
        }
        var meetings: [Meeting] = []
        for own in samples.fields where own.setting.subject == subject {
            let meeting = Meeting(task: own.task, threads: own.setting.threads)
            let isCommon = strategies.allSatisfy { strategy in
                samples.ranked.allSatisfy { samples.speeds[field(meeting, strategy)]?[$0] != nil }
            }
            if isCommon, !meetings.contains(meeting) { meetings.append(meeting) }
        }
        return byStrategy(strategies) { strategy in
            samples.means(over: meetings.map { field($0, strategy) }, of: samples.ranked)
        }
    }

    private func byStrategy(
        _ strategies: [String], _ sides: (String) -> [(name: String, blocks: [Int: Double])]
    ) -> Values {
        var values: Values = [:]
        for strategy in strategies {
            for side in sides(strategy) { values[strategy, default: [:]][side.name] = side.blocks }
        }
        return values
    }
}
