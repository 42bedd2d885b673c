public import BenchResults
import BenchStatistics

/// The allocators of each scenario against each other, in the order of the samples; scenarios with one allocator are
/// left out. Where the reference did not run, the scenario's first allocator stands in for it.
///
/// - *Contests* decide: all pairs of contenders, with intervals that hold together with 95 % over one scenario (see
///   `ContestFamily`); one family for the phases, one for the strategies as a whole, one for memory.
/// - *Cells* are the contests with the reference, phase by phase: the same ratios and intervals.
/// - *Strategies* of one subject meet on each contender, in families of their own (see `StrategyGrid`).
/// - *Placebo rule*: where an allocator called `placebo` ran, it is the reference under a second name. It has to tie
///   with the reference at every place and over all (its own family of 95 %); if it does not, what tells arms apart
///   is not the allocator, and nothing of the scenario is ranked.
///
/// Takes O(samples) and 1,000 resamples for each place, and a bootstrap for each place of a placebo.
public func grid(
    _ samples: [SampleRow], tolerances: Tolerances = Tolerances(), reference: String = "glibc"
) -> [GridDocument] {
    var order: [String] = []
    var scenarios: [String: [SampleRow]] = [:]
    for row in samples {
        if scenarios[row.scenario] == nil { order.append(row.scenario) }
        scenarios[row.scenario, default: []].append(row)
    }
    return order.compactMap { name in
        let sorted = GridSamples(scenarios[name] ?? [], reference: reference)
        guard sorted.contenders.count > 1 else { return nil }
        return GridBuilder(samples: sorted, tolerances: tolerances.of(scenario: name)).document()
    }
}

/// Makes the grid of one scenario.
struct GridBuilder {
    let samples: GridSamples
    let tolerances: Tolerances

    private var tolerance: Double { tolerances["throughput"] }

    func document() -> GridDocument {
        let placebo = placeboTests()
        let refusal = refusal(placebo)
        let isRanked = refusal == nil
        let standings = isRanked ? self.standings() : []
        var document = GridDocument(
            scenario: samples.scenario, reference: samples.reference, metric: samples.metric,
            contenders: samples.ranked, blocks: samples.blockCount, tolerance: tolerance, method: method,
            isRanked: isRanked, refusal: refusal, placebo: placebo, noiseFloor: noiseFloor(),
            rankings: rankings(isRanked: isRanked), standings: standings,
            frontier: isRanked ? Frontier(samples: samples, tolerances: tolerances).points(of: samples.ranked) : [],
            memory: GridMemory(samples: samples).figures(of: samples.ranked),
            strategies: isRanked ? StrategyGrid(samples: samples, tolerances: tolerances).standings() : nil,
            sentence: "")
        document.sentence = GridSentence(document).text
        return document
    }

    private var method: String {
        "A ratio is the geometric mean of the ratios of paired blocks. Its interval is Student's of the mean logarithm, "
            + "Bonferroni over all pairs of the scenario, so that all intervals of a kind hold together with 95 % although "
            + "the fastest was picked from the same blocks. A tie lies within \(percentText(tolerance))."
    }

    // MARK: Places

    private func rankings(isRanked: Bool) -> [GridDocument.Ranking] {
        let family = ContestFamily(
            size: samples.fields.reduce(0) { $0 + pairCount(present($1).count) }, tolerance: tolerance)
        return samples.fields.compactMap { field in
            guard let speeds = samples.speeds[field], let own = speeds[samples.reference] else { return nil }
            let reference = GridDocument.Cell(
                contender: samples.reference, n: own.count, ratio: 1, low: nil, high: nil, rank: nil)
            let others = samples.ranked.compactMap { name -> GridDocument.Cell? in
                guard name != samples.reference, let blocks = speeds[name],
                    let contest = family.contest((name, blocks), (samples.reference, own))
                else { return nil }
                return GridDocument.Cell(
                    contender: name, n: contest.n, ratio: contest.ratio, low: contest.low, high: contest.high,
                    verdict: contest.verdict, rank: nil)
            }
            guard !others.isEmpty else { return nil }
            // The sort is stable: of equals, the reference stays first.
            var ordered = ([reference] + others).sorted { $0.ratio > $1.ratio }
            guard isRanked, let leader = ordered.first else {
                return GridDocument.Ranking(place: place(field), cells: ordered, contests: [], stability: nil)
            }
            for position in ordered.indices { ordered[position].rank = position + 1 }
            let sides = ordered.map { ($0.contender, speeds[$0.contender] ?? [:]) }
            return GridDocument.Ranking(
                place: place(field), cells: ordered,
                contests: sides.dropFirst().compactMap { side in
                    family.contest((leader.contender, sides[0].1), side)
                },
                stability: RankStability.of(sides.map { (name: $0.0, blocks: $0.1) }, reference: own))
        }
    }

    private func present(_ field: GridSamples.Field) -> [String] {
        samples.ranked.filter { samples.speeds[field]?[$0] != nil }
    }

    private func place(_ field: GridSamples.Field) -> GridDocument.Place {
        GridDocument.Place(
            phase: field.task.phase, role: field.task.role, operation: field.task.operation,
            subject: field.setting.subject, strategy: field.setting.strategy, threads: field.setting.threads,
            parameters: field.task.parameters)
    }

