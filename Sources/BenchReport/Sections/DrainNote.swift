import BenchResults
import BenchVerdict

/// How long a run watched the process after a drain, and which figures a longer wait might still change.
struct DrainNote {
    let text: String
    /// The allocators that by their options give memory back only later than the run watched.
    let late: [String]

    /// Nil where the samples of a scenario hold no reading after a drain.
    ///
    /// - Parameter standings: how the allocators stand to each other, each with the words that name its arms.
    init?(
        _ samples: [SampleRow], environment: Environment?,
        standings: [(name: String, standing: GridDocument.Standing)] = []
    ) {
        let metrics = Set(samples.lazy.map(\.metric).filter { Drain.delay(of: $0) != nil })
        guard let last = metrics.max(by: { Drain.seconds($0) < Drain.seconds($1) }),
            let delay = Drain.delay(of: last).map(Drain.text)
        else { return nil }
        let waits = Self.waits(samples, environment).filter { $0.seconds > Drain.seconds(last) }
        late = waits.map(\.name)
        let first =
            "The run watched the process for \(delay) after the drain, so that memory which is given back later is not"
            + " seen."
        guard !waits.isEmpty else {
            text = first
            return
        }
        let names = Wording.joined(waits.map { "\($0.name) (over \(Unit.seconds.shortText($0.seconds)))" })
        let isOne = waits.count == 1
        let (pronoun, verb) = isOne ? ("it", "keeps") : ("they", "keep")
        // Nothing takes memory while the process rests: a longer wait only ever lowers a figure.
        let smallest = standings.filter { entry in
            entry.standing.memoryMetric.flatMap(Drain.delay) != nil
                && entry.standing.memoryChoice.map { !Set($0.taken).isDisjoint(with: waits.map(\.name)) } ?? false
        }
        text =
            first
            + " By \(isOne ? "its" : "their") options \(names) \(isOne ? "gives" : "give") unused memory back little by"
            + " little: some of it was back already when it was read, and the rest was to follow, so that the figures after"
            + " the drain are upper bounds for \(isOne ? "it" : "them"): "
            + (smallest.isEmpty
                ? ""
                : "where \(pronoun) \(verb) the least (\(Wording.joined(smallest.map(\.name))))"
                    + " that holds all the more, and ")
            + "where another is proven smaller than \(pronoun == "it" ? "it" : "them"), or nothing is proven, a longer"
            + " wait might change that."
    }

    /// The longest time in seconds that each allocator of the samples lets unused pages wait, where its options say so.
    private static func waits(_ samples: [SampleRow], _ environment: Environment?) -> [(name: String, seconds: Double)]
    {
        let own = Set(samples.map(\.allocator))
        var seen: Set<String> = []
        return (environment?.allocators ?? []).compactMap { allocator in
            guard own.contains(allocator.name), let wait = decay(allocator.options),
                seen.insert(allocator.name).inserted
            else { return nil }
            return (allocator.name, wait)
        }
    }

    /// The longest time in seconds that an allocator's options let unused pages wait.
    private static func decay(_ options: String) -> Double? {
        options.matches(of: /decay_ms[=:](\d+)/).compactMap { Double($0.1) }.max().map { $0 / 1000 }
    }
}
