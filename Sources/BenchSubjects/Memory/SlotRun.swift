import BenchDriver
import BenchResults
import BenchWorkload

/// What `insert`, `get`, `get_batch`, `scan` and `update` do to a store of records behind handles, a row a record.
///
/// A handle is what a program keeps of a record. Those that a reading phase asks for are looked up in the table of rows
/// before it and lie in the order of the plan, so that what is timed is the way from a handle to its record. An update
/// takes the record out, puts a changed one in and keeps its handle, as a program does.
///
/// In a phase that updates and reads, each `get` also asks for the handle that the row had before its last update: an
/// answer would be a stale read.
///
/// Generic over the store so that both run the same code, specialised for each: its owners are not generic.
struct SlotRun<Store: RecordStore & ~Copyable>: ~Copyable {
    private var store: Store
    /// The handle of each row, and the one before it.
    private let handles: SharedTable<Store.Handle>
    private let former: SharedTable<Store.Handle>
    /// The handles that a reading phase asks for, in the plan's order.
    private var asked: SharedTable<Store.Handle>
    /// Whether the phase only asks for handles: several threads may then be here at once.
    private(set) var isReading = false
    /// Where the phase's plan begins in memory: an operation's distance from it is its place.
    private var plan: UnsafePointer<Operation>?
    /// How many handles an operation of the plan asks for.
    private var handlesPerOperation = 1

    private var operations: UInt64 = 0
    private var staleReads: UInt64 = 0

    /// How many operations a phase has to do before its stale reads speak for a billion.
    private static var billion: UInt64 { 1_000_000_000 }

    init(_ store: consuming Store, rows: Int) throws(SubjectError) {
        let handles = try SharedTable<Store.Handle>(count: rows)
        let former = try SharedTable<Store.Handle>(count: rows)
        let asked = try SharedTable<Store.Handle>(count: 0)
        self.handles = handles
        self.former = former
        self.asked = asked
        self.store = store
    }

    mutating func prepare(_ phase: PhaseContext) throws(SubjectError) {
        isReading = false
        plan = phase.operations.baseAddress
        (operations, staleReads) = (0, 0)
        let specification = phase.specification
        guard specification.roles.isEmpty else {
            throw SubjectError(
                "`\(specification.name)` has roles, and a slot map by itself has one user; leave them out")
        }
        guard !specification.changesTheStore, !specification.isWholeStore else { return }
        guard Set(specification.operations.map(\.kind)).count == 1 else {
            throw SubjectError("`\(specification.name)` mixes kinds of reading; give each a phase of its own")
        }
        let isBatch = specification.has(.getBatch)
        handlesPerOperation = isBatch ? specification.batch : 1
        let asked = try SharedTable<Store.Handle>(count: phase.operations.count * handlesPerOperation)
        for (place, operation) in phase.operations.enumerated() {
            for part in 0..<handlesPerOperation {
                let row = isBatch ? operation.batchKey(at: part, entityCount: phase.loaded) : operation.key
                asked[place * handlesPerOperation + part] = handles[Int(row)]
            }
        }
        self.asked = asked
        isReading = true
    }

    /// Does a batch of a phase that only asks for handles.
    @inline(__always)
    borrowing func read(_ batch: OperationBatch, into outcome: inout BatchOutcome) {
        guard let first = batch.operations.first else { return }
        if first.kind == OperationKind.getBatch.rawValue {
            getBatch(batch, into: &outcome)
        } else {
            get(batch, into: &outcome)
        }
    }

    /// Ends a phase: what was changed is read back.
    mutating func finish(_ phase: PhaseContext) -> PhaseReport {
        var report = PhaseReport()
        let specification = phase.specification
        if specification.changesTheStore {
            for row in PhaseAudit.sample(of: store.count) {
                let record = store.record(handles[row])?.pointee
                let isRow = record.map { $0.isWhole && $0.id == UInt64(row) } ?? false
                report.digest &+= AnswerHash.operation(UInt64(row), isRow ? record!.answer : AnswerHash.absent)
            }
        }
        if specification.has(.insert), store.count > 0 {
            report.measurements.append(
                Measurement(
                    metric: "bytes_per_entity", value: Double(store.reservedBytes) / Double(store.count),
                    unit: "bytes", direction: .lower))
        }
        if specification.has(.update), specification.has(.get), Store.knowsStaleHandles {
            func add(_ metric: String) {
                report.measurements.append(
                    Measurement(metric: metric, value: Double(staleReads), unit: "count", direction: .lower))
            }
            add("stale_reads")
            if operations >= Self.billion { add("stale_reads_in_a_billion") }
        }
        plan = nil
        return report
    }

    // MARK: Operations

    /// The place of a batch's first operation in the plan: in a phase with a duration its index goes on beyond it.
    @inline(__always)
    private borrowing func place(of batch: OperationBatch) -> Int {
        batch.operations.baseAddress.unsafelyUnwrapped - plan.unsafelyUnwrapped
    }

    @inline(__always)
    private borrowing func get(_ batch: OperationBatch, into outcome: inout BatchOutcome) {
        let wanted = asked.pointer(place(of: batch))
        var digest = outcome.digest
        for place in 0..<batch.operations.count {
            let answer = store.record(wanted[place])?.pointee.answer ?? AnswerHash.absent
            digest &+= AnswerHash.operation(batch.firstIndex &+ UInt64(place), answer)
        }
        outcome.digest = digest
        outcome.items &+= UInt64(batch.operations.count)
    }

    @inline(__always)
    private borrowing func getBatch(_ batch: OperationBatch, into outcome: inout BatchOutcome) {
        var wanted = asked.pointer(place(of: batch) &* handlesPerOperation)
        var index = batch.firstIndex
        for _ in 0..<batch.operations.count {
            var sum: UInt64 = 0
            store.forEach(UnsafeBufferPointer(start: wanted, count: handlesPerOperation)) { place, record in
                sum &+= AnswerHash.fold(UInt64(place), record?.pointee.answer ?? AnswerHash.absent)
            }
            outcome.digest &+= AnswerHash.operation(index, sum)
            wanted += handlesPerOperation
            index &+= 1
        }
        outcome.items &+= UInt64(batch.operations.count &* handlesPerOperation)
    }

    /// Does a batch of a phase that changes the store, or scans it. One thread.
    @inline(__always)
    mutating func change(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        var index = batch.firstIndex
        for operation in batch.operations {
            let row = Int(operation.key)
            var items: UInt64 = 1
            let answer: UInt64
            switch operation.operationKind! {
            case .insert:
                handles[row] = try store.insert(MemoryRecord(UInt64(row)))
                answer = UInt64(row)
            case .update:
                let old = handles[row]
                let record = MemoryRecord(UInt64(row), revision: operation.argument)
                if let new = try store.replace(old, with: record) {
                    former[row] = old
                    handles[row] = new
                    answer = UInt64(row)
                } else {
                    answer = AnswerHash.absent
                }
            case .get:
                if Store.knowsStaleHandles, store.record(former[row]) != nil { staleReads &+= 1 }
                answer = store.record(handles[row])?.pointee.answer ?? AnswerHash.absent
            case .scan:
                var sum: UInt64 = 0
                store.forEach { sum &+= AnswerHash.fold($0.pointee.id, $0.pointee.revision) }
                items = UInt64(store.count)
                answer = sum
            default: throw SubjectError("there is no operation '\(operation.operationKind!.name)' here")
            }
            outcome.digest &+= AnswerHash.operation(index, answer)
            outcome.items &+= items
            index &+= 1
        }
        operations &+= UInt64(batch.operations.count)
    }
}