    // MARK: Placebo

    private func placeboTests() -> [GridDocument.PlaceboTest] {
        let pair = [samples.reference, GridSamples.placebo]
        var sides: [(place: String, sides: [(name: String, blocks: [Int: Double])])] = []
        for field in samples.fields {
            let found = pair.compactMap { name in samples.speeds[field]?[name].map { (name: name, blocks: $0) } }
            if found.count == 2 { sides.append((placeText(field), found)) }
        }
        for (subject, strategy) in samples.strategies {
            let found = samples.means(over: fields(subject, strategy), of: pair)
            if found.count == 2 { sides.append(("all phases, \(subject)/\(strategy)", found)) }
        }
        let family = ContestFamily(size: sides.count, tolerance: tolerance)
        return sides.compactMap { place, sides in
            family.contest(sides[1], sides[0]).map { contest in
                let holdsOne = (contest.low ?? 0) <= 1 && (contest.high ?? .infinity) >= 1
                return GridDocument.PlaceboTest(
                    place: place, contest: contest, ties: holdsOne || contest.verdict == .tie)
            }
        }
    }

    private func refusal(_ placebo: [GridDocument.PlaceboTest]) -> String? {
        let failed = placebo.filter { !$0.ties }
        guard let worst = failed.max(by: { distance($0.contest) < distance($1.contest) }) else { return nil }
        let contest = worst.contest
        return "Nothing is ranked: the placebo, \(samples.reference) under a second name, differs from "
            + "\(samples.reference) itself (\(worst.place): \(ratioText(contest)) x, \(intervalText(contest))"
            + (failed.count > 1 ? ", and at \(failed.count - 1) more of \(placebo.count) places" : "")
            + "), so that this run tells arms apart by something other than the allocator; run it again on a quieter "
            + "machine or with more blocks"
    }

    private func distance(_ contest: GridDocument.Contest) -> Double { max(contest.ratio, 1 / contest.ratio) }

    /// The widest of the placebo's own intervals; of fewer pairs than a bootstrap needs a row tells the range, which is
    /// no interval.
    private func noiseFloor() -> Double? {
        let own = samples.throughputRows.filter { [samples.reference, GridSamples.placebo].contains($0.arm.contender) }
        return compareAllocators(own, reference: samples.reference, tolerances: tolerances).compactMap { row in
            guard row.arm.contender == GridSamples.placebo, row.n >= Bootstrap.fewestValues, let low = row.ciLow,
                let high = row.ciHigh, low > 0
            else { return nil }
            return max(high, 1 / low) - 1
        }.max()
    }

    private func placeText(_ field: GridSamples.Field) -> String {
        let (task, setting) = (field.task, field.setting)
        let role = task.role.isEmpty ? "" : "/\(task.role)"
        let point = task.parameters.isEmpty ? "" : "/\(task.parameters)"
        return "\(task.phase)\(role), \(setting.subject)/\(setting.strategy)/\(setting.threads)\(point)"
    }

    // MARK: Strategies as a whole

    private func fields(_ subject: String, _ strategy: String) -> [GridSamples.Field] {
        samples.fields.filter { $0.setting.subject == subject && $0.setting.strategy == strategy }
    }

    private func standings() -> [GridDocument.Standing] {
        let memory = GridMemory(samples: samples)
        let kept = memory.keptMetric
        let peak = GridMemory.peakMetric
        let hasTwo = kept != nil && kept != peak && samples.memory[peak] != nil
        let size = samples.strategies.count * pairCount(samples.ranked.count)
        let speed = ContestFamily(size: size, tolerance: tolerance)
        // What is kept and the peak are one family: a reader looks at both.
        func bytes(_ metric: String) -> ContestFamily {
            ContestFamily(size: hasTwo ? 2 * size : size, tolerance: tolerances[metric], direction: .lower)
        }
        return samples.strategies.compactMap { subject, strategy in
            var sides = samples.means(over: fields(subject, strategy), of: samples.ranked)
            guard let reference = sides.first(where: { $0.name == samples.reference })?.blocks, sides.count > 1 else {
                return nil
            }
            func lead(_ blocks: [Int: Double]) -> Double { center(logRatios(blocks, to: reference)) ?? -.infinity }
            sides.sort { lead($0.blocks) > lead($1.blocks) }
            guard let stability = RankStability.of(sides, reference: reference) else { return nil }
            let names = sides.map(\.name)
            let contests = speed.contests(sides)
            return GridDocument.Standing(
                subject: subject, strategy: strategy, order: names, contests: contests,
                memory: kept.map { memory.contests($0, subject, strategy, of: names, bytes($0)) } ?? [],
                memoryMetric: kept,
                peakMemory: hasTwo ? memory.contests(peak, subject, strategy, of: names, bytes(peak)) : nil,
                stability: stability, matters: matters(contests))
        }
    }

    private func matters(_ contests: [GridDocument.Contest]) -> Bool? {
        if contests.contains(where: { $0.verdict == .faster || $0.verdict == .slower }) { return true }
        return !contests.isEmpty && contests.allSatisfy { $0.verdict == .tie } ? false : nil
    }
}
