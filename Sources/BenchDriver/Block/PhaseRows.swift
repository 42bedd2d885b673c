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

    func rows(
        _ figures: PhaseFigures, latencies: [(kind: OperationKind, histogram: Histogram<UInt64>)],
        own: [Measurement]
    ) -> [SampleRow] {
        let mixture = specification.operationName
        var rows = phaseMeasurements(figures).map { row($0, operation: mixture) }
        for (kind, histogram) in latencies {
            rows += Self.latencyMeasurements(histogram).map { row($0, operation: kind.name) }
        }
        rows += own.map { row($0, operation: mixture) }
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
    static func latencyMeasurements(_ histogram: Histogram<UInt64>) -> [Measurement] {
        guard histogram.totalCount > 0 else { return [] }
        let percentiles: [(metric: String, percentile: Double, samples: UInt64)] = [
            ("latency_p50", 50, 20), ("latency_p90", 90, 100), ("latency_p99", 99, 1_000),
            ("latency_p999", 99.9, 10_000),
        ]
        var result: [Measurement] = []
        for (metric, percentile, samples) in percentiles where histogram.totalCount >= samples {
            let value = min(histogram.valueAtPercentile(percentile), histogram.maxRecorded)
            result.append(Measurement(metric: metric, value: Double(value), unit: "ns", direction: .lower))
        }
        result.append(
            Measurement(
                metric: "latency_max", value: Double(histogram.maxRecorded), unit: "ns", direction: .lower))
        return result
    }

    private func phaseMeasurements(_ figures: PhaseFigures) -> [Measurement] {
        // In a phase with a duration the time is given: only what was done in it is a result.
        let timed: Direction = specification.durationNanoseconds == nil ? .lower : .none
        var result: [Measurement] = []
        if figures.wallNanoseconds > 0 {
            let perSecond = Double(figures.outcome.items) / (Double(figures.wallNanoseconds) / 1e9)
            result.append(
                Measurement(metric: "throughput", value: perSecond, unit: throughputUnit, direction: .higher))
        }
        func add(_ metric: String, _ value: UInt64?, _ unit: String, _ direction: Direction) {
            guard let value else { return }
            result.append(Measurement(metric: metric, value: Double(value), unit: unit, direction: direction))
        }
        add("operations", figures.operations, "operations", .none)
        add("wall_time", figures.wallNanoseconds, "ns", timed)
        add("cpu_time", figures.processorNanoseconds, "ns", timed)
        let peak = figures.recording.samples.map(\.residentBytes).max()
        add("resident_bytes_peak", peak.map { baseline.aboveResident($0) }, "bytes", .lower)
        add("live_bytes", figures.heap.liveBytes.map { baseline.aboveLive($0) }, "bytes", .lower)
        add("held_bytes", figures.heap.heldBytes.map { baseline.aboveHeld($0) }, "bytes", .lower)
        add("allocated_bytes", figures.allocatedBytes, "bytes", timed)
        add("minor_faults", figures.usage.minorFaults, "count", timed)
        add("major_faults", figures.usage.majorFaults, "count", timed)
        add("context_switches", figures.usage.contextSwitches, "count", timed)
        return result
    }

    /// Entities where each operation goes through all of them, operations elsewhere.
    private var throughputUnit: String {
        let perEntity: Set<OperationKind> = [.scan, .serialize, .verify]
        return specification.operations.allSatisfy { perEntity.contains($0.kind) } ? "entities/s" : "operations/s"
    }

    private func row(_ measurement: Measurement, operation: String) -> SampleRow {
        SampleRow(
            run: job.run, scenario: job.scenario.name, scenarioHash: job.scenarioHash, phase: specification.name,
            operation: operation, subject: arm.subject, allocator: arm.allocator,
            allocatorOptions: arm.allocatorOptions, strategy: arm.strategy, threads: threads,
            parameters: arm.parameters, block: job.block, metric: measurement.metric, value: measurement.value,
            unit: measurement.unit, direction: measurement.direction, digest: digest)
    }
}
