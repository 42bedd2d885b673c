public import BenchResults
import BenchStatistics
import Glibc

/// The strategies of each subject against each other, on one and the same allocator: what a subject's own way of
/// allocating is worth beside the choice of the allocator. Nil where no subject ran with two.
///
/// - Parameter samples: those of one scenario; it may have one allocator only.
public func compareStrategies(
    _ samples: [SampleRow], tolerances: Tolerances = Tolerances(), reference: String = "glibc"
) -> [GridDocument.StrategyStanding]? {
    let sorted = GridSamples(samples, reference: reference)
    return StrategyGrid(samples: sorted, tolerances: tolerances.of(scenario: sorted.scenario)).standings()
}

/// Makes the contests of strategies. Three families hold together with 95 % each: the composites of all contenders, the
/// phases, and memory.
struct StrategyGrid {
    let samples: GridSamples
    let tolerances: Tolerances
    /// What the placebo says of memory under each strategy.
    var placebo: [GridDocument.MemoryPlaceboTest] = []

    private typealias Side = (name: String, blocks: [Int: Double])

    /// A phase that all strategies of a subject ran on a contender.
    private struct Meeting: Hashable {
        var task: GridTask
        var threads: Int
    }

    private struct Group {
        var subject: String
        var contender: String
        var strategies: [String]
        var meetings: [Meeting]
    }

    func standings() -> [GridDocument.StrategyStanding]? {
        let groups = groups()
        guard !groups.isEmpty else { return nil }
        let memory = GridMemory(samples: samples)
        let drained = memory.drainedMetric
        let pairs = groups.reduce(0) { $0 + pairCount($1.strategies.count) }
        let phasePairs = groups.reduce(0) { $0 + pairCount($1.strategies.count) * $1.meetings.count }
        let tolerance = tolerances["throughput"]
        let whole = ContestFamily(size: pairs, tolerance: tolerance)
        let phases = ContestFamily(size: phasePairs, tolerance: tolerance)
        func bytes(_ metric: String, _ group: Group) -> [GridDocument.Contest] {
            let sides = group.strategies.compactMap { strategy -> Side? in
                guard let own = memory.values(metric, group.subject, strategy)?.blocks[group.contender],
                    own.values.allSatisfy({ $0 > 0 })
                else { return nil }
                return (strategy, own.mapValues { log($0) })
            }
            let size = drained == nil ? pairs : 2 * pairs
            // What the placebo says under either of two strategies is said of the pair.
            let family = ContestFamily(size: size, tolerance: tolerances[metric], direction: .lower)
            return sides.indices.flatMap { first in
                sides[(first + 1)...].flatMap { other in
                    let names = [sides[first].name, other.name]
                    return family.contests(
                        [sides[first], other], margin: placebo.margin(metric, group.subject, names))
                }
            }
        }
        return groups.map { group in
            GridDocument.StrategyStanding(
                subject: group.subject, contender: group.contender, strategies: group.strategies,
                contests: whole.contests(means(group)),
                phases: group.meetings.map { meeting in
                    GridDocument.StrategyStanding.Phase(
                        place: GridDocument.Place(
                            phase: meeting.task.phase, role: meeting.task.role, operation: meeting.task.operation,
                            subject: group.subject, strategy: "*", threads: meeting.threads,
                            parameters: meeting.task.parameters),
                        contests: phases.contests(sides(group, meeting)))
                },
                drained: drained.map { bytes($0, group) } ?? [], drainedMetric: drained,
                peak: bytes(GridMemory.peakMetric, group))
        }
    }

    /// Subjects with several strategies, on each contender on which they ran a phase in common.
    private func groups() -> [Group] {
        var subjects: [String] = []
        for (subject, _) in samples.strategies where !subjects.contains(subject) { subjects.append(subject) }
        return subjects.flatMap { subject -> [Group] in
            let strategies = samples.strategies.filter { $0.subject == subject }.map(\.strategy)
            guard strategies.count > 1 else { return [] }
            return samples.ranked.compactMap { contender in
                let own = samples.fields.filter { $0.setting.subject == subject }
                var meetings: [Meeting] = []
                for field in own {
                    let meeting = Meeting(task: field.task, threads: field.setting.threads)
                    let isCommon = strategies.allSatisfy { blocks(meeting, subject, $0, contender) != nil }
                    if isCommon, !meetings.contains(meeting) { meetings.append(meeting) }
                }
                guard !meetings.isEmpty else { return nil }
                return Group(subject: subject, contender: contender, strategies: strategies, meetings: meetings)
            }
        }
    }

    private func blocks(
        _ meeting: Meeting, _ subject: String, _ strategy: String, _ contender: String
    ) -> [Int: Double]? {
        let setting = GridSetting(subject: subject, strategy: strategy, threads: meeting.threads)
        return samples.speeds[GridSamples.Field(task: meeting.task, setting: setting)]?[contender]
    }

    private func sides(_ group: Group, _ meeting: Meeting) -> [Side] {
        group.strategies.compactMap { strategy in
            blocks(meeting, group.subject, strategy, group.contender).map { (strategy, $0) }
        }
    }

    /// The mean logarithm over the meetings by block, for each strategy.
    private func means(_ group: Group) -> [Side] {
        group.strategies.map { strategy in
            let series = group.meetings.compactMap { blocks($0, group.subject, strategy, group.contender) }
            var means: [Int: Double] = [:]
            for block in series.first.map({ Array($0.keys) }) ?? [] {
                let values = series.compactMap { $0[block] }
                if values.count == series.count { means[block] = values.reduce(0, +) / Double(values.count) }
            }
            return (strategy, means)
        }
    }
}
