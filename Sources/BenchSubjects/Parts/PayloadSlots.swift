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
/// The slots are shared out among the threads, each with an arena of its own: no thread gives back what another took.
final class PayloadSlots: @unchecked Sendable {
    // Between `begin` and `finish`, a slot and a thread's share are touched by their thread alone.

    /// Where the memory of a slot comes from.
    enum Source {
        /// The process's allocator, one call for each.
        case allocator
        /// An arena for each thread, whose live part is moved into a fresh one when its dead share has grown.
        case arenas(gcThreshold: Double)
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

    /// Dead bytes from which on moving the live ones is worth the copy.
    private static let leastDeadBytes = 1 << 20

    private let source: Source
    private let slots: SharedTable<Slot>
    private let shares: UnsafeMutablePointer<Share>
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
        shares = .allocate(capacity: self.threads)
        for thread in 0..<self.threads { (shares + thread).initialize(to: Share()) }
    }

    deinit {
        if case .allocator = source {
            for index in 0..<slots.count { Glibc.free(UnsafeMutableRawPointer(bitPattern: slots[index].address)) }
        }
        shares.deinitialize(count: threads)
        shares.deallocate()
    }

    /// Bytes that are allocated and not given back.
    var liveBytes: Int { (0..<threads).reduce(0) { $0 + shares[$1].liveBytes } }

    /// Begins a phase.
    func begin() { phase += 1 }

    /// Takes memory for a slot; what the slot held is given back first. Adds the answers of what went.
    func allocate(
        _ operation: Operation, index: UInt64, thread: Int, digest: inout UInt64
    ) throws(SubjectError) {
        let slot = slot(of: operation, thread)
        if slot.pointee.address != 0 {
            try giveBack(slot, thread, &digest)
            slot.pointee.address = 0
            try moveIfWorthIt(thread)
        }
        let byteCount = Int(operation.argument)
        let memory = try take(byteCount, thread)
        memory.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: index), count: byteCount)
        slot.pointee = Slot(
            address: UInt(bitPattern: memory), byteCount: UInt32(byteCount), phase: phase, index: index)
        shares[thread].liveBytes += byteCount
    }

    /// Gives back what a slot holds; an empty one is left alone.
    func free(_ operation: Operation, thread: Int, digest: inout UInt64) throws(SubjectError) {
        let slot = slot(of: operation, thread)
        guard slot.pointee.address != 0 else { return }
        try giveBack(slot, thread, &digest)
        slot.pointee.address = 0
        try moveIfWorthIt(thread)
    }

    /// The answers of what this phase allocated and did not give back, all read back.
    func finish() throws(SubjectError) -> UInt64 {
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
            do throws(StrataError) { return try shares[thread].arena.allocate(byteCount: byteCount) } catch {
                throw SubjectError(error.description)
            }
        }
    }

    @inline(__always)
    private func giveBack(
        _ slot: UnsafeMutablePointer<Slot>, _ thread: Int, _ digest: inout UInt64
    ) throws(SubjectError) {
        try check(slot.pointee)
        if slot.pointee.phase == phase { digest &+= answer(slot.pointee) }
        let byteCount = Int(slot.pointee.byteCount)
        shares[thread].liveBytes -= byteCount
        switch source {
        case .allocator: Glibc.free(UnsafeMutableRawPointer(bitPattern: slot.pointee.address))
        case .arenas: shares[thread].deadBytes += byteCount
        }
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
            do throws(StrataError) { memory = try fresh.allocate(byteCount: byteCount) } catch {
                throw SubjectError(error.description)
            }
            memory.copyMemory(
                from: UnsafeRawPointer(bitPattern: slots[index].address)!, byteCount: byteCount)
            slots.pointer(index).pointee.address = UInt(bitPattern: memory)
        }
        swap(&shares[thread].arena, &fresh)
        shares[thread].deadBytes = 0
    }
}
