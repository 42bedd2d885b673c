import BenchMeasurement
import BenchWorkload

/// Runs one phase on its threads, with everything that is measured around it.
struct PhaseRunner {
    let subject: any Subject
    let specification: PhaseSpecification
    let operations: UnsafeBufferPointer<Operation>
    let threads: Int
    let recorders: [LatencyRecorder]
    let progress: ProgressCounters
    let allocations: AllocationCounters
    let sampler: TimelineSampler
    let statistics: AllocatorStatistics
    let allocatorKind: AllocatorKind

    /// Runs the phase. The subject is prepared, and finished by the caller.
    func run() throws(DriverError) -> PhaseFigures {
        progress.reset()
        allocations.reset()
        for recorder in recorders { recorder.reset() }
        let workers = (0..<threads).map { number in
            PhaseThread(
                subject: subject, number: number, recorder: recorders[number], progress: progress,
                allocations: allocations)
        }
        return try threads == 1 ? runAlone(workers[0]) : runTogether(workers)
    }

    private func runAlone(_ worker: PhaseThread) throws(DriverError) -> PhaseFigures {
        let counter = AllocationCounter.ofThisThread(kind: allocatorKind)
        let before = try begin()
        worker.run(slice(0), counter: counter)
        let after = try read()
        return try figures(of: [worker], before, after)
    }

    private func runTogether(_ workers: [PhaseThread]) throws(DriverError) -> PhaseFigures {
        // The threads wait a third time before they end: what the allocator counts for a thread ends with it, and
        // so do its caches.
        let ready = try ThreadBarrier(threads: threads + 1)
        let done = try ThreadBarrier(threads: threads + 1)
        let leave = try ThreadBarrier(threads: threads + 1)
        var started: [NativeThread] = []
        for (number, worker) in workers.enumerated() {
            let box = SliceBox(slice(number))
            let kind = allocatorKind
            // Were one refused, the threads before it would wait for ever; the process ends with this error.
            started.append(
                try measured { () throws(MeasurementError) in
                    try NativeThread(name: "worker-\(number)") {
                        let counter = AllocationCounter.ofThisThread(kind: kind)
                        ready.wait()
                        worker.run(box.slice, counter: counter)
                        done.wait()
                        leave.wait()
                    }
                })
        }
        let before = try begin()
        ready.wait()
        done.wait()
        let after = try read()
        let figures = try figures(of: workers, before, after)
        leave.wait()
        for thread in started { thread.join() }
        return figures
    }

    private func figures(
        of workers: [PhaseThread], _ before: Readings, _ after: Readings
    ) throws(DriverError) -> PhaseFigures {
        // The recording takes memory: the heap is read before.
        let heap = statistics.read()
        let recording = try measured { () throws(MeasurementError) in try sampler.stop() }
        if let failure = workers.compactMap(\.failure).first {
            throw DriverError("phase `\(specification.name)`: \(failure)")
        }
        var outcome = BatchOutcome()
        for worker in workers {
            outcome.digest &+= worker.outcome.digest
            outcome.items &+= worker.outcome.items
        }
        let start = workers.map(\.start).min() ?? 0
        let end = workers.map(\.end).max() ?? 0
        let allocated = workers.map(\.allocatedBytes)
        return PhaseFigures(
            startSeconds: before.secondsSinceEpoch,
            wallNanoseconds: end - start,
            processorNanoseconds: UInt64(max(0, after.processorNanoseconds - before.processorNanoseconds)),
            usage: after.usage - before.usage - recording.samplerUsage,
            operations: workers.reduce(0) { $0 + $1.operations }, outcome: outcome, recording: recording,
            heap: heap,
            allocatedBytes: allocated.contains(nil) ? nil : allocated.reduce(0) { $0 + ($1 ?? 0) })
    }

    /// Starts the sampler, then reads the process: the sampler's start is not the phase's.
    private func begin() throws(DriverError) -> Readings {
        try measured { () throws(MeasurementError) in try sampler.start() }
        return try read()
    }

    private func read() throws(DriverError) -> Readings {
        Readings(
            usage: try measured { () throws(MeasurementError) in try ResourceUsage.ofProcess() },
            secondsSinceEpoch: MonotonicClock.secondsSinceEpoch(),
            processorNanoseconds: Int64(MonotonicClock.processorTimeOfProcess())
                - Int64(try measured { () throws(MeasurementError) in try sampler.processorTime() }))
    }

    private func measured<T>(_ body: () throws(MeasurementError) -> T) throws(DriverError) -> T {
        do throws(MeasurementError) {
            return try body()
        } catch {
            throw DriverError("phase `\(specification.name)`: \(error)")
        }
    }

    /// The contiguous part of the plan for one thread. In a phase with a duration, each thread starts at another
    /// place of the ring.
    private func slice(_ number: Int) -> PhaseThread.Slice {
        let sizes = Set(specification.operations.map(\.kind.batchSize))
        let lower = operations.count * number / threads
        let upper = operations.count * (number + 1) / threads
        return PhaseThread.Slice(
            operations: UnsafeBufferPointer(rebasing: operations[lower..<upper]), firstIndex: UInt64(lower),
            duration: specification.durationNanoseconds, isMixed: sizes.count > 1,
            batchSize: specification.batchSize)
    }

    /// Readings of the process at one end of the timed region.
    private struct Readings {
        var usage: ResourceUsage
        var secondsSinceEpoch: Double
        /// Without the sampler's. The two clocks are read one after the other while both run: after a phase of some
        /// microseconds the figure may be smaller than before it.
        var processorNanoseconds: Int64
    }

    /// Carries a slice into a thread: the plan outlives the threads.
    private final class SliceBox: @unchecked Sendable {
        let slice: PhaseThread.Slice
        init(_ slice: PhaseThread.Slice) { self.slice = slice }
    }
}
