// Compaction, a little at a time, while readers are at work.
//
// A pass chooses what is to be emptied (areas in which much is dead, or a pool whose slabs are sparse), and then goes
// through the slots: each payload that stands there is copied, the copy is published by one exchange of its word, and
// the old payload is retired. Between two steps the graph is whole, old and new memory live side by side, and writes go
// on: what they allocate is never in the memory that is being emptied. At the end of the pass nothing live is left
// there. Areas that leave their youth are emptied the same way, but their log says whose payloads they hold, so that no
// other slot is looked at.

/// How far the compaction of a ``GraphArena`` is.
struct CompactionState {
    /// The least dead bytes that are worth a pass; less than usual when the budget is small.
    var minimum = 1 << 20
    /// The next slot of the pass; nil between passes.
    var cursor: UInt32?
    /// Slots whose payloads in an area that has left its youth are still to be moved.
    var aged: [UInt32] = []
    /// The dead bytes that the last pass left, or at which it found no memory.
    var leftDeadBytes = 0
    /// What waited for readers when a pass found no memory; nil after one that did.
    var refusedAtRetiredBytes: Int?
    /// Passes made so far.
    var passes = 0
    /// Bytes of payloads moved so far.
    var movedBytes = 0
}

/// How much dead memory is worth a copy of what lives.
enum CompactionUrgency {
    /// As `gc_threshold` says.
    case usual
    /// The store is over its soft limit.
    case pressed
    /// A write has been refused.
    case last

    /// The share of dead bytes from which the copy is made; a configured threshold below it goes first.
    var deadShare: Double {
        switch self {
        case .usual: 1
        case .pressed: 1 / 8
        case .last: 1 / 32
        }
    }
}

extension GraphArena {
    /// What a step costs that looks at a slot and moves nothing, in bytes copied instead.
    private static var slotCost: Int { 32 }

    /// Work between two looks at the clock, in bytes: some microseconds, of which a look is a hundredth.
    static var workPerLook: Int { 16 << 10 }

    /// Passes made so far.
    public var compactions: Int { compaction.passes }
    /// Bytes of payloads that were moved so far.
    var movedBytes: Int { compaction.movedBytes }

    /// Whether a pass has begun and not ended.
    @inline(__always)
    var isCompacting: Bool { compaction.cursor != nil || !compaction.aged.isEmpty || payloads.hasAged }

    /// Whether a write should compact: the threshold is reached, and more is dead than after the last pass.
    @inline(__always)
    var needsCompaction: Bool { isWorthCompacting(.usual) }

    /// As ``needsCompaction``, at the threshold of an urgency.
    @inline(__always)
    func isWorthCompacting(_ urgency: CompactionUrgency) -> Bool {
        hasReachedThreshold(urgency, beyond: compaction.leftDeadBytes)
    }

    @inline(__always)
    private func hasReachedThreshold(_ urgency: CompactionUrgency, beyond left: Int = 0) -> Bool {
        guard payloads.strategy != .direct else { return false }
        let dead = payloads.deadBytes
        let minimum = urgency == .usual ? compaction.minimum : Swift.min(compaction.minimum, 64 << 10)
        guard dead - left > minimum else { return false }
        return Double(dead) >= Swift.min(gcThreshold, urgency.deadShare) * Double(dead + payloads.liveBytes)
    }

    /// Moves live payloads together, in one go, when the dead bytes have reached the threshold.
    ///
    /// - Parameter urgency: lowers the threshold.
    /// - Returns: whether it made a pass.
    /// - Throws: `limitExceeded` when there is no memory for a copy: the graph is as before, and part of it may have
    ///   moved.
    /// - Complexity: O(slots + bytes moved).
    @discardableResult
    mutating func compactIfNeeded(_ urgency: CompactionUrgency = .usual) throws(StrataError) -> Bool {
        payloads.look()
        let begins = compaction.cursor == nil && hasReachedThreshold(urgency)
        guard begins || isCompacting else {
            payloads.indexes.sweep()
            return false
        }
        if begins { begin(urgency) }
        while try !step(work: .max) {}
        return true
    }

    /// Goes on with a pass, or begins one when the threshold is reached.
    ///
    /// - Parameter work: the bytes to move; a slot that is looked at costs 32.
    /// - Returns: whether nothing is left to do.
    /// - Throws: `limitExceeded` when there is no memory for a copy. The pass has ended then.
    /// - Complexity: O(work).
    mutating func compactStep(work: Int) throws(StrataError) -> Bool {
        if !isCompacting {
            guard needsCompaction else { return true }
            begin(.usual)
        }
        return try step(work: work)
    }

