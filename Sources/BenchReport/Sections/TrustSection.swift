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

    /// What the harness itself costs: the most of any phase that the bar is about, and what it is in the others.
    private func floor() -> [Document.Block] {
        let costs = HarnessFloor.costs(data.samples, workloads: data.workloads)
        guard !costs.isEmpty else { return [] }
        let batched = costs.filter { $0.manner == .batched && $0.nanoseconds != nil }
        var inlines: [Document.Inline] = []
        if let most = batched.max(by: { ($0.nanoseconds ?? 0) < ($1.nanoseconds ?? 0) }), let time = most.nanoseconds {
            let above = batched.count { ($0.nanoseconds ?? 0) >= Self.floorBar }
            let bar = Unit.nanoseconds.shortText(Self.floorBar)
            inlines += [
                .strong(
                    "The harness's own cost per operation is at most \(Unit.nanoseconds.shortText(time)) in closed-loop"
                        + " phases whose operations run in batches"),
                .text(
                    " (\(most.place)), "
                        + (above == 0
                            ? "below the bar of \(bar) for such phases."
                            : "and \(above) of \(batched.count) such phases are not below the bar of \(bar).")
                        + " That is what the subject "),
                .code(HarnessFloor.subject), .text(", which does nothing, takes there." + shares(batched)),
            ]
        } else {
            inlines.append(.text("No phase in which the harness was measured runs operations in batches."))
        }
        if let clock = data.environment?.clockNanoseconds {
            inlines.append(
                .text(
                    " Reading the clock once takes \(Unit.nanoseconds.shortText(clock)), which is part of each latency"
                        + " and of each operation that is timed one by one."))
        }
        guard costs.count > 1 else { return [.paragraph(inlines)] }
        return [
            .paragraph(inlines), .details("The harness's own cost in each phase", [floorTable(costs)]),
        ]
    }

    /// The largest share of each subject's time, and where.
    private func shares(_ costs: [HarnessFloor.Cost]) -> String {
        let all = costs.flatMap { cost in cost.shares.map { (subject: $0.subject, share: $0.share, place: cost.place) }
        }
        let parts = RunData.unique(all.map(\.subject)).compactMap { subject in
            all.filter { $0.subject == subject }.max { $0.share < $1.share }.map {
                "\(Unit.fraction.shortText($0.share)) of the time of \($0.subject) (\($0.place))"
            }
        }
        return parts.isEmpty ? "" : " It is at most \(Wording.joined(parts))."
    }

    private func floorTable(_ costs: [HarnessFloor.Cost]) -> Document.Block {
        let order: [HarnessFloor.Manner] = [.batched, .single, .unknown, .paced]
        let several = Set(costs.map(\.scenario)).count > 1
        let sorted = order.flatMap { manner in costs.filter { $0.manner == manner } }
        return .table(
            .init(
                columns: [
                    .init(title: several ? "Scenario, phase" : "Phase", alignment: .left),
                    .init(title: "Operations", alignment: .left),
                    .init(title: "Time of a thread per operation", alignment: .right),
                ],
                rows: sorted.map { cost in
                    let role = cost.role.isEmpty ? "" : ", \(cost.role)"
                    return [
                        .plain((several ? "\(cost.scenario), " : "") + cost.phase + role),
                        .plain(cost.manner.rawValue),
                        .plain(cost.nanoseconds.map(Unit.nanoseconds.shortText) ?? "–"),
                    ]
                }))
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
                    + " (\(count(.lowMild)) slow, \(count(.highMild)) fast) and \(severe) severe"
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
                ? "None of \(Wording.count(all.count, "round")) was repeated because of a disturbance: stolen time, waiting"
                    + " for a processor, or a reference loop far slower than it had been in the run so far."
                : "Of \(Wording.count(all.count, "round")) \(repeated.count) \(repeated.count == 1 ? "was" : "were")"
                    + " disturbed and repeated for all arms together; their samples are kept apart and not counted. A round"
                    + " is repeated once at most, and of a scenario's rounds a quarter at most: whatever was disturbed"
                    + " beyond that counts all the same, and stands under Notes."
        ]
        let kept = data.blockRows.filter(\.kept)
        let loop = kept.sorted { $0.startSeconds < $1.startSeconds }.compactMap(\.referenceNanoseconds)
            .filter { $0 > 0 }
        if let center = median(loop), let least = loop.min(), let most = loop.max(), loop.count > 1 {
            sentences.append(
                "The reference loop, the same work beside every block, took \(Unit.nanoseconds.shortText(center)) in the"
                    + " median, \(Unit.ratio.text(least / center)) to \(Unit.ratio.text(most / center)) of that over the"
                    + " run" + drift(loop) + ".")
            let slow = loop.count { $0 > center * 1.3 }
            if slow > 0 {
                sentences.append(
                    "Beside \(slow) of \(Wording.count(loop.count, "block")) it took over 1.3 times as long as in the median"
                        + ": those blocks count all the same, and widen the intervals.")
            }
        }
        let stolen = kept.compactMap(\.stolenSeconds).reduce(0, +)
        let seconds = kept.map(\.seconds).reduce(0, +)
        if kept.contains(where: { $0.stolenSeconds != nil }), seconds > 0 {
            sentences.append(
                "In \(Unit.seconds.shortText(seconds)) of blocks that count the hypervisor gave"
                    + " \(Unit.seconds.shortText(stolen)) of processor time to others" + pressure(kept) + ".")
        }
        return [.paragraph(.plain(sentences.joined(separator: " ")))]
    }

    /// `; some task waited for a processor for 4.2 s, and for the disk for 1.4 s`.
    private func pressure(_ rows: [BlockRow]) -> String {
        let waits: [(what: String, seconds: Double)] = [
            ("a processor", rows.compactMap(\.cpuPressureSeconds).reduce(0, +)),
            ("memory", rows.compactMap(\.memoryPressureSeconds).reduce(0, +)),
            ("the disk", rows.compactMap(\.diskPressureSeconds).reduce(0, +)),
        ]
        let told = waits.filter { $0.seconds > 0 }.map {
            "for \($0.what) \(Unit.seconds.shortText($0.seconds)) long"
        }
        return told.isEmpty ? "" : "; some task waited \(Wording.joined(told))"
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
