import BenchWorkload
import Foundation
import GraphData
import Testing

@Suite struct TracePlanTests {
    private static let text = """
        name: small
        dataset: { source: trace, file: keys.u32 }
        configuration: { cache_policy: s3-fifo, cache_entries: 100 }
        phases:
          - name: replay
            operations: { cache_get: 1 }
            keys: trace
          - name: longer
            operations: { cache_get: 1 }
            keys: trace
            count: 12
          - name: drawn
            operations: { cache_get: 1 }
            count: 5
            keys: uniform
        """

    /// A data set of the keys 50, 40, 50, 30, 50, 40, 20.
    private func trace() throws -> MappedDataset {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("trace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("keys.u32")
        try Data([50, 40, 50, 30, 50, 40, 20].flatMap { [UInt8($0), 0, 0, 0] }).write(to: file)
        let path = folder.appendingPathComponent("d").path
        try DatasetBuilder.build(TraceSource(path: file.path), at: path)
        return try MappedDataset(path: path)
    }

    @Test func aPhaseGoesThroughTheTraceOnceUnlessItSaysHowFar() throws {
        let read = try scenario(Self.text)
        #expect(try scenario(read.yaml()) == read)
        #expect(read.summary.contains("the trace `keys.u32`"))
        #expect(read.summary.contains("each access, cache_get on trace keys"))
        let trace = try trace()
        let phases = try ExecutionPlan.phases(
            of: read, entityCount: trace.entityCount, accessCount: trace.accessCount)
        #expect(phases.map(\.operationCount) == [7, 12, 5])
        let rows = phases.map { phase -> [UInt32] in
            let count = phase.operationCount!
            let plan = [BenchWorkload.Operation](unsafeUninitializedCapacity: count) { buffer, initialized in
                ExecutionPlan.operations(
                    for: phase.specification, entityCount: trace.entityCount, seed: 3, loaded: 0, trace: trace,
                    into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                initialized = count
            }
            return plan.map(\.key)
        }
        #expect(rows[0] == [0, 1, 0, 2, 0, 1, 3])
        #expect(rows[1] == [0, 1, 0, 2, 0, 1, 3, 0, 1, 0, 2, 0])
        #expect(rows[2].allSatisfy { $0 < 4 })
    }

    @Test func aTraceIsNotGoneThroughForATime() {
        let sentence = refusal(Self.text.with("count: 12", "duration: 1s"))
        #expect(sentence.contains("a trace has an end, and the phase `longer` goes on for a time"))
    }

    @Test func theReducedPlanHasABoundToo() throws {
        let reduced = try scenario(Self.text).reduced()
        #expect(reduced.phases.map(\.count) == [ReducedPlan.limit(of: .cacheGet), 12, 5])
        #expect(reduced.reduced() == reduced)
    }
}