    /// Goes on with a pass, or begins one when the threshold is reached, until the time is up.
    ///
    /// The clock is read after every 16 KiB of work, so that each call gets on, and ends that much late at most; a
    /// payload is moved as a whole.
    ///
    /// - Parameters:
    ///   - deadline: when to stop.
    ///   - work: the most to do in any case, as for ``compactStep(work:)``.
    /// - Returns: whether nothing is left to do.
    /// - Throws: `limitExceeded` when there is no memory for a copy. The pass has ended then.
    mutating func compact(until deadline: Deadline, work: Int = .max) throws(StrataError) -> Bool {
        var left = work
        let passes = compaction.passes
        repeat {
            let piece = Swift.min(left, Self.workPerLook)
            if try compactStep(work: piece) {
                if compaction.passes == passes { payloads.indexes.sweep() }
                return true
            }
            left -= piece
        } while left > 0 && !deadline.isOver
        return false
    }

    private mutating func begin(_ urgency: CompactionUrgency) {
        // Half the threshold: then the share that is left is at most half of it, and the next pass is far.
        payloads.beginEvacuation(
            deadShare: Swift.min(gcThreshold, urgency.deadShare) / 2, epochs)
        compaction.cursor = 0
    }

    private mutating func step(work: Int) throws(StrataError) -> Bool {
        budget?.lendReserve()
        defer { budget?.returnReserve() }
        do throws(StrataError) {
            var work = work
            while work > 0 {
                if let slot = compaction.aged.popLast() {
                    // An array keeps its room as it shrinks.
                    if compaction.aged.isEmpty { compaction.aged = [] }
                    if slots.isFilled(slot) { work -= try evacuateOrCollect(slot) }
                    work -= Self.slotCost
                } else if let cursor = compaction.cursor {
                    guard cursor < slotBound else {
                        end()
                        continue
                    }
                    if slots.isFilled(cursor) { work -= try evacuateOrCollect(cursor) }
                    work -= Self.slotCost
                    compaction.cursor = cursor + 1
                } else if let owners = payloads.nextAged() {
                    compaction.aged = owners
                } else {
                    payloads.endEvacuation(epochs)
                    return true
                }
            }
            return !isCompacting
        } catch {
            end()
            compaction.refusedAtRetiredBytes = epochs.retiredBytes
            throw error
        }
    }

    /// Has the next pass begin as usual when readers have let go of what the last one wanted for.
    mutating func noteCollection() {
        guard let bytes = compaction.refusedAtRetiredBytes, epochs.retiredBytes < bytes else { return }
        compaction.refusedAtRetiredBytes = nil
        compaction.leftDeadBytes = 0
    }

    private mutating func end() {
        compaction.cursor = nil
        compaction.aged = []
        compaction.passes += 1
        payloads.endEvacuation(epochs)
        payloads.indexes.sweep()
        payloads.look()
        compaction.leftDeadBytes = payloads.deadBytes
        compaction.refusedAtRetiredBytes = nil
        guard let budget, budget.reservedForCompaction > 0 else { return }
        // What was emptied, if no reader holds it, goes at once where the reserve was needed for the copies.
        budget.notePeak()
        payloads.handOver(to: epochs)
        epochs.collect()
    }

    /// Moves the payloads of a record. Where there is no memory, areas that were emptied before make room, if no reader
    /// holds them: so a pass gets along with much less memory than what it moves.
    private mutating func evacuateOrCollect(_ slot: UInt32) throws(StrataError) -> Int {
        do throws(StrataError) { return try evacuate(slot) } catch {
            budget?.notePeak()
            payloads.handOver(to: epochs)
            guard epochs.collect() > 0 else { throw error }
            payloads.settle(epochs)
            return try evacuate(slot)
        }
    }

    /// Moves the payloads of a record that stand in memory which is being emptied.
    ///
    /// - Returns: the bytes moved.
    private mutating func evacuate(_ slot: UInt32) throws(StrataError) -> Int {
        let record = record(at: slot)
        var moved = 0
        for part in PayloadPart.allCases {
            let word = record.payload(part)
            guard let payload = word.payload, payloads.isVictim(word) else { continue }
            let copy = try payloads.copy(payload, isList: part != .properties, owner: slot, epochs)
            _ = record.exchange(part, copy)
            payloads.retireMoved(word, to: copy, epochs)
            moved += payload.byteCount
        }
        compaction.movedBytes += moved
        return moved
    }
}
