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
///   is not the allocator, and nothing of the scenario is ranked. Of memory, what the placebo does not tie in is not
///   ranked (see `PlaceboRule`).
///
/// Takes O(samples) and 1,000 resamples for each place.
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
        let rule = PlaceboRule(samples: samples, tolerances: tolerances)
        let placebo = rule.tests()
        let memoryPlacebo = rule.memoryTests()
        let refusal = rule.refusal(placebo)
        let isRanked = refusal == nil
        let standings = isRanked ? self.standings(memoryPlacebo ?? []) : []
        var document = GridDocument(
            scenario: samples.scenario, reference: samples.reference, metric: samples.metric,
            contenders: samples.ranked, blocks: samples.blockCount, tolerance: tolerance, method: method,
            isRanked: isRanked, refusal: refusal, placebo: placebo, memoryPlacebo: memoryPlacebo,
            noiseFloor: PlaceboRule.noiseFloor(placebo),
            rankings: rankings(isRanked: isRanked), standings: standings,
            frontier: isRanked ? Frontier(samples: samples, tolerances: tolerances).points(of: samples.ranked) : [],
            memory: GridMemory(samples: samples).figures(of: samples.ranked),
            strategies: isRanked
                ? StrategyGrid(samples: samples, tolerances: tolerances, placebo: memoryPlacebo ?? []).standings()
                : nil,
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
            guard isRanked else {
                return GridDocument.Ranking(place: place(field), cells: ordered, contests: [], stability: nil)
            }
            for position in ordered.indices { ordered[position].rank = position + 1 }
            let sides = ordered.map { ($0.contender, speeds[$0.contender] ?? [:]) }
            return GridDocument.Ranking(
                place: place(field), cells: ordered,
                contests: family.contests(sides.map { (name: $0.0, blocks: $0.1) }),
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

    // MARK: Strategies as a whole

    private func fields(_ subject: String, _ strategy: String) -> [GridSamples.Field] {
        samples.fields.filter { $0.setting.subject == subject && $0.setting.strategy == strategy }
    }

    private func standings(_ placebo: [GridDocument.MemoryPlaceboTest]) -> [GridDocument.Standing] {
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
            func pairs(_ metric: String) -> [GridDocument.Contest] {
                bytes(metric).contests(
                    memory.sides(metric, subject, strategy, of: names),
                    margin: placebo.margin(metric, subject, [strategy]))
            }
            return GridDocument.Standing(
                subject: subject, strategy: strategy, order: names, contests: contests,
                memory: kept.map(pairs) ?? [], memoryMetric: kept, peakMemory: hasTwo ? pairs(peak) : nil,
                stability: stability, matters: matters(contests))
        }
    }

    private func matters(_ contests: [GridDocument.Contest]) -> Bool? {
        if contests.contains(where: { $0.verdict == .faster || $0.verdict == .slower }) { return true }
        return !contests.isEmpty && contests.allSatisfy { $0.verdict == .tie } ? false : nil
    }
}
