import BenchDriver
import BenchWorkload
import GraphData
import Strata

/// The subject `bump-arena`: records in a ``BumpArena``.
final class BumpArenaSubject: Subject {
    private var arena: BumpArena
    private var run: RecordRun

    init(_ context: SubjectContext) throws(SubjectError) {
        let rows = context.dataset.entityCount
        run = try RecordRun(rows: rows)
        // One chunk has room for all records, as far as chunks go: it stays when all is taken back.
        let byteCount = rows * MemoryLayout<MemoryRecord>.stride + 4_096
        arena = BumpArena(firstChunkBytes: min(byteCount, BumpArena.maximumChunkBytes))
    }

    func supports(_ kind: OperationKind) -> Bool { kind == .allocate }

    func prepare(_ phase: PhaseContext) throws(SubjectError) { try Self.prepare(&run, &arena, phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try Self.execute(&run, &arena, batch, &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try Self.finish(&run, &arena, phase) }

    // The arena as a parameter: a property of the object would be checked for overlapping access at each allocation.

    private static func prepare(
        _ run: inout RecordRun, _ arena: inout BumpArena, _ phase: PhaseContext
    ) throws(SubjectError) {
        try run.prepare(phase, subject: "bump-arena") { () throws(SubjectError) in
            try next(&arena)
        } reset: {
            arena.reset()
        }
    }

    private static func execute(
        _ run: inout RecordRun, _ arena: inout BumpArena, _ batch: OperationBatch, _ outcome: inout BatchOutcome
    ) throws(SubjectError) {
        try run.execute(batch, into: &outcome) { () throws(SubjectError) in
            try next(&arena)
        } reset: {
            arena.reset()
        }
    }

    private static func finish(
        _ run: inout RecordRun, _ arena: inout BumpArena, _ phase: PhaseContext
    ) throws(SubjectError) -> PhaseReport {
        try run.finish(phase) { () throws(SubjectError) in
            try next(&arena)
        } reset: {
            arena.reset()
        }
    }

    @inline(__always)
    private static func next(_ arena: inout BumpArena) throws(SubjectError) -> UnsafeMutablePointer<MemoryRecord> {
        do throws(StrataError) { return try arena.allocate(MemoryRecord.self, count: 1) } catch {
            throw SubjectError(error.description)
        }
    }
}
