import BenchDriver
import BenchResults
import BenchWorkload

/// Fills memory with records, row after row, and takes all back where row 0 comes round again: what `allocate` is done
/// to where memory goes back all at once.
///
/// What is timed is the allocation, the writing of 48 bytes and the noting of the address. The memory is touched before
/// the phase. The answers are those of ``PayloadSlots``: the phase's allocations. The records of the last round are
/// read back for them when it is over; those of earlier rounds are gone by then.
///
/// Where memory comes from are two closures, the next record's and the one that takes all back. They are inlined, so
/// that each kind of memory has a loop of its own without a call.
struct RecordRun: ~Copyable {
    /// Where the record of each row is.
    private let places: SharedTable<UnsafeMutablePointer<MemoryRecord>?>
    /// The place of the first operation of the last round, and the row of its last one.
    private var roundStart: UInt64 = 0
    private var lastRow = -1

    init(rows: Int) throws(SubjectError) { places = try SharedTable(count: rows) }

    /// Refuses what cannot be done, and touches the memory.
    @inline(__always)
    mutating func prepare(
        _ phase: PhaseContext, subject: String, next: () throws(SubjectError) -> UnsafeMutablePointer<MemoryRecord>,
        reset: () -> Void
    ) throws(SubjectError) {
        let specification = phase.specification
        guard phase.threads == 1 else {
            throw SubjectError("`\(subject)` works on one thread; give `threads: [1]`")
        }
        guard specification.keys == .sequential, specification.sizes == .fixed(MemoryLayout<MemoryRecord>.size) else {
            throw SubjectError(
                "`\(subject)` hands out records of 48 bytes and takes them back all at once; give "
                    + "`\(specification.name)` `keys: sequential` and `sizes: fixed(48)`")
        }
        (roundStart, lastRow) = (0, -1)
        for row in 0..<places.count { try next().initialize(to: MemoryRecord(UInt64(row))) }
        reset()
    }

    @inline(__always)
    mutating func execute(
        _ batch: OperationBatch, into outcome: inout BatchOutcome,
        next: () throws(SubjectError) -> UnsafeMutablePointer<MemoryRecord>, reset: () -> Void
    ) throws(SubjectError) {
        let places = places.pointer(0)
        var index = batch.firstIndex
        for operation in batch.operations {
            if operation.key == 0 {
                reset()
                roundStart = index
            }
            let record = try next()
            record.initialize(to: MemoryRecord(index))
            places[Int(operation.key)] = record
            index &+= 1
        }
        outcome.items &+= UInt64(batch.operations.count)
        if let last = batch.operations.last { lastRow = Int(last.key) }
    }

    /// Reads back what the phase left, then times as many allocations as it had, to the round, in one loop: without the
    /// plan and without the driver's clock, which are a part of the throughput.
    @inline(__always)
    mutating func finish(
        _ phase: PhaseContext, next: () throws(SubjectError) -> UnsafeMutablePointer<MemoryRecord>, reset: () -> Void
    ) throws(SubjectError) -> PhaseReport {
        let rounds = max(1, phase.operations.count / places.count)
        var report = PhaseReport(digest: try readBack())
        let nanoseconds = try Stopwatch.nanoseconds { () throws(SubjectError) in
            for _ in 0..<rounds {
                reset()
                for row in 0..<places.count { try next().initialize(to: MemoryRecord(UInt64(row))) }
            }
        }
        report.measurements.append(
            Measurement(
                metric: "nanoseconds_per_allocation", value: nanoseconds / Double(rounds * places.count), unit: "ns",
                direction: .lower))
        return report
    }

    private borrowing func readBack() throws(SubjectError) -> UInt64 {
        let byteCount = UInt64(MemoryLayout<MemoryRecord>.size)
        var digest: UInt64 = 0
        for row in 0..<(lastRow + 1) {
            guard let record = places[row]?.pointee, record.isWhole, record.id == roundStart &+ UInt64(row) else {
                throw SubjectError("the record of row \(row) was overwritten")
            }
            digest &+= AnswerHash.operation(record.id, byteCount)
        }
        for index in 0..<roundStart { digest &+= AnswerHash.operation(index, byteCount) }
        return digest
    }
}
