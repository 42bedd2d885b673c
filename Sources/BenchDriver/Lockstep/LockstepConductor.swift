import BenchResults
import BenchWorkload

/// Leads the arms of one round through the phases, one slice of one arm at a time.
struct LockstepConductor {
    /// One of the arms.
    struct Player {
        /// As in the column `arm` of `slices.csv`.
        var name: String
        /// The same number for arms of the same executable: they must answer alike whatever changed in the project.
        var build: Int
        var channel: LineChannel
    }

    /// What a round left.
    struct Score {
        var rows: [SliceRow] = []
        var skipped: [(phase: String, reason: String)] = []
    }

    /// Why a round could not be led to its end.
    enum Stop: Error {
        /// Nothing came from an arm, or nothing could be told to it.
        case silent(player: Int, LineChannel.Silence)
        case failed(DriverError)
    }

    let players: [Player]
    let scenario: Scenario
    let scenarioHash: String
    let round: Int
    let stage: String
    /// The phases that are wanted; nil for all.
    let wanted: Set<String>?
    let policy: SlicePolicy
    let timeoutNanoseconds: UInt64
    let interruptDescriptor: Int32?

    /// Leads the round.
    ///
    /// - Parameter progress: called with the name of each phase that is measured, as it begins.
    func run(progress: (String) -> Void) throws(Stop) -> Score {
        var score = Score()
        var left = Set(scenario.phases.map(\.name)).intersection(wanted ?? Set(scenario.phases.map(\.name)))
        while let phase = try nextPhase(into: &score) {
            guard !left.isEmpty else {
                try tellAll(.stop)
                for player in players.indices { try expect(.over, from: player) }
                break
            }
            let isWanted = left.remove(phase.name) != nil
            if isWanted, let reason = Self.refusal(scenario.phases.first { $0.name == phase.name }) {
                score.skipped.append((phase.name, reason))
                try pass(phase)
            } else if isWanted {
                progress(phase.name)
                try measure(phase, into: &score)
            } else {
                try pass(phase)
            }
        }
        return score
    }

    /// Why the times of a phase that can be sliced say nothing all the same, or nil.
    ///
    /// Measured: the medians of two equal arms that write and sync one file a round differ by a quarter over 12 rounds.
    private static func refusal(_ phase: PhaseSpecification?) -> String? {
        guard let phase, phase.has(.serialize) || phase.has(.checkpoint) else { return nil }
        return "it writes a file and syncs it, and the disk decides how long that takes"
    }

    /// What all arms are ready to begin, or nil when there is nothing left. They must agree.
    private func nextPhase(into score: inout Score) throws(Stop) -> LockstepReport.Phase? {
        while true {
            var reports: [LockstepReport] = []
            for player in players.indices { reports.append(try report(from: player)) }
            if let other = reports.firstIndex(where: { $0 != reports[0] }) {
                throw .failed(
                    disagreement(
                        0, other,
                        "come to different work: `\(reports[0].line)` and `\(reports[other].line)`"))
            }
            switch reports[0] {
            case .phase(let phase): return phase
            case .skipped(let name, let reason): score.skipped.append((name, reason))
            case .over: return nil
            default: throw .failed(DriverError("\(scenario.name): unexpected in lockstep: `\(reports[0].line)`"))
            }
        }
    }

    // MARK: A phase

    private func measure(_ phase: LockstepReport.Phase, into score: inout Score) throws(Stop) {
        let specification = scenario.phases.first { $0.name == phase.name }
        var schedule = SliceSchedule(
            count: phase.count, isRepeatable: phase.repetition == .again, granule: specification?.batchSize ?? 1,
            policy: policy)
        var begin = 0
        while let end = schedule.next() {
            let slice = schedule.slices - 1
            var times: [Int] = []
            let order = SliceOrder.order(arms: players.count, slice: slice, offset: round)
            for (position, player) in order.enumerated() {
                let (wall, cpu) = try run(player, to: end)
                times.append(wall)
                score.rows.append(
                    SliceRow(
                        scenario: scenario.name, scenarioHash: scenarioHash, phase: phase.name,
                        operation: specification?.operationName ?? phase.name, arm: players[player].name, round: round,
                        stage: stage, slice: slice, position: position, operations: end - begin,
                        wallNanoseconds: wall, cpuNanoseconds: cpu))
            }
            times.sort()
            schedule.took(nanoseconds: Double(times[times.count / 2]), operations: end - begin)
            begin = end
        }
        try finish(phase)
    }

    /// Gets a phase that is not wanted out of the way: left out where nothing depends on it, else done by all arms at
    /// once.
    private func pass(_ phase: LockstepReport.Phase) throws(Stop) {
        guard phase.repetition == .once else {
            try tellAll(.skip)
            for player in players.indices { _ = try report(from: player) }
            return
        }
        try tellAll(.run(upTo: phase.count))
        for player in players.indices { _ = try done(player, phase.count) }
        try finish(phase)
    }

    /// Ends a phase in all arms at once, and compares their answers.
    private func finish(_ phase: LockstepReport.Phase) throws(Stop) {
        try tellAll(.finish)
        var first: String?
        for player in players.indices {
            let report = try report(from: player)
            guard case .end(phase.name, let digest) = report else { throw .failed(surprise(player, report)) }
            if let first, first != digest {
                throw .failed(disagreement(0, player, "answer the phase `\(phase.name)` differently"))
            }
            first = digest
        }
    }

    private func run(_ player: Int, to end: Int) throws(Stop) -> (wall: Int, cpu: Int) {
        try tell(player, .run(upTo: end))
        return try done(player, end)
    }

    private func done(_ player: Int, _ end: Int) throws(Stop) -> (wall: Int, cpu: Int) {
        let report = try report(from: player)
        guard case .done(end, let wall, let cpu) = report else { throw .failed(surprise(player, report)) }
        return (wall, cpu)
    }

    // MARK: Lines

    private func tell(_ player: Int, _ command: LockstepCommand) throws(Stop) {
        do throws(LineChannel.Silence) {
            try players[player].channel.send(command.line)
        } catch {
            throw .silent(player: player, error)
        }
    }

    private func tellAll(_ command: LockstepCommand) throws(Stop) {
        for player in players.indices { try tell(player, command) }
    }

    private func report(from player: Int) throws(Stop) -> LockstepReport {
        let line: String
        do throws(LineChannel.Silence) {
            line = try players[player].channel.receive(
                timeoutNanoseconds: timeoutNanoseconds, interruptDescriptor: interruptDescriptor)
        } catch {
            throw .silent(player: player, error)
        }
        guard let report = LockstepReport(line: line) else {
            throw .failed(
                DriverError("\(scenario.name), arm `\(players[player].name)`: unexpected in lockstep: `\(line)`"))
        }
        return report
    }

    private func expect(_ report: LockstepReport, from player: Int) throws(Stop) {
        let given = try self.report(from: player)
        guard given == report else { throw .failed(surprise(player, given)) }
    }

    private func surprise(_ player: Int, _ report: LockstepReport) -> DriverError {
        DriverError("\(scenario.name), arm `\(players[player].name)`: unexpected in lockstep: `\(report.line)`")
    }

    /// Two builds that differ are the project's doing; two processes of one build are not.
    private func disagreement(_ one: Int, _ other: Int, _ what: String) -> DriverError {
        let names = "`\(players[one].name)` and `\(players[other].name)`"
        return players[one].build == players[other].build
            ? DriverError("\(scenario.name): the arms \(names) are the same program and \(what)")
            : DriverError(
                "\(scenario.name): the arms \(names) \(what): their times cannot be compared", kind: .incomparable)
    }
}
