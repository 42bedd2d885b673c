import BenchResults
import BenchStatistics

/// How far the figures can be trusted: what the harness costs itself, how the blocks scatter, what disturbed them.
struct TrustSection {
    var data: RunData

    /// The harness costs at most this in batches, or its figures for cheap operations are its own.
    static let floorBar = 2.0

    func blocks() -> [Document.Block] {
        let parts = [floor(), scatter(), rounds()].flatMap(\.self)
        return parts.isEmpty ? [] : [.heading(2, "How steady the run was")] + parts
    }

    // MARK: The harness itself

    /// What the harness itself costs, in a sentence for each scenario in which it was measured.
    private func floor() -> [Document.Block] {
        let costs = HarnessFloor.costs(data.samples)
        guard let most = costs.map(\.nanoseconds).max() else { return [] }
        var inlines: [Document.Inline] = [
            .strong("The harness's own cost per operation is \(Unit.nanoseconds.shortText(most)) in batches"),
            .text(
                ", \(most < Self.floorBar ? "below" : "not below") the bar of"
                    + " \(Unit.nanoseconds.shortText(Self.floorBar)). The subject "),
            .code(HarnessFloor.subject),
            .text(", which does nothing, shows it: \(costs.map(\.text).joined(separator: "; "))."),
        ]
        if let clock = data.environment?.clockNanoseconds {
            inlines.append(
                .text(
                    " Reading the clock once takes \(Unit.nanoseconds.shortText(clock)), which is part of each latency."
                ))
        }
        var blocks: [Document.Block] = [.paragraph(inlines)]
        let phases = HarnessFloor.phases(data.samples)
        if phases.count > 1 {
            blocks.append(
                .details(
                    "The harness's own cost in each phase",
                    [
                        .table(
                            .init(
                                columns: [
                                    .init(title: "Scenario, phase", alignment: .left),
                                    .init(title: "Time of a thread per operation", alignment: .right),
                                ],
                                rows: phases.map {
                                    [.plain($0.label), .plain(Unit.nanoseconds.shortText($0.nanoseconds))]
                                }))
                    ]))
        }
        return blocks
    }

    // MARK: Scatter

    /// How many blocks lie far from the others of their arm and phase: counted and shown, never dropped.
    private func scatter() -> [Document.Block] {
        let contest = data.contest
        let items = contest.scenarios.compactMap { scenario -> [Document.Inline]? in
            var series: [String: [Double]] = [:]
            for row in contest.samples where row.scenario == scenario && row.metric == "throughput" {
                series["\(row.phase)\u{0}\(row.role)\u{0}\(row.operation)\u{0}\(row.arm.label)", default: []]
                    .append(row.value)
            }
            // Quartiles of fewer values are those values.
            let usable = series.values.filter { $0.count >= 5 && $0.allSatisfy(\.isFinite) }
            guard !usable.isEmpty else { return nil }
            let labels = usable.flatMap { OutlierClassification($0).labels }
            func count(_ label: OutlierClassification.Label) -> Int { labels.count { $0 == label } }
            let severe = count(.lowSevere) + count(.highSevere)
            let mild = count(.lowMild) + count(.highMild)
            let told =
                mild + severe == 0
                ? "none of \(labels.count) throughputs is an outlier among the blocks of its arm and phase"
                : "of \(labels.count) throughputs \(mild) are mild outliers among the blocks of their arm and phase"
                    + " (\(count(.lowMild)) slow, \(count(.highMild)) fast) and \(severe) severe ones"
                    + " (\(count(.lowSevere)) slow, \(count(.highSevere)) fast)"
            return [.strong("\(scenario):"), .text(" \(told).")]
        }
        guard !items.isEmpty else { return [] }
        return [
            .paragraph(
                .plain(
                    "Outliers lie more than 1.5 times the distance of the quartiles beyond them, severe ones more than 3"
                        + " times. They are counted here, and none is dropped.")),
            .list(items),
        ]
    }

    // MARK: Rounds

    /// What became of the rounds: how many were repeated, and how the machine's speed drifted.
    private func rounds() -> [Document.Block] {
        guard !data.blockRows.isEmpty else { return [] }
        struct Round: Hashable {
            var scenario: String
            var block: Int
            var attempt: Int
        }
        let all = Set(data.blockRows.map { Round(scenario: $0.scenario, block: $0.block, attempt: $0.attempt) })
        let repeated = Set(
            data.blockRows.filter { !$0.kept }.map {
                Round(scenario: $0.scenario, block: $0.block, attempt: $0.attempt)
            })
        var sentences = [
            repeated.isEmpty
                ? "None of \(Wording.count(all.count, "round")) was repeated because of a disturbance."
                : "Of \(Wording.count(all.count, "round")) \(repeated.count) \(repeated.count == 1 ? "was" : "were")"
                    + " disturbed and repeated for all arms together; their samples are kept apart and not counted."
        ]
        let kept = data.blockRows.filter(\.kept)
        let loop = kept.sorted { $0.startSeconds < $1.startSeconds }.compactMap(\.referenceNanoseconds)
            .filter { $0 > 0 }
        if let center = median(loop), let least = loop.min(), let most = loop.max(), loop.count > 1 {
            sentences.append(
                "The reference loop, the same work beside every block, took \(Unit.nanoseconds.shortText(center)) in the"
                    + " median, \(Unit.ratio.text(least / center)) to \(Unit.ratio.text(most / center)) of that over the"
                    + " run" + drift(loop) + ".")
        }
        let stolen = kept.compactMap(\.stolenSeconds).reduce(0, +)
        let seconds = kept.map(\.seconds).reduce(0, +)
        if kept.contains(where: { $0.stolenSeconds != nil }), seconds > 0 {
            sentences.append(
                "The hypervisor gave \(Unit.seconds.shortText(stolen)) of processor time to others in"
                    + " \(Unit.seconds.shortText(seconds)) of blocks.")
        }
        return [.paragraph(.plain(sentences.joined(separator: " ")))]
    }

    /// How the last third of the loop's times stands to the first.
    private func drift(_ times: [Double]) -> String {
        let third = times.count / 3
        guard third >= 3, let first = median(times.prefix(third)), let last = median(times.suffix(third)) else {
            return ""
        }
        let change = last / first - 1
        return "; from the first third to the last it became"
            + (abs(change) < 0.005
                ? " neither faster nor slower"
                : " \(Unit.fraction.shortText(abs(change))) \(change > 0 ? "slower" : "faster")")
    }
}
