import BenchMeasurement
import BenchWorkload
import GraphData

extension ExecutionPlan.Phase {
    /// The phase as one thread goes through it once, its operations drawn into the plan's mapping. The phase has a
    /// count of operations, and no roles.
    func plainContext(dataset: MappedDataset, seed: UInt64, in plan: SharedMapping<Operation>) -> PhaseContext {
        let operations = UnsafeMutableBufferPointer(rebasing: plan.elements[..<(operationCount ?? 0)])
        ExecutionPlan.operations(
            for: specification, entityCount: dataset.entityCount, seed: seed, loaded: loaded, trace: dataset,
            into: operations)
        return PhaseContext(
            specification: specification, threads: 1, loaded: loaded, operations: UnsafeBufferPointer(operations),
            isRepeatable: true)
    }
}
