import BenchDriver
import BenchResults
import BenchWorkload
import GraphData

/// What `intern` and `resolve` do to a store of strings: an operation deals with the values of all properties of a row.
///
/// Before a phase its strings are laid one after another in the order of the plan, as a program reads them from a file,
/// or their numbers are, so that what is timed is the way from bytes to a number or back. The first phase that interns
/// finds an empty store, and later ones what the phases before them have left.
///
/// Generic over the store so that all run the same code, specialised for each: its owners are not generic.
struct StringRun<Store: StringStore>: ~Copyable {
    private let store: Store
    private let dataset: MappedDataset
    private let isSupported: Bool
    /// The number of each string of the phase: given by one that interns, asked for by one that reads.
    private var ids: SharedTable<UInt32>
    /// The strings of a phase that interns, and where each begins; one more at the end.
    private var text: SharedTable<UInt8>
    private var offsets: SharedTable<Int>
    /// The first string of each operation of the plan, and at the end how many there are.
    private var firsts: SharedTable<Int>
    /// Where the phase's plan begins in memory: an operation's distance from it is its place.
    private var plan: UnsafePointer<Operation>?

    /// The most strings of a phase that are looked at again after it.
    private static var proofCount: Int { 1_000_000 }

    init(_ context: SubjectContext) throws(SubjectError) {
        let store = try Store()
        let ids = try SharedTable<UInt32>(count: 0)
        let text = try SharedTable<UInt8>(count: 0)
        let offsets = try SharedTable<Int>(count: 0)
        let firsts = try SharedTable<Int>(count: 0)
        self.store = store
        self.ids = ids
        self.text = text
        self.offsets = offsets
        self.firsts = firsts
        dataset = context.dataset
        isSupported = Store.isShared || context.threads == 1
    }

    deinit { store.destroy() }

    func supports(_ kind: OperationKind) -> Bool { isSupported && (kind == .intern || kind == .resolve) }

    mutating func prepare(_ phase: PhaseContext) throws(SubjectError) {
        let specification = phase.specification
        guard specification.roles.isEmpty, specification.operations.count == 1 else {
            throw SubjectError(
                "`\(specification.name)` mixes operations or has roles; give each kind a phase of its own")
        }
        plan = phase.operations.baseAddress
        try lay(phase.operations)
        let count = firsts[phase.operations.count]
        let ids = try SharedTable<UInt32>(count: count)
        if specification.has(.resolve) {
            // Numbers of strings that are there; a string that is not is added now, untimed.
            for index in 0..<count {
                let window = UnsafeBufferPointer(start: UnsafePointer(offsets.pointer(index)), count: 2)
                try store.intern(text.pointer(0), window, into: ids.pointer(index))
            }
        } else {
            // So that no write in the timed region meets a new page.
            for index in 0..<count { ids[index] = .max }
        }
        self.ids = ids
    }

    private mutating func lay(_ operations: UnsafeBufferPointer<Operation>) throws(SubjectError) {
        var (count, byteCount) = (0, 0)
        for operation in operations {
            let properties = dataset.properties(of: Int(operation.key))
            count += properties.count
            for property in properties { byteCount += dataset.string(property.value).count }
        }
        let firsts = try SharedTable<Int>(count: operations.count + 1)
        let offsets = try SharedTable<Int>(count: count + 1)
        let text = try SharedTable<UInt8>(count: byteCount)
        var (next, end) = (0, 0)
        for (place, operation) in operations.enumerated() {
            firsts[place] = next
            for property in dataset.properties(of: Int(operation.key)) {
                let bytes = dataset.string(property.value)
                offsets[next] = end
                if let base = bytes.baseAddress { text.pointer(end).update(from: base, count: bytes.count) }
                next += 1
                end += bytes.count
            }
        }
        firsts[operations.count] = next
        offsets[next] = end
        self.firsts = firsts
        self.offsets = offsets
        self.text = text
    }

    /// Does a batch of a phase; of a shared store several threads at once.
    @inline(__always)
    borrowing func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        guard let operation = batch.operations.first else { return }
        let place = batch.operations.baseAddress.unsafelyUnwrapped - plan.unsafelyUnwrapped
        let first = firsts[place]
        let count = firsts[place &+ batch.operations.count] &- first
        if operation.kind == OperationKind.intern.rawValue {
            let window = UnsafeBufferPointer(start: UnsafePointer(offsets.pointer(first)), count: count &+ 1)
            try store.intern(text.pointer(0), window, into: ids.pointer(first))
        } else {
            let asked = UnsafeBufferPointer(start: UnsafePointer(ids.pointer(first)), count: count)
            outcome.digest &+= store.read(asked, from: first)
        }
        outcome.items &+= UInt64(count)
    }

    /// Ends a phase: the numbers that were given are looked up again, and must lead to the strings.
    mutating func finish(_ phase: PhaseContext) -> PhaseReport {
        var report = PhaseReport()
        defer { plan = nil }
        let count = firsts[phase.operations.count]
        guard phase.specification.has(.intern), count > 0 else { return report }
        for index in stride(from: 0, to: count, by: count / Self.proofCount + 1) {
            let id = ids[index]
            // None where a phase with a duration ended before.
            guard id != .max else { continue }
            let answer = store.withUTF8(id) { AnswerHash.text($0) }
            report.digest &+= AnswerHash.operation(UInt64(index), answer)
        }
        func add(_ metric: String, _ value: Double, _ unit: String) {
            report.measurements.append(
                Measurement(metric: metric, value: value, unit: unit, direction: unit == "bytes" ? .lower : .none))
        }
        add("unique_strings", Double(store.count), "count")
        if let bytes = store.heldBytes { add("bytes_per_string", Double(bytes) / Double(store.count), "bytes") }
        return report
    }
}
