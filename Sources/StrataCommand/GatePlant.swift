import ArgumentParser
import BenchDriver

/// What the candidate of a gate is loaded with, to try the gate out: it must not pass.
enum GatePlant: String, ExpressibleByArgument, CaseIterable {
    /// A tenth more time in each batch.
    case time
    /// Three in a hundred more instructions in the phase with the cheapest batches.
    case instructions
    /// Memory in each batch that is never given back.
    case leak

    /// What the candidate does beside its own work in the rounds.
    var measured: BlockJob.PlantedLoad? {
        switch self {
        case .time: BlockJob.PlantedLoad(timeShare: GateRun.plantedShare)
        case .instructions: nil
        case .leak: counted
        }
    }

    /// What it does while it is counted, as far as that does not depend on what is counted.
    var counted: BlockJob.PlantedLoad? {
        self == .leak ? BlockJob.PlantedLoad(leakedBytesPerBatch: 64) : nil
    }

    /// What the arm `planted` does in the rounds: a planted slowdown on top of the candidate's.
    var plantedMeasured: BlockJob.PlantedLoad {
        var load = measured ?? BlockJob.PlantedLoad()
        load.timeShare = (1 + load.timeShare) * (1 + GateRun.plantedShare) - 1
        return load
    }
}
