import BenchMeasurement
import BenchWorkload

/// Runs one phase on its threads, with everything that is measured around it.
struct PhaseRunner {
    let subject: any Subject
    let phase: String
    let layout: PhaseLayout
    /// The phase's plan.
    let operations: UnsafeBufferPointer<Operation>
    let equipment: PhaseEquipment
    /// The seed of the planned times.
    let seed: UInt64
    /// Whether the plan is gone through untimed first.
    let warmsUp: Bool

    /// Runs the phase. The subject is prepared, and finished by the caller.
    func run() throws(DriverError) -> PhaseFigures {
        equipment.reset(for: layout)
        let workers = layout.lanes.flatMap { lane in
            lane.threads.map { number in
                let schedule = lane.arrival.map { arrival in
                    ArrivalSchedule(
                        arrival, phase: lane.specification.name, thread: number - lane.threads.lowerBound,
                        threads: lane.threads.count, seed: seed)
                }
                return PhaseThread(
                    lane: lane, number: number, slice: layout.slice(of: number, in: lane, operations),
                    schedule: schedule, subject: subject, equipment: equipment)
            }
        }
        let figures = try layout.threads == 1 ? runAlone(workers[0]) : runTogether(workers)
        if let failure = workers.compactMap(\.failure).first { throw DriverError("phase `\(phase)`: \(failure)") }
        return figures
    }

    private func runAlone(_ worker: PhaseThread) throws(DriverError) -> PhaseFigures {
        let counter = AllocationCounter.ofThisThread(kind: equipment.allocatorKind)
        let warmUp = warmsUp ? WarmUp(on: worker) : nil
        let before = try begin()
        worker.run(counter: counter, origin: PhaseOrigin()) {}
        let after = try read()
        return try figures(of: [worker], before, after, warmUp)
    }

    private func runTogether(_ workers: [PhaseThread]) throws(DriverError) -> PhaseFigures {
        // The threads wait a third time before they end: what the allocator counts for a thread ends with it, and
        // so do its caches.
        let ready = try ThreadBarrier(threads: workers.count + 1)
        let done = try ThreadBarrier(threads: workers.count + 1)
        let leave = try ThreadBarrier(threads: workers.count + 1)
        let gate = try warmsUp ? WarmUpGate(workers) : nil
        let origin = PhaseOrigin(working: workers.count { !$0.lane.isStalled })
        var started: [NativeThread] = []
        for (number, worker) in workers.enumerated() {
            let kind = equipment.allocatorKind
            // Were one refused, the threads before it would wait for ever; the process ends with this error.
            started.append(
                try measured { () throws(MeasurementError) in
                    try NativeThread(name: "worker-\(number)") {
                        let counter = AllocationCounter.ofThisThread(kind: kind)
                        gate?.follow(worker)
                        ready.wait()
                        worker.run(counter: counter, origin: origin) {
                            done.wait()
                            leave.wait()
                        }
                    }
                })
        }
        let warmUp = gate?.lead()
        let before = try begin()
        ready.wait()
        done.wait()
        let after = try read()
        let figures = try figures(of: workers, before, after, warmUp)
        leave.wait()
        for thread in started { thread.join() }
        return figures
    }

    private func figures(
        of workers: [PhaseThread], _ before: Readings, _ after: Readings, _ warmUp: WarmUp?
    ) throws(DriverError) -> PhaseFigures {
        // The recording takes memory: the heap is read before.
        let heap = equipment.statistics.read()
        let recording = try measured { () throws(MeasurementError) in try equipment.sampler.stop() }
        // Stalled threads work for a moment only: the phase's time is the others'.
        let working = workers.filter { !$0.lane.isStalled }
        let allocated = workers.map(\.allocatedBytes)
        return PhaseFigures(
            startSeconds: before.secondsSinceEpoch, end: working.map(\.end).max() ?? 0,
            wallNanoseconds: Self.wall(working),
            processorNanoseconds: UInt64(max(0, after.processorNanoseconds - before.processorNanoseconds)),
            usage: after.usage - before.usage - recording.samplerUsage, recording: recording, heap: heap,
            allocatedBytes: allocated.contains(nil) ? nil : allocated.reduce(0) { $0 + ($1 ?? 0) },
            lanes: layout.lanes.map { lane in Self.figures(of: lane, workers[lane.threads]) },
            aside: warmUp?.measurements ?? [])
    }

    private static func figures(
        of lane: PhaseLayout.Lane, _ workers: ArraySlice<PhaseThread>
    ) -> PhaseFigures.Lane {
        var outcome = BatchOutcome()
        for worker in workers {
            outcome.digest &+= worker.outcome.digest
            outcome.items &+= worker.outcome.items
            outcome.bytes &+= worker.outcome.bytes
        }
        return PhaseFigures.Lane(
            layout: lane, wallNanoseconds: wall(workers), operations: workers.reduce(0) { $0 + $1.operations },
            outcome: outcome)
    }

    private static func wall(_ workers: some Collection<PhaseThread>) -> UInt64 {
        (workers.map(\.end).max() ?? 0) - (workers.map(\.start).min() ?? 0)
    }

    /// Starts the sampler, then reads the process: the sampler's start is not the phase's.
    private func begin() throws(DriverError) -> Readings {
        try measured { () throws(MeasurementError) in try equipment.sampler.start() }
        return try read()
    }

    private func read() throws(DriverError) -> Readings {
        let sampler = equipment.sampler
        return Readings(
            usage: try measured { () throws(MeasurementError) in try ResourceUsage.ofProcess() },
            secondsSinceEpoch: MonotonicClock.secondsSinceEpoch(),
            processorNanoseconds: Int64(MonotonicClock.processorTimeOfProcess())
                - Int64(try measured { () throws(MeasurementError) in try sampler.processorTime() }))
    }

    private func measured<T>(_ body: () throws(MeasurementError) -> T) throws(DriverError) -> T {
        do throws(MeasurementError) {
            return try body()
        } catch {
            throw DriverError("phase `\(phase)`: \(error)")
        }
    }

    /// Readings of the process at one end of the timed region.
    private struct Readings {
        var usage: ResourceUsage
        var secondsSinceEpoch: Double
        /// Without the sampler's. The two clocks are read one after the other while both run: after a phase of some
        /// microseconds the figure may be smaller than before it.
        var processorNanoseconds: Int64
    }
}
