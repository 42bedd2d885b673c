import BenchDriver
import BenchWorkload
import GraphData

/// The subject `raw-pointer`, the floor under `bump-arena`: a pointer that moves through a block of memory, and a look
/// at the block's end.
final class RawPointerSubject: Subject {
    /// Invariant: `start <= cursor <= end`, all three a whole number of records apart.
    private struct Block: ~Copyable {
        let start: UnsafeMutablePointer<MemoryRecord>
        let end: UnsafeMutablePointer<MemoryRecord>
        var cursor: UnsafeMutablePointer<MemoryRecord>

        init(count: Int) {
            start = .allocate(capacity: count)
            end = start + count
            cursor = start
        }

        deinit { start.deallocate() }

        @inline(__always)
        mutating func next() throws(SubjectError) -> UnsafeMutablePointer<MemoryRecord> {
            guard cursor < end else { throw SubjectError("the block of records is full") }
            defer { cursor += 1 }
            return cursor
        }
    }

    private var block: Block
    private var run: RecordRun

    init(_ context: SubjectContext) throws(SubjectError) {
        run = try RecordRun(rows: context.dataset.entityCount)
        block = Block(count: context.dataset.entityCount)
    }

    func supports(_ kind: OperationKind) -> Bool { kind == .allocate }

    func prepare(_ phase: PhaseContext) throws(SubjectError) { try Self.prepare(&run, &block, phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try Self.execute(&run, &block, batch, &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try Self.finish(&run, &block, phase) }

    // The block as a parameter: a property of the object would be checked for overlapping access at each allocation.

    private static func prepare(
        _ run: inout RecordRun, _ block: inout Block, _ phase: PhaseContext
    ) throws(SubjectError) {
        try run.prepare(phase, subject: "raw-pointer") { () throws(SubjectError) in
            try block.next()
        } reset: {
            block.cursor = block.start
        }
    }

    private static func execute(
        _ run: inout RecordRun, _ block: inout Block, _ batch: OperationBatch, _ outcome: inout BatchOutcome
    ) throws(SubjectError) {
        try run.execute(batch, into: &outcome) { () throws(SubjectError) in
            try block.next()
        } reset: {
            block.cursor = block.start
        }
    }

    private static func finish(
        _ run: inout RecordRun, _ block: inout Block, _ phase: PhaseContext
    ) throws(SubjectError) -> PhaseReport {
        try run.finish(phase) { () throws(SubjectError) in
            try block.next()
        } reset: {
            block.cursor = block.start
        }
    }
}
