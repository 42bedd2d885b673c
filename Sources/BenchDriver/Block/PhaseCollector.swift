import BenchMeasurement
import BenchResults
import BenchWorkload

/// Turns what was measured of a phase into the block's rows, histograms and warnings.
struct PhaseCollector {
    let job: BlockJob
    let context: PhaseContext
    let layout: PhaseLayout
    let equipment: PhaseEquipment

    /// Adds a phase to the result.
    ///
    /// - Parameters:
    ///   - report: what the subject says at its end.
    ///   - baseline: what of the process's memory was the harness's while it ran.
    func collect(
        _ figures: PhaseFigures, _ report: PhaseReport, _ baseline: MemoryBaseline, into result: inout BlockResult
    ) throws(DriverError) {
        let specification = context.specification
        if let bad = report.measurements.first(where: { !$0.value.isFinite }) {
            throw DriverError(
                "phase `\(specification.name)`: the subject reports \(bad.metric) as \(bad.value), which is no figure")
        }
        let isComparable =
            context.isRepeatable && report.isComparable && !context.hasConcurrentWriter && job.arm.subject != "null"
        let digest = isComparable ? BlockSession.hexadecimal(figures.digest &+ report.digest) : SampleRow.noDigest
        var latencies = layout.lanes.map { LaneLatencies($0, equipment) }
        var phase = BlockResult.Phase(
            name: specification.name, operation: specification.operationName, threads: layout.threads, digest: digest,
            planHash: BlockSession.hexadecimal(ExecutionPlan.hash(context.operations)))
        phase.invalid = latencies.lazy.compactMap { $0.audit?.invalidity($0.label) }.first
        phase.schedules = latencies.compactMap { lane in
            lane.audit.map { BlockResult.Schedule(role: lane.role, lateShare: $0.lateShare, leftShare: $0.leftShare) }
        }
        warn(phase, figures, report, &result)
        if phase.invalid != nil { latencies = latencies.map(\.withoutTimes) }
        result.phases.append(phase)
        guard isReported else { return }
        let rows = PhaseRows(
            job: job, specification: specification, threads: layout.threads, digest: digest, baseline: baseline)
        result.rows += rows.rows(figures, latencies: latencies, report)
        result.timeline += rows.timeline(figures)
        for lane in latencies {
            for entry in lane.entries {
                result.histograms.append(
                    LatencyRecord(
                        phase: specification.name, role: lane.role, operation: entry.kind.name,
                        quantity: entry.quantity, threads: layout.threads, startSeconds: figures.startSeconds,
                        lengthSeconds: Double(figures.wallNanoseconds) / 1e9, histogram: entry.histogram))
            }
        }
    }

    /// Of arms that differ in threads only, one reports the phases whose threads the arm does not choose.
    private var isReported: Bool {
        job.reportsSingleThreadPhases || !layout.hasRoles && layout.threads == job.arm.threads
    }

    private func warn(
        _ phase: BlockResult.Phase, _ figures: PhaseFigures, _ report: PhaseReport, _ result: inout BlockResult
    ) {
        let place = "\(job.scenario.name), phase `\(phase.name)`"
        if !report.isComparable {
            result.warnings.append(
                "\(place): the subject `\(job.arm.subject)` did other work than planned, or finds most of what there is: its "
                    + "answers are not compared")
        }
        if figures.recording.liveBytesWereDropped {
            result.warnings.append(
                "\(job.scenario.name): \(job.arm.allocator) was slow to tell its live bytes; in some timelines they "
                    + "stand at the ends of a phase only")
        }
    }
}
