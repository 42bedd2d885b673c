import BenchResults

extension RunData {
    /// The run without the subject `null`, which is a floor and no competitor. A scenario in which nothing else ran
    /// keeps it: there it is what was measured.
    var withoutFloor: RunData {
        let contested = Set(samples.lazy.filter { $0.subject != HarnessFloor.subject }.map(\.scenario))
        func isFloor(_ scenario: String, _ subject: some StringProtocol) -> Bool {
            contested.contains(scenario) && subject == HarnessFloor.subject
        }
        var copy = self
        copy.samples.removeAll { isFloor($0.scenario, $0.subject) }
        copy.timeline.removeAll { isFloor($0.scenario, $0.arm.prefix { $0 != "/" }) }
        copy.histograms.removeAll { isFloor($0.scenario, $0.curve.arm.subject) }
        return copy
    }

    /// What charts and tables of the scenarios are made of: without the floor, and with a rate for every
    /// phase.
    var contest: RunData {
        var copy = withoutFloor
        copy.samples = Self.withRates(copy.samples)
        return copy
    }

    /// Adds a throughput, in runs a second, to the phases that only have a wall time: a program that is run as a whole.
    /// Where the time was given, or roles have a throughput of their own, the inverse of the phase's time says nothing.
    private static func withRates(_ samples: [SampleRow]) -> [SampleRow] {
        func place(_ row: SampleRow) -> String { "\(row.scenario)\u{0}\(row.phase)" }
        let rated = Set(samples.lazy.filter { $0.metric == "throughput" }.map(place))
        return samples.flatMap { row -> [SampleRow] in
            guard row.metric == "wall_time", row.unit == "ns", row.direction == .lower, row.value > 0,
                !rated.contains(place(row))
            else {
                return [row]
            }
            var rate = row
            rate.metric = "throughput"
            rate.value = 1e9 / row.value
            rate.unit = "runs/s"
            rate.direction = .higher
            return [row, rate]
        }
    }
}
