import BenchDriver
import BenchWorkload
import Glibc
import Synchronization

/// Nodes of 48 bytes, each reached through one shared pointer: what readers follow while a writer replaces them.
///
/// Invariant: an address is 0 or that of an initialised record from `malloc`.
struct SharedNodes: ~Copyable {
    private let addresses: UnsafeMutablePointer<Atomic<UInt>>
    let count: Int

    init(count: Int) {
        self.count = count
        addresses = .allocate(capacity: count)
        for row in 0..<count { (addresses + row).initialize(to: Atomic(0)) }
    }

    deinit {
        for row in 0..<count { Glibc.free(UnsafeMutableRawPointer(bitPattern: exchange(row, with: 0))) }
        // Atomics of integers are trivial: nothing to deinitialise.
        addresses.deallocate()
    }

    /// A node of a row, which nobody sees yet.
    @inline(__always)
    static func make(_ row: UInt32, revision: UInt32) throws(SubjectError) -> UInt {
        guard let memory = malloc(MemoryLayout<MemoryRecord>.size) else {
            throw SubjectError("the allocator has no memory for a node left (error \(errno))")
        }
        memory.initializeMemory(as: MemoryRecord.self, to: MemoryRecord(UInt64(row), revision: revision))
        return UInt(bitPattern: memory)
    }

    /// What a row's node answers now. The caller keeps the node from being freed meanwhile.
    @inline(__always)
    func answer(_ row: Int) -> UInt64 {
        let address = (addresses + row).pointee.load(ordering: .acquiring)
        guard let node = UnsafePointer<MemoryRecord>(bitPattern: address) else { return AnswerHash.absent }
        return node.pointee.answer
    }

    /// What the nodes of a `get_batch` answer now.
    @inline(__always)
    func answer(_ operation: Operation, entityCount: Int) -> UInt64 {
        var sum: UInt64 = 0
        for place in 0..<Int(operation.limit) {
            let row = operation.batchKey(at: place, entityCount: entityCount)
            sum &+= AnswerHash.fold(UInt64(place), answer(Int(row)))
        }
        return sum
    }

    /// Puts the first node in the place of a row.
    func insert(_ operation: Operation) throws(SubjectError) -> UInt64 {
        _ = exchange(Int(operation.key), with: try Self.make(operation.key, revision: 0))
        return UInt64(operation.key)
    }

    /// What is there after a phase that put nodes in.
    func content() -> UInt64 {
        PhaseAudit.sample(of: count).reduce(0) { $0 &+ AnswerHash.operation(UInt64($1), answer($1)) }
    }

    /// Puts a node in the place of a row's, whose address comes back.
    @inline(__always)
    func exchange(_ row: Int, with address: UInt) -> UInt {
        (addresses + row).pointee.exchange(address, ordering: .acquiringAndReleasing)
    }
}
