import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc

/// One block of a scenario whose workload is a program: one run of it from start to end, watched from outside.
///
/// The program runs in the user's environment with the arm's preload and options, reads nothing, and its output is
/// thrown away; standard error goes to the job's log. The time counts from before the start to after the end, loading
/// included, since that is what a user waits for.
struct CommandBlock {
    /// The name of the phase and of the operation.
    static let phase = "run"

    let job: BlockJob
    let interruptDescriptor: Int32?

    func run(until deadline: UInt64, timeoutNanoseconds: UInt64) throws(DriverError) -> LaunchOutcome {
        guard let program = job.scenario.command.first.flatMap({ ProgramFile(named: $0) }) else {
            throw DriverError("\(job.label): the program `\(job.scenario.command.first ?? "")` is not there any more")
        }
        let environment = ChildEnvironment.full(
            preload: job.allocator.path, allocatorKind: job.allocator.name, options: job.arm.allocatorOptions)
        let reference = try BlockWorker.measured { () throws(MeasurementError) in try ReferenceLoop() }
        let referenceBefore = reference.run()
        let before = try conditions()
        var memory = CommandMemory()
        let start = MonotonicClock.now()
        let child = try ChildProcess(
            executable: program.path, arguments: Array(job.scenario.command.dropFirst()), environment: environment,
            logPath: job.logPath, keepsOutput: false, reportDescriptor: nil)
        var proof = CommandProof(job.allocator)
        let event = try watch(child, since: start, until: deadline, &proof, &memory)
        let end = child.end(after: event)
        let wall = MonotonicClock.now() - start
        switch end {
        case .interrupted: return .interrupted
        case .timedOut:
            throw DriverError(
                "\(job.label): `\(program.path)` had not ended after \(timeoutNanoseconds / 1_000_000_000) s and was "
                    + "killed\(ProcessLauncher.lastWords(job))")
        case .signalled(let signal):
            throw DriverError(
                "\(job.label): `\(program.path)` \(ProcessLauncher.signalText(signal))\(ProcessLauncher.lastWords(job))"
            )
        case .exited(let code) where code != 0:
            throw DriverError(
                "\(job.label): `\(program.path)` ended with code \(code)\(ProcessLauncher.lastWords(job))")
        case .exited: break
        }
        if proof.evidence == nil, proof.stranger == nil { try askLoader(program, environment, deadline, &proof) }
        var result = BlockResult(status: .done)
        if let refutation = proof.refutation(of: program) {
            result.status = .unproven(reason: refutation)
            return .finished(result)
        }
        result.allocator = identity(proof)
        result.phases = [
            BlockResult.Phase(
                name: Self.phase, operation: Self.phase, threads: job.arm.threads, planHash: SampleRow.noDigest)
        ]
        result.rows = rows(wall: wall, usage: child.usage ?? rusage(), memory)
        result.timeline = timeline(memory)
        result.conditions = try conditions().since(before)
        result.referenceNanoseconds = [referenceBefore, reference.run()]
        return .finished(result)
    }

    /// Watches the program to its end. Until the allocator is seen, it is looked for without pause at first, when the
    /// loader is at work; afterwards only the memory is looked at, now and then.
    private func watch(
        _ child: ChildProcess, since start: UInt64, until deadline: UInt64, _ proof: inout CommandProof,
        _ memory: inout CommandMemory
    ) throws(DriverError) -> ChildProcess.Event {
        var nextLook = start
        var nextSample = start
        while true {
            let now = MonotonicClock.now()
            if !proof.isDone, now >= nextLook {
                proof.look(at: child.identifier)
                let age = now - start
                // The C library's arm is looked at ever more rarely: what is mapped late was loaded by the program.
                nextLook = proof.evidence != nil ? now + age : age < 5_000_000 ? now : now + 1_000_000
            }
            if now >= nextSample {
                memory.sample(child.identifier, after: now - start)
                nextSample = now + memory.periodNanoseconds(after: now - start)
            }
            let next = min(deadline, proof.isDone ? nextSample : min(nextLook, nextSample))
            switch try child.watch(until: next, interruptDescriptor: interruptDescriptor, line: { _ in true }) {
            case .ended: return .ended
            case .interrupted: return .interrupted
            case .paused, .deadline: if MonotonicClock.now() >= deadline { return .deadline }
            }
        }
    }

