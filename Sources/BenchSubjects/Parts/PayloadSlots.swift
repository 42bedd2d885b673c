import BenchDriver
import BenchResults
import BenchWorkload
import Glibc
import Strata

/// A table of slots that memory is taken for and given back, under one allocation strategy: what `allocate` and `free`
/// are done to.
///
/// Every byte of an allocation is written, as a program that asks for memory does, and its ends are read back before it
/// goes: one that was overwritten by another is found. The answers of a phase are its allocations, whichever thread made
/// them in whatever order, so that arms with several threads can be compared.
///
/// The slots are shared out among the threads, each with an arena of its own. A share of what goes is given back by the
/// next thread, where the phase says so and memory goes back piece by piece: see ``RemoteFrees``.
final class PayloadSlots: @unchecked Sendable {
    // Between `begin` and `finish`, a slot and a thread's share are touched by their thread alone.

    /// Where the memory of a slot comes from.
    enum Source {
        /// The process's allocator, one call for each.
        case allocator
        /// An arena for each thread, whose live part is moved into a fresh one when its dead share has grown.
        case arenas(gcThreshold: Double)
        /// A heap of one pool for each thread.
        case pool(SizeClassPool)
    }

    private struct Slot: BitwiseCopyable {
        var address: UInt
        var byteCount: UInt32
        /// The phase that made the allocation, from 1.
        var phase: UInt32
        /// The place of the operation that made it.
        var index: UInt64
    }

    /// What a thread has.
    private struct Share: ~Copyable {
        var arena = BumpArena()
        var deadBytes = 0
        var liveBytes = 0
        /// Neighbours in memory are two cache lines apart, so that threads do not write to one line.
        private let padding = InlineArray<16, UInt64>(repeating: 0)
    }

    /// What an arena's allocations are aligned to: the words that the engine's payloads consist of.
    private static let alignment = 8
    /// Dead bytes from which on moving the live ones is worth the copy.
    private static let leastDeadBytes = 1 << 20
    /// A thread looks for what others have handed on after so many operations.
    private static let remoteInterval: UInt64 = 8

    private let source: Source
    private let slots: SharedTable<Slot>
    private let shares: UnsafeMutablePointer<Share>
    /// A heap for each thread, where there is a pool; each is used by its thread alone.
    private let heaps: UnsafeMutablePointer<PoolHeap>?
    private let remoteFrees: RemoteFrees
    private let threads: Int
    private var phase: UInt32 = 0

    /// - Parameters:
    ///   - count: the number of slots.
    ///   - threads: how many threads may come.
    init(count: Int, threads: Int, source: Source) throws(SubjectError) {
        self.source = source
        self.threads = max(1, threads)
        guard count >= self.threads else {
            throw SubjectError(
                "\(count) slots cannot be shared out among \(threads) threads; give the data set more rows")
        }
        slots = try SharedTable(count: count)
        remoteFrees = try RemoteFrees(threads: self.threads)
        shares = .allocate(capacity: self.threads)
        for thread in 0..<self.threads { (shares + thread).initialize(to: Share()) }
        guard case .pool(let pool) = source else {
            heaps = nil
            return
        }
        let heaps = UnsafeMutablePointer<PoolHeap>.allocate(capacity: self.threads)
        for thread in 0..<self.threads { (heaps + thread).initialize(to: pool.makeHeap()) }
        self.heaps = heaps
    }

    deinit {
        if case .allocator = source {
            for index in 0..<slots.count { Glibc.free(UnsafeMutableRawPointer(bitPattern: slots[index].address)) }
        }
        shares.deinitialize(count: threads)
        shares.deallocate()
        heaps?.deinitialize(count: threads)
        heaps?.deallocate()
    }

    /// Bytes that are allocated and not given back.
    var liveBytes: Int { (0..<threads).reduce(0) { $0 + shares[$1].liveBytes } }

    /// The figures of the pool, where there is one.
    var measurements: [Measurement] {
        guard case .pool(let pool) = source else { return [] }
        let statistics = pool.statistics
        return [
            Measurement(
                metric: "pool_reuse_share", value: statistics.reuseShare, unit: "fraction", direction: .higher),
            Measurement(
                metric: "pool_cached_bytes", value: Double(statistics.cachedBytes), unit: "bytes", direction: .lower),
        ]
    }

    /// Begins a phase.
    func begin() { phase += 1 }

