import BenchResults
import BenchWorkload

/// What each phase of each scenario was first seen to plan and to answer, to notice at once who differs.
///
/// The plan is the same in every block, so that all arms and all blocks of a scenario must agree.
struct AnswerLedger {
    private struct Key: Hashable {
        var scenario: String
        var phase: String
        var what: String
        var parameters: String
    }

    private struct Witness {
        var label: String
        var digest: String
    }

    private var first: [Key: Witness] = [:]

    /// Enters the phases of a result and returns where they differ from what was entered before.
    mutating func enter(_ result: BlockResult, of job: BlockJob) -> [CampaignOutcome.Conflict] {
        var conflicts: [CampaignOutcome.Conflict] = []
        for phase in result.phases {
            for (what, digest) in [("plans", phase.planHash), ("answers", phase.digest)]
            where digest != SampleRow.noDigest {
                let key = Key(
                    scenario: job.scenario.name, phase: phase.name, what: what, parameters: job.arm.parameters)
                let label = "\(job.arm.label) in block \(job.block)"
                guard let witness = first[key] else {
                    first[key] = Witness(label: label, digest: digest)
                    continue
                }
                if witness.digest != digest {
                    conflicts.append(
                        CampaignOutcome.Conflict(
                            scenario: job.scenario.name, phase: phase.name, what: what, first: witness.label,
                            firstDigest: witness.digest, other: label, otherDigest: digest))
                }
            }
        }
        return conflicts
    }
}
