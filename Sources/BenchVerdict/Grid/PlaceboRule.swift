import BenchResults

/// What the placebo, the reference under a second name, allows to be ranked.
///
/// Two libraries that are one and the same have to tie: at every place, over all phases, and in what they keep. Where
/// they do not, something else than the allocator tells arms apart. For throughput that spoils the whole scenario, since
/// a disturbed machine disturbs all; memory is spoilt one figure at a time, since whether pages go back may hang on
/// chance after the drain and on nothing at the peak.
struct PlaceboRule {
    let samples: GridSamples
    let tolerances: Tolerances

    /// The farthest that a placebo's interval of memory may reach, as a fraction: where one library may differ from
    /// itself by more than a factor of two, the figure is not a property of the library.
    static let farthestMemory = 1.0

    private typealias Side = (name: String, blocks: [Int: Double])

    private var pair: [String] { [samples.reference, GridSamples.placebo] }

    /// Whether equal sides tie: the interval holds 1, or lies within the tolerance.
    private static func tie(_ contest: GridDocument.Contest) -> Bool {
        (contest.low ?? 0) <= 1 && (contest.high ?? .infinity) >= 1 || contest.verdict == .tie
    }

    // MARK: Throughput

    /// The placebo at each place and over all phases of each strategy: one family.
    func tests() -> [GridDocument.PlaceboTest] {
        var places: [(place: String, sides: [Side])] = []
        for field in samples.fields {
            let found = pair.compactMap { name in samples.speeds[field]?[name].map { (name: name, blocks: $0) } }
            if found.count == 2 { places.append((text(field), found)) }
        }
        for (subject, strategy) in samples.strategies {
            let fields = samples.fields.filter { $0.setting.subject == subject && $0.setting.strategy == strategy }
            let found = samples.means(over: fields, of: pair)
            if found.count == 2 { places.append(("all phases, \(subject)/\(strategy)", found)) }
        }
        let family = ContestFamily(size: places.count, tolerance: tolerances["throughput"])
        return places.compactMap { place, sides in
            family.contest(sides[1], sides[0]).map {
                GridDocument.PlaceboTest(place: place, contest: $0, ties: Self.tie($0))
            }
        }
    }

    /// Why nothing is ranked; nil where all tests tie.
    func refusal(_ tests: [GridDocument.PlaceboTest]) -> String? {
        let failed = tests.filter { !$0.ties }
        guard let worst = failed.max(by: { distance($0.contest) < distance($1.contest) }) else { return nil }
        let contest = worst.contest
        return "Nothing is ranked: the placebo, \(samples.reference) under a second name, differs from "
            + "\(samples.reference) itself (\(worst.place): \(ratioText(contest)) x, \(intervalText(contest))"
            + (failed.count > 1 ? ", and at \(failed.count - 1) more of \(tests.count) places" : "")
            + "), so that this run tells arms apart by something other than the allocator; run it again on a quieter "
            + "machine or with more blocks"
    }

    private func distance(_ contest: GridDocument.Contest) -> Double { max(contest.ratio, 1 / contest.ratio) }

    /// The largest difference that the tests do not exclude; nil where one has no interval.
    static func noiseFloor(_ tests: [GridDocument.PlaceboTest]) -> Double? {
        Choice.notExcluded(tests.map(\.contest))
    }

    private func text(_ field: GridSamples.Field) -> String {
        let (task, setting) = (field.task, field.setting)
        let role = task.role.isEmpty ? "" : "/\(task.role)"
        let point = task.parameters.isEmpty ? "" : "/\(task.parameters)"
        return "\(task.phase)\(role), \(setting.subject)/\(setting.strategy)/\(setting.threads)\(point)"
    }

    // MARK: Memory

    /// The placebo's bytes at the peak and after the longest wait, under each strategy: one family, over the very figures
    /// that allocators are ranked by. Nil where none was read.
    ///
    /// Where the two tie, the figure is ranked. Where they are told apart, or might differ by more than a factor of two,
    /// it is not. Between the two (1 is excluded, and the tolerance is not) there is something beside the allocator, no
    /// larger than the interval reaches: there only differences beyond that reach count.
    func memoryTests() -> [GridDocument.MemoryPlaceboTest]? {
        let memory = GridMemory(samples: samples)
        let metrics = [GridMemory.peakMetric] + [memory.drainedMetric].compactMap(\.self)
        var places: [(subject: String, strategy: String, metric: String, sides: [Side])] = []
        for (subject, strategy) in samples.strategies {
            for metric in metrics {
                let sides = memory.sides(metric, subject, strategy, of: pair)
                if sides.count == 2 { places.append((subject, strategy, metric, sides)) }
            }
        }
        guard !places.isEmpty else { return nil }
        return places.compactMap { place in
            let family = ContestFamily(
                size: places.count, tolerance: tolerances[place.metric], direction: .lower)
            return family.contest(place.sides[1], place.sides[0]).map { contest in
                let reach = contest.notExcluded ?? 0
                let passes = !contest.isResolved && reach <= Self.farthestMemory
                return GridDocument.MemoryPlaceboTest(
                    subject: place.subject, strategy: place.strategy, metric: place.metric, contest: contest,
                    passes: passes, margin: passes && !Self.tie(contest) ? reach : nil)
            }
        }
    }
}

extension ContestFamily {
    /// Pairs of sides by memory, as far as the placebo lets them be ranked.
    ///
    /// - Parameter margin: as `[MemoryPlaceboTest].margin` has it.
    func contests(_ sides: [(name: String, blocks: [Int: Double])], margin: Double?) -> [GridDocument.Contest] {
        guard let margin else { return contests(sides).unranked }
        var family = self
        family.margin = margin
        return family.contests(sides)
    }
}

extension [GridDocument.Contest] {
    /// The same contests with nothing resolved: what the placebo forbids to rank.
    var unranked: [GridDocument.Contest] {
        map { contest in
            var contest = contest
            contest.verdict = .unresolved
            contest.pairsToSettle = nil
            return contest
        }
    }
}
