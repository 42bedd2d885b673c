import BenchResults

/// How long a run watched the process after a drain, and what that cannot judge.
struct DrainNote {
    let text: String

    /// Nil where the samples of a scenario hold no reading after a drain.
    init?(_ samples: [SampleRow], environment: Environment?) {
        let metrics = Set(samples.lazy.map(\.metric).filter { Drain.delay(of: $0) != nil })
        guard let last = metrics.max(by: { Drain.seconds($0) < Drain.seconds($1) }),
            let delay = Drain.delay(of: last).map(Drain.text)
        else { return nil }
        let own = Set(samples.map(\.allocator))
        let late = (environment?.allocators ?? []).filter { own.contains($0.name) }.compactMap { allocator -> String? in
            guard let wait = Self.decay(allocator.options), wait > Drain.seconds(last) else { return nil }
            return "\(allocator.name), which by its options waits \(Unit.seconds.shortText(wait))"
        }
        let first =
            "The run watched the process for \(delay) after the drain, so that memory which is given back later is not"
            + " seen"
        text =
            late.isEmpty ? "\(first)." : "\(first): these figures do not judge \(Wording.joined(RunData.unique(late)))."
    }

    /// The longest time in seconds that an allocator's options let unused pages wait.
    private static func decay(_ options: String) -> Double? {
        options.matches(of: /decay_ms[=:](\d+)/).compactMap { Double($0.1) }.max().map { $0 / 1000 }
    }
}
