import BenchMeasurement
import BenchResults
import BenchWorkload
import Histogram

/// Turns the figures of a phase into rows of `samples.csv` and `timeline.csv`.
struct PhaseRows {
    let job: BlockJob
    let specification: PhaseSpecification
    let threads: Int
    let digest: String
    /// What of the process's memory is the harness's.
    let baseline: MemoryBaseline

    /// The arm with the phase's number of threads.
    var arm: ArmKey {
        var arm = job.arm
        arm.threads = threads
        return arm
    }

    /// - Parameter report: what the subject tells.
    func rows(_ figures: PhaseFigures, latencies: [LaneLatencies], _ report: PhaseReport) -> [SampleRow] {
        let mixture = specification.operationName
        var rows: [SampleRow] = []
        // The threads of a phase without roles are its only lane, and the lane's figures the phase's.
        for lane in figures.lanes {
            rows += laneMeasurements(lane).map {
                row($0, role: lane.layout.role, operation: lane.layout.specification.operationName)
            }
        }
        rows += phaseMeasurements(figures, report).map { row($0, operation: mixture) }
        for lane in latencies {
            for entry in lane.entries {
                rows += Self.latencyMeasurements(entry.histogram, of: entry.quantity).map {
                    row($0, role: lane.role, operation: entry.kind.name)
                }
            }
            rows += (lane.audit?.measurements ?? []).map { row($0, role: lane.role, operation: lane.operation) }
        }
        rows += (report.measurements + accounting(figures, report)).map { row($0, operation: mixture) }
        return rows
    }

    func timeline(_ figures: PhaseFigures) -> [TimelineRow] {
        guard let first = figures.recording.samples.first else { return [] }
        let label = arm.label
        return figures.recording.samples.map { sample in
            TimelineRow(
                scenario: job.scenario.name, phase: specification.name, arm: label,
                seconds: Double(sample.time - first.time) / 1e9, operations: Int(clamping: sample.operations),
                liveBytes: sample.liveBytes.map { Int(clamping: baseline.aboveLive($0)) },
                allocatedBytes: sample.allocatedBytes.map { Int(clamping: $0) },
                residentBytes: Int(clamping: baseline.aboveResident(sample.residentBytes)),
                minorFaults: Int(clamping: sample.minorFaults - first.minorFaults),
                majorFaults: Int(clamping: sample.majorFaults - first.majorFaults), block: job.block,
                contextSwitches: Int(clamping: sample.contextSwitches - first.contextSwitches))
        }
    }

    /// The percentiles that so many samples support: a percentile p needs at least 10 / (1 - p) of them.
    static func latencyMeasurements(
        _ histogram: Histogram<UInt64>, of quantity: LatencyQuantity = .latency
    ) -> [Measurement] {
        guard histogram.totalCount > 0 else { return [] }
        let percentiles: [(ending: String, percentile: Double, samples: UInt64)] = [
            ("p50", 50, 20), ("p90", 90, 100), ("p99", 99, 1_000),
            ("p999", 99.9, 10_000),
        ]
        let name = quantity.rawValue
        var result: [Measurement] = []
        for (ending, percentile, samples) in percentiles where histogram.totalCount >= samples {
            let value = min(histogram.valueAtPercentile(percentile), histogram.maxRecorded)
            result.append(
                Measurement(metric: "\(name)_\(ending)", value: Double(value), unit: "ns", direction: .lower))
        }
        result.append(
            Measurement(
                metric: "\(name)_max", value: Double(histogram.maxRecorded), unit: "ns", direction: .lower))
        return result
    }

    /// What a lane got done.
    private func laneMeasurements(_ lane: PhaseFigures.Lane) -> [Measurement] {
        var result: [Measurement] = []
        // A stalled lane works for a moment only: it has no pace.
        if lane.wallNanoseconds > 0, !lane.layout.isStalled {
            let seconds = Double(lane.wallNanoseconds) / 1e9
            result.append(
                Measurement(
                    metric: "throughput", value: Double(lane.outcome.items) / seconds,
                    unit: Self.throughputUnit(lane.layout.specification), direction: .higher))
            if lane.outcome.bytes > 0 {
                result.append(
                    Measurement(
                        metric: "bandwidth", value: Double(lane.outcome.bytes) / seconds, unit: "bytes/s",
                        direction: .higher))
            }
        }
        result.append(
            Measurement(
                metric: "operations", value: Double(lane.operations), unit: "operations", direction: .none))
        return result
    }