    /// Asks the loader what it would map for the program, without running it. A statically linked program has no
    /// loader, and would run.
    private func askLoader(
        _ program: ProgramFile, _ environment: [String], _ deadline: UInt64, _ proof: inout CommandProof
    ) throws(DriverError) {
        let loaded = program.loaded
        guard loaded.isDynamicallyLinked else { return }
        let path = "\(job.folder)/loader.txt"
        let child = try ChildProcess(
            executable: loaded.path, arguments: [], environment: environment + ["LD_TRACE_LOADED_OBJECTS=1"],
            logPath: path, reportDescriptor: nil)
        let event = try child.watch(until: deadline, interruptDescriptor: interruptDescriptor) { _ in true }
        _ = child.end(after: event)
        proof.judge(CommandProof.loaderList((try? String(contentsOfFile: path, encoding: .utf8)) ?? ""))
    }

    private func identity(_ proof: CommandProof) -> AllocatorIdentity {
        let variables =
            (try? AllocatorVariables.parse(allocator: job.allocator.name, options: job.arm.allocatorOptions)) ?? []
        return AllocatorIdentity(
            kind: AllocatorKind(rawValue: job.allocator.name) ?? .other, path: proof.evidence ?? "", version: nil,
            options: Dictionary(variables.map { ("env.\($0.name)", $0.value) }, uniquingKeysWith: { $1 }))
    }

    private func rows(wall: UInt64, usage: rusage, _ memory: CommandMemory) -> [SampleRow] {
        func nanoseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1e9 + Double(time.tv_usec) * 1e3 }
        var figures = [
            Measurement(
                metric: "throughput", value: 1e9 / Double(max(1, wall)), unit: "runs/s", direction: .higher),
            Measurement(metric: "wall_time", value: Double(wall), unit: "ns", direction: .lower),
            Measurement(
                metric: "cpu_time", value: nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime), unit: "ns",
                direction: .lower),
        ]
        if let peak = memory.peakBytes(usage) {
            figures.append(
                Measurement(metric: "resident_bytes_peak", value: Double(peak), unit: "bytes", direction: .lower))
        }
        for (metric, count) in [
            ("minor_faults", usage.ru_minflt), ("major_faults", usage.ru_majflt),
            ("context_switches", usage.ru_nvcsw + usage.ru_nivcsw),
        ] {
            figures.append(Measurement(metric: metric, value: Double(count), unit: "count", direction: .lower))
        }
        return figures.map { figure in
            SampleRow(
                run: job.run, scenario: job.scenario.name, scenarioHash: job.scenarioHash, phase: Self.phase,
                operation: Self.phase, subject: job.arm.subject, allocator: job.arm.allocator,
                allocatorOptions: job.arm.allocatorOptions, strategy: job.arm.strategy, threads: job.arm.threads,
                parameters: job.arm.parameters, block: job.block, metric: figure.metric, value: figure.value,
                unit: figure.unit, direction: figure.direction)
        }
    }

    private func timeline(_ memory: CommandMemory) -> [TimelineRow] {
        memory.samples.map { sample in
            TimelineRow(
                scenario: job.scenario.name, phase: Self.phase, arm: job.arm.label,
                seconds: Double(sample.nanoseconds) / 1e9, operations: 0, residentBytes: Int(clamping: sample.bytes),
                block: job.block)
        }
    }

    private func conditions() throws(DriverError) -> SystemConditions {
        try BlockWorker.measured { () throws(MeasurementError) in try SystemConditions.read() }
    }
}
