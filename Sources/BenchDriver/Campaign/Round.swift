import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation

/// All arms of a scenario, run once one after the other: the unit that is kept or repeated as a whole.
struct Round {
    /// One arm's block.
    struct Entry {
        /// How far the block has come.
        enum State {
            /// Its work is done, its memory is watched.
            case settling(any SettlingBlock)
            /// Its result is in.
            case finished(BlockResult)
            /// Its allocator is not proven; it counts for nothing.
            case leftOut
        }

        let job: BlockJob
        /// The arm's place in the order of the block, from 0.
        let position: Int
        /// Since 1970, UTC.
        let startSeconds: Double
        /// How long its work took, set-up included, settling not.
        let seconds: Double
        /// What the rest of the machine did meanwhile.
        let conditions: SystemConditions?
        var state: State

        var result: BlockResult? { if case .finished(let result) = state { result } else { nil } }
        var isLeftOut: Bool { if case .leftOut = state { true } else { false } }
        var settling: (any SettlingBlock)? { if case .settling(let block) = state { block } else { nil } }

        /// The most threads that a phase of the block runs on.
        var threads: Int {
            job.scenario.phases.map { phase in
                phase.roles.isEmpty ? job.arm.threads : phase.roles.reduce(0) { $0 + $1.threads }
            }.max() ?? job.arm.threads
        }

        /// What the block came to as a row.
        func row(attempt: Int, isKept: Bool) -> BlockRow {
            let references = result?.referenceNanoseconds ?? []
            func seconds(_ microseconds: UInt64?) -> Double? { microseconds.map { Double($0) / 1e6 } }
            return BlockRow(
                scenario: job.scenario.name, arm: job.arm.label, block: job.block, attempt: attempt,
                position: position, startSeconds: startSeconds, seconds: self.seconds,
                referenceNanoseconds: references.isEmpty ? nil : references.reduce(0, +) / Double(references.count),
                stolenSeconds: conditions?.stolenNanoseconds.map { Double($0) / 1e9 },
                cpuPressureSeconds: seconds(conditions?.processorPressureMicroseconds),
                memoryPressureSeconds: seconds(conditions?.memoryPressureMicroseconds),
                diskPressureSeconds: seconds(conditions?.diskPressureMicroseconds), kept: isKept)
        }
    }

    let block: Int
    /// How often the block was run before.
    let attempt: Int
    let isWarmup: Bool
    var entries: [Entry] = []

    init(block: Int, attempt: Int, isWarmup: Bool) {
        self.block = block
        self.attempt = attempt
        self.isWarmup = isWarmup
    }

    /// Whether every block of the round has ended.
    var isOver: Bool { entries.allSatisfy { $0.settling == nil } }

    /// Whether nothing of the round needs to be waited for.
    var isReady: Bool { entries.allSatisfy { $0.settling?.isOver ?? true } }

    /// Ends what still settles.
    func abandon() {
        for entry in entries {
            guard let block = entry.settling else { continue }
            block.abandon()
            try? FileManager.default.removeItem(atPath: entry.job.folder)
        }
    }

    /// What is in, in the order in which it was run.
    var results: [(job: BlockJob, result: BlockResult)] {
        entries.compactMap { entry in entry.result.map { (entry.job, $0) } }
    }

    /// The rows of `blocks.csv`.
    func rows(isKept: Bool) -> [BlockRow] {
        entries.filter { $0.result != nil }.map { $0.row(attempt: attempt, isKept: isKept) }
    }

    /// Why the round's figures should not count, or nil when they should.
    func disturbance(_ limits: Disturbance, processors: Int, references: [Double]) -> String? {
        for (job, result) in results {
            for phase in result.phases {
                if let reason = phase.invalid { return "phase `\(phase.name)` of \(job.arm.label): \(reason)" }
            }
        }
        for entry in entries where entry.result != nil {
            var row = entry.row(attempt: attempt, isKept: true)
            // Whose own threads outnumber the processors waits for itself.
            if entry.threads > processors { row.cpuPressureSeconds = nil }
            if let reason = limits.reason(for: row, processors: processors, references: references) {
                return "\(row.arm): \(reason)"
            }
        }
        return nil
    }
}