    /// What is the process's as a whole.
    private func phaseMeasurements(_ figures: PhaseFigures, _ report: PhaseReport) -> [Measurement] {
        // In a phase with a duration the time is given: only what was done in it is a result.
        let timed: Direction = specification.durationNanoseconds == nil ? .lower : .none
        var result: [Measurement] = []
        func add(_ metric: String, _ value: UInt64?, _ unit: String, _ direction: Direction) {
            guard let value else { return }
            result.append(Measurement(metric: metric, value: Double(value), unit: unit, direction: direction))
        }
        if !specification.roles.isEmpty { add("operations", figures.operations, "operations", .none) }
        add("wall_time", figures.wallNanoseconds, "ns", timed)
        add("cpu_time", figures.processorNanoseconds, "ns", timed)
        let peak = figures.recording.samples.map(\.residentBytes).max()
        add("resident_bytes_peak", peak.map { baseline.aboveResident($0) }, "bytes", .lower)
        add("live_bytes", figures.heap.liveBytes.map { baseline.aboveLive($0) }, "bytes", .lower)
        add("subject_live_bytes", report.liveBytes, "bytes", .none)
        // What the allocators mean by it differs, so that less is not better across them.
        add("held_bytes", figures.heap.heldBytes.map { baseline.aboveHeld($0) }, "bytes", .none)
        add("allocator_active_bytes", figures.heap.activeBytes, "bytes", .none)
        add("allocator_free_bytes", figures.heap.freeBytes, "bytes", .none)
        add("allocator_retained_bytes", figures.heap.retainedBytes, "bytes", .none)
        add("allocated_bytes", figures.allocatedBytes, "bytes", timed)
        add("minor_faults", figures.usage.minorFaults, "count", timed)
        add("major_faults", figures.usage.majorFaults, "count", timed)
        add("context_switches", figures.usage.contextSwitches, "count", timed)
        // What the subject counts is nearer to what the program uses: an allocator takes an arena for live as a whole.
        if let live = report.liveBytes ?? figures.heap.liveBytes.map({ baseline.aboveLive($0) }), live > 0,
            let resident = figures.recording.samples.last.map({ baseline.aboveResident($0.residentBytes) })
        {
            let own = resident - min(resident, report.otherResidentBytes)
            result.append(
                Measurement(
                    metric: "fragmentation_ratio", value: Double(own) / Double(live), unit: "ratio", direction: .lower))
        }
        return result + figures.aside
    }

    private func accounting(_ figures: PhaseFigures, _ report: PhaseReport) -> [Measurement] {
        let resident = figures.recording.samples.last?.residentBytes
        return AccountingAudit(
            accountedBytes: report.accountedBytes, accountedResidentBytes: report.accountedResidentBytes,
            liveBytes: figures.heap.liveBytes.map { baseline.aboveLive($0) },
            residentBytes: resident.map { baseline.aboveResident($0) },
            reserveBytes: figures.heap.freeBytes.map { baseline.aboveFree($0) } ?? 0
        ).measurements
    }

    /// Entities where each operation goes through all of them, operations elsewhere.
    private static func throughputUnit(_ specification: PhaseSpecification) -> String {
        let perEntity: Set<OperationKind> = [.scan, .serialize, .verify]
        return specification.operations.allSatisfy { perEntity.contains($0.kind) } ? "entities/s" : "operations/s"
    }

    private func row(_ measurement: Measurement, role: String = "", operation: String) -> SampleRow {
        SampleRow(
            run: job.run, scenario: job.scenario.name, scenarioHash: job.scenarioHash, phase: specification.name,
            role: role, operation: operation, subject: arm.subject, allocator: arm.allocator,
            allocatorOptions: arm.allocatorOptions, strategy: arm.strategy, threads: threads,
            parameters: arm.parameters, block: job.block, metric: measurement.metric, value: measurement.value,
            unit: measurement.unit, direction: measurement.direction, digest: digest)
    }
}