    /// Does a batch of `allocate` and `free`.
    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        var index = batch.firstIndex
        for operation in batch.operations {
            if operation.kind == OperationKind.allocate.rawValue {
                try allocate(operation, index: index, thread: batch.thread, digest: &outcome.digest)
            } else {
                try free(operation, index: index, thread: batch.thread, digest: &outcome.digest)
            }
            index &+= 1
        }
    }

    /// Takes memory for a slot; what the slot held is given back first. Adds the answers of what went.
    @inline(__always)
    private func allocate(
        _ operation: Operation, index: UInt64, thread: Int, digest: inout UInt64
    ) throws(SubjectError) {
        let slot = slot(of: operation, thread)
        if slot.pointee.address != 0 { try giveBack(slot, operation, thread, &digest) }
        if index % Self.remoteInterval == 0 { giveBackForOthers(thread) }
        let byteCount = Int(operation.argument)
        let memory = try take(byteCount, thread)
        memory.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: index), count: byteCount)
        slot.pointee = Slot(
            address: UInt(bitPattern: memory), byteCount: UInt32(byteCount), phase: phase, index: index)
        shares[thread].liveBytes += byteCount
    }

    /// Gives back what a slot holds; an empty one is left alone.
    @inline(__always)
    private func free(
        _ operation: Operation, index: UInt64, thread: Int, digest: inout UInt64
    ) throws(SubjectError) {
        let slot = slot(of: operation, thread)
        if slot.pointee.address != 0 { try giveBack(slot, operation, thread, &digest) }
        if index % Self.remoteInterval == 0 { giveBackForOthers(thread) }
    }

    /// Gives back what still waits for another thread.
    ///
    /// - Returns: the answers of what this phase allocated and did not give back, all read back.
    func finish() throws(SubjectError) -> UInt64 {
        for thread in 0..<threads { giveBackForOthers(thread) }
        var digest: UInt64 = 0
        for index in 0..<slots.count where slots[index].address != 0 {
            try check(slots[index])
            if slots[index].phase == phase { digest &+= answer(slots[index]) }
        }
        return digest
    }

    // MARK: Parts

    /// The slot of an operation, among those of its thread.
    @inline(__always)
    private func slot(of operation: Operation, _ thread: Int) -> UnsafeMutablePointer<Slot> {
        let share = slots.count / threads
        guard threads > 1, share > 0 else { return slots.pointer(Int(operation.key)) }
        return slots.pointer(thread &* share &+ Int(operation.key) % share)
    }

    @inline(__always)
    private func take(_ byteCount: Int, _ thread: Int) throws(SubjectError) -> UnsafeMutableRawPointer {
        switch source {
        case .allocator:
            guard let memory = malloc(byteCount) else {
                throw SubjectError("the allocator has no \(byteCount) bytes left (error \(errno))")
            }
            return memory
        case .arenas:
            do throws(StrataError) {
                return try shares[thread].arena.allocate(byteCount: byteCount, alignment: Self.alignment)
            } catch { throw SubjectError(error.description) }
        case .pool:
            do throws(StrataError) {
                return try heaps.unsafelyUnwrapped[thread].allocate(byteCount: byteCount)
            } catch { throw SubjectError(error.description) }
        }
    }

    @inline(__always)
    private func giveBack(
        _ slot: UnsafeMutablePointer<Slot>, _ operation: Operation, _ thread: Int, _ digest: inout UInt64
    ) throws(SubjectError) {
        try check(slot.pointee)
        if slot.pointee.phase == phase { digest &+= answer(slot.pointee) }
        let byteCount = Int(slot.pointee.byteCount)
        shares[thread].liveBytes -= byteCount
        let entry = RemoteFrees.Entry(address: slot.pointee.address, byteCount: byteCount)
        slot.pointee.address = 0
        switch source {
        case .allocator, .pool:
            if !operation.isRemoteFree || !remoteFrees.push(entry, from: thread) { release(entry, thread) }
        case .arenas:
            // An arena's own thread counts what is dead in it, whoever lets go of it.
            shares[thread].deadBytes += byteCount
            try moveIfWorthIt(thread)
        }
    }

    /// Gives back what another thread has handed on.
    @inline(__always)
    private func giveBackForOthers(_ thread: Int) {
        while let entry = remoteFrees.pop(on: thread) { release(entry, thread) }
    }

    @inline(__always)
    private func release(_ entry: RemoteFrees.Entry, _ thread: Int) {
        // Only what was taken is ever given back: no address is 0.
        let memory = UnsafeMutableRawPointer(bitPattern: entry.address).unsafelyUnwrapped
        guard let heaps else { return Glibc.free(memory) }
        heaps[thread].free(memory, byteCount: entry.byteCount)
    }

    @inline(__always)
    private func check(_ slot: Slot) throws(SubjectError) {
        guard slot.byteCount > 0 else { return }
        let bytes = UnsafePointer<UInt8>(bitPattern: slot.address)!
        let tag = UInt8(truncatingIfNeeded: slot.index)
        guard bytes[0] == tag, bytes[Int(slot.byteCount) - 1] == tag else {
            throw SubjectError("the allocation of operation \(slot.index), \(slot.byteCount) bytes, was overwritten")
        }
    }

    @inline(__always)
    private func answer(_ slot: Slot) -> UInt64 { AnswerHash.operation(slot.index, UInt64(slot.byteCount)) }

    /// Moves the live allocations of a thread into a fresh arena when enough of the old one is dead.
    private func moveIfWorthIt(_ thread: Int) throws(SubjectError) {
        guard case .arenas(let threshold) = source else { return }
        let dead = shares[thread].deadBytes
        guard dead > Self.leastDeadBytes, Double(dead) >= threshold * Double(shares[thread].arena.allocatedBytes)
        else { return }
        var fresh = BumpArena()
        let share = slots.count / threads
        let range = threads > 1 && share > 0 ? thread * share..<(thread + 1) * share : 0..<slots.count
        for index in range where slots[index].address != 0 {
            let byteCount = Int(slots[index].byteCount)
            let memory: UnsafeMutableRawPointer
            do throws(StrataError) {
                memory = try fresh.allocate(byteCount: byteCount, alignment: Self.alignment)
            } catch { throw SubjectError(error.description) }
            memory.copyMemory(
                from: UnsafeRawPointer(bitPattern: slots[index].address)!, byteCount: byteCount)
            slots.pointer(index).pointee.address = UInt(bitPattern: memory)
        }
        swap(&shares[thread].arena, &fresh)
        shares[thread].deadBytes = 0
    }
}
