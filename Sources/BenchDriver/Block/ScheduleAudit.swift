import BenchResults
import Histogram

/// Whether an open loop kept its own times. A latency from a planned time says nothing about the subject where the
/// generator came late to it.
struct ScheduleAudit {
    /// A delay that counts as late whatever the rate: more than any wake-up takes on a machine with a processor to
    /// spare.
    static let leastLimit = 20_000.0
    /// A delay that counts as late beyond that, as a share of a thread's mean gap.
    static let limitPerGap = 0.1
    /// The largest share of late sends, and of operations left over, that a phase may have.
    static let tolerance = 0.01

    let plannedRate: Double
    let sends: UInt64
    let lateSends: UInt64
    let backlog: UInt64
    /// Nil where there are too few sends to tell.
    let latenessP99: UInt64?

    init(plannedRate: Double, _ recorder: ScheduleRecorder) {
        self.plannedRate = plannedRate
        sends = recorder.sends
        lateSends = recorder.lateSends
        backlog = recorder.backlog
        let lateness = recorder.lateness
        latenessP99 =
            lateness.totalCount >= 1_000 ? min(lateness.valueAtPercentile(99), lateness.maxRecorded) : nil
    }

    /// The delay from which a send is late, in nanoseconds.
    static func lateLimit(meanGapNanoseconds: Double) -> UInt64 {
        UInt64(max(leastLimit, limitPerGap * meanGapNanoseconds))
    }

    /// The share of late sends; 0 without sends.
    var lateShare: Double { sends == 0 ? 0 : Double(lateSends) / Double(sends) }

    /// Why the phase's latencies do not count, or nil when they do.
    func invalidity(_ lane: String) -> String? {
        guard lateShare > Self.tolerance else { return nil }
        return "the generator\(lane) began \(Self.percent(lateShare)) of its operations late, and may at most "
            + "\(Self.percent(Self.tolerance)); its latencies are left out: use fewer threads or a lower rate"
    }

    /// The share of the due operations that were not begun when the time was over.
    var leftShare: Double { Double(backlog) / Double(max(1, backlog + sends)) }

    var measurements: [Measurement] {
        var result = [
            Measurement(metric: "planned_rate", value: plannedRate, unit: "operations/s", direction: .none),
            Measurement(metric: "schedule_late_share", value: lateShare, unit: "fraction", direction: .none),
            Measurement(metric: "schedule_backlog", value: Double(backlog), unit: "operations", direction: .none),
        ]
        if let latenessP99 {
            result.append(
                Measurement(
                    metric: "schedule_lateness_p99", value: Double(latenessP99), unit: "ns", direction: .none))
        }
        return result
    }

    private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }
}
