public import BenchResults

/// The phases in which arms, or blocks of one arm, answered the same work differently, in the order of the samples.
///
/// Rows agree when they have the same digest over all arms, blocks and operations of a scenario and phase. Only a
/// sweep's points that change the work itself are told apart: a point of `configuration.*` must not change an answer.
/// Rows whose digest is `-` take no part. Takes O(samples).
public func digestConflicts(_ samples: [SampleRow]) -> [DigestConflict] { AnswerLedger(samples).conflicts }

/// What each phase of a run answered.
struct AnswerLedger {
    /// The work that must have one answer.
    struct Work: Hashable {
        var scenario: String
        var scenarioHash: String
        var phase: String
        var role: String
        var parameters: String

        init(_ row: SampleRow) {
            scenario = row.scenario
            scenarioHash = row.scenarioHash
            phase = row.phase
            role = row.role
            parameters = workParameters(row.parameters)
        }

        init(_ key: SeriesKey) {
            scenario = key.scenario
            scenarioHash = key.scenarioHash
            phase = key.phase
            role = key.role
            parameters = workParameters(key.arm.parameters)
        }
    }

    private struct Witness: Hashable {
        var work: Work
        var arm: ArmKey
    }

    let conflicts: [DigestConflict]
    private let conflicting: Set<Work>
    private let proven: Set<Witness>

    init(_ samples: some Sequence<SampleRow>) {
        var order: [Work] = []
        var answers: [Work: [String: [ArmKey: Set<Int>]]] = [:]
        var proven: Set<Witness> = []
        for row in samples where row.digest != SampleRow.noDigest {
            let work = Work(row)
            if answers[work] == nil { order.append(work) }
            answers[work, default: [:]][row.digest, default: [:]][row.arm, default: []].insert(row.block)
            proven.insert(Witness(work: work, arm: row.arm))
        }
        let differing = order.filter { (answers[$0]?.count ?? 0) > 1 }
        conflicts = differing.map { work in
            DigestConflict(
                scenario: work.scenario, phase: work.phase, role: work.role, parameters: work.parameters,
                answers: Self.told(answers[work] ?? [:]))
        }
        conflicting = Set(differing)
        self.proven = proven
    }

    /// Whether answers to the work of a series differ, so that nothing of it may be compared or judged.
    func isConflicting(_ key: SeriesKey) -> Bool { conflicting.contains(Work(key)) }

    /// Whether two arms of one work may be compared: both answered with a digest, or neither has one to give.
    func areComparable(_ left: SeriesKey, _ right: SeriesKey) -> Bool {
        !isConflicting(left) && !isConflicting(right) && isProven(left) == isProven(right)
    }

    private func isProven(_ key: SeriesKey) -> Bool { proven.contains(Witness(work: Work(key), arm: key.arm)) }

    private static func told(_ answers: [String: [ArmKey: Set<Int>]]) -> [DigestConflict.Answer] {
        let ranked = answers.sorted { left, right in
            let (leftCount, rightCount) = (left.value.values.map(\.count), right.value.values.map(\.count))
            let (leftSum, rightSum) = (leftCount.reduce(0, +), rightCount.reduce(0, +))
            return leftSum == rightSum ? left.key < right.key : leftSum > rightSum
        }
        return ranked.map { digest, arms in
            let labels = arms.sorted { $0.key < $1.key }.map { arm, blocks in
                let numbers = blocks.sorted().map(String.init).joined(separator: ", ")
                return "\(arm.label) (\(blocks.count == 1 ? "block" : "blocks") \(numbers))"
            }
            return DigestConflict.Answer(digest: digest, arms: labels)
        }
    }
}

/// A sweep's point without the keys that leave the work alone.
private func workParameters(_ parameters: String) -> String {
    parameters.split(separator: ";").filter { !$0.hasPrefix("configuration.") }.joined(separator: ";")
}
