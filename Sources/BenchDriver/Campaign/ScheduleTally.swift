import BenchResults
import BenchWorkload
import Foundation

/// The open loops of a campaign that did not keep their times, told once for each place instead of once for each block.
struct ScheduleTally {
    private struct Place: Hashable {
        let scenario: String
        let phase: String
        let role: String
        let arm: String
    }

    private struct Entry {
        let place: Place
        var blocks = 0
        /// The shares beyond the tolerance.
        var late: [Double] = []
        var left: [Double] = []
    }

    private var entries: [Entry] = []

    /// Takes in what a block says of its open loops.
    mutating func add(_ result: BlockResult, of job: BlockJob) {
        for phase in result.phases {
            for schedule in phase.schedules {
                let place = Place(
                    scenario: job.scenario.name, phase: phase.name, role: schedule.role, arm: job.arm.label)
                let index = entries.firstIndex { $0.place == place } ?? entries.count
                if index == entries.count { entries.append(Entry(place: place)) }
                entries[index].blocks += 1
                if schedule.lateShare > ScheduleAudit.tolerance { entries[index].late.append(schedule.lateShare) }
                if schedule.leftShare > ScheduleAudit.tolerance { entries[index].left.append(schedule.leftShare) }
            }
        }
    }

    /// What a reader should know of a scenario's open loops, in sentences.
    func sentences(scenario: String) -> [String] {
        entries.filter { $0.place.scenario == scenario }.flatMap { entry -> [String] in
            let place = entry.place
            let role = place.role.isEmpty ? "" : " of the role `\(place.role)`"
            let start = "\(scenario), phase `\(place.phase)`, \(place.arm): in "
            func blocks(_ count: Int) -> String {
                count == entry.blocks ? "each of \(count) blocks" : "\(count) of \(entry.blocks) blocks"
            }
            var sentences: [String] = []
            if let shares = Self.range(entry.late) {
                sentences.append(
                    start + "\(blocks(entry.late.count)) the generator began \(shares) of the operations\(role) late; "
                        + "their latencies are left out: use fewer threads or a lower rate")
            }
            if let shares = Self.range(entry.left) {
                sentences.append(
                    start
                        + "\(blocks(entry.left.count)) \(shares) of the operations\(role) were due and not begun when "
                        + "the time was over: the subject does not keep up with the planned rate")
            }
            return sentences
        }
    }

    /// The smallest and largest of some shares, for a reader; nil of none.
    private static func range(_ shares: [Double]) -> String? {
        guard let least = shares.min(), let most = shares.max() else { return nil }
        func text(_ share: Double) -> String { String(format: "%.1f", share * 100) }
        return text(least) == text(most) ? "\(text(least)) %" : "\(text(least)) to \(text(most)) %"
    }
}
