extension KnowledgeEngine {
    // MARK: Metrics

    /// What records and payloads did, in bytes and calls, how fast, and what the whole engine holds.
    ///
    /// - Complexity: O(1), some hundred nanoseconds.
    public var memoryMetrics: MemoryMetrics {
        var metrics = box.value.arena.metrics
        (metrics.allocationRate, metrics.deallocationRate) = box.value.arena.rates
        metrics.heldBytes = memoryUsage
        budget.notePeak()
        metrics.peakHeldBytes = max(budget.peakBytes, metrics.heldBytes)
        return metrics
    }

    /// What the interner holds.
    public var internerStats: InternerStats { box.value.interner.stats }
    /// What the cache of similarity answers did.
    public var cacheMetrics: CacheMetrics { similarityCache.metrics }

    /// Bytes that the engine asked of the process's allocator and holds: records, payloads, index, strings, embeddings,
    /// cache, places of readers, and garbage that waits for them.
    ///
    /// - Complexity: O(1).
    public var memoryUsage: Int { parts.total }

    /// ``memoryUsage`` by its parts, what the allocator adds, and what of it has no memory behind it.
    ///
    /// - Complexity: O(pages of the newest chunks), which the system is asked about: some ten microseconds.
    public var memoryBreakdown: MemoryBreakdown {
        var breakdown = parts
        breakdown.added = box.value.arena.addedBytes
        breakdown.untouched =
            box.value.arena.untouchedBytes + box.value.interner.untouchedBytes + box.value.embeddings.untouchedBytes
        return breakdown
    }

    private var parts: MemoryBreakdown {
        var breakdown = MemoryBreakdown()
        breakdown.records = box.value.arena.recordBytes
        breakdown.payloads = box.value.arena.payloadBytes
        breakdown.index = box.value.index.reservedBytes
        breakdown.strings = box.value.interner.stats.totalBytes
        breakdown.embeddings = box.value.embeddings.reservedBytes
        breakdown.caches = similarityCache.reservedBytes
        breakdown.garbage = box.value.arena.garbageBytes
        breakdown.readers = epochs.footprintBytes
        return breakdown
    }

    // MARK: Limits

    /// The limits in force: those of the configuration, with the control group's limit where it leaves one open.
    public var memoryLimits: MemoryLimits { budget.limits }

    /// How near the limits the engine is.
    public var memoryPressure: MemoryPressure { budget.pressure }

    /// Puts other limits in force, such as when the control group's limit has changed.
    ///
    /// What is over the new soft limit is given back at once, as far as it can be.
    ///
    /// - Throws: `limitExceeded` when the engine holds more than the new hard limit even then; `invalidArgument` when
    ///   the limits are out of bounds. The old limits stay then.
    public func setMemoryLimits(_ limits: MemoryLimits) throws(StrataError) {
        try limits.validate()
        do throws(StrataError) { try budget.setLimits(limits) } catch {
            // In steps: what is dead goes before the answers that are still good.
            relieve(.pressed, by: budget.usedBytes - limits.hard + limits.hard >> 4)
            do throws(StrataError) { try budget.setLimits(limits) } catch {
                relieve(.last, by: .max)
                try budget.setLimits(limits)
            }
        }
        box.value.garbageStep = Self.garbageStep(configuration, limits)
        tidy()
    }

    // MARK: Garbage

    /// Gives back what no reader can see any more, and compacts payloads and embeddings, each when its share of dead
    /// bytes has reached `gc_threshold`. Writes call it from time to time.
    ///
    /// - Throws: `limitExceeded` when there is no memory to compact into; the graph is as before.
    public func collectGarbage() throws(StrataError) {
        defer {
            collect()
            trim()
        }
        compactEmbeddings(rows: .max)
        try box.value.arena.compactIfNeeded()
    }

    /// Moves live payloads and embeddings together when their share of dead bytes has reached `gc_threshold`, for as
    /// long as the budget allows; the next call, or the writes between, go on where it ended. Readers may be at work
    /// beside it.
    ///
    /// - Parameter budget: how long to work. The clock is read after every 16 KiB, so that each call gets on.
    /// - Returns: whether nothing is left to do.
    /// - Throws: `limitExceeded` when there is no memory to compact into; the graph is as before.
    @discardableResult
    public func compact(budget: Duration) throws(StrataError) -> Bool {
        let deadline = Deadline(after: budget)
        while !compactEmbeddings(rows: embeddingRows(in: 16 << 10)) {
            if deadline.isOver { return false }
        }
        let isDone = try box.value.arena.compact(until: deadline)
        if isDone {
            collect()
            trim()
        }
        return isDone
    }

    /// Moves embeddings into the places of those that were removed, once these are many enough.
    ///
    /// - Returns: whether nothing is left to do.
    @discardableResult
    private func compactEmbeddings(rows limit: Int, _ urgency: CompactionUrgency = .usual) -> Bool {
        guard
            box.value.isMovingEmbeddings
                || box.value.embeddings.needsCompaction(min(configuration.gcThreshold, urgency.deadShare))
        else { return true }
        let view = view
        let isDone = box.value.embeddings.compact(rows: limit) { owner, row in
            // An entity with an embedding is present, and only the writer reads the number of its row.
            view.record(owner)!.embeddingRow = row
        }
        box.value.isMovingEmbeddings = !isDone
        if isDone { box.value.embeddingCompactions += 1 }
        return isDone
    }

    /// The embeddings that take so many bytes, one at least.
    private func embeddingRows(in bytes: Int) -> Int { max(1, bytes / max(1, embeddingDimensions * 4)) }

    /// After compactions, has the allocator give back to the system what the store has left behind. Not for the writes
    /// that compact a little at a time: it takes as long as there are free blocks.
    private func trim() {
        let compactions = box.value.arena.compactions + box.value.embeddingCompactions
        guard compactions != box.value.trimmedAt else { return }
        box.value.trimmedAt = compactions
        BackedMemory.trimHeap()
    }

    /// Destroys what no reader can see any more, and returns its bytes.
    @discardableResult
    func collect() -> Int {
        budget.notePeak()
        box.value.index.shrinkIfSparse(in: epochs)
        box.value.arena.handOver()
        let bytes = epochs.collect()
        box.value.heldUpBytes = epochs.retiredBytes
        box.value.collectedAt = box.value.arena.retiredObjects
        box.value.arena.settle()
        box.value.footprint.settle(at: epochs.footprintBytes)
        return bytes
    }

    /// Retired bytes at which a write collects: 1 MiB, and less in a store that may hold little.
    static func garbageStep(_ configuration: MemoryConfiguration, _ limits: MemoryLimits) -> Int {
        min(1 << 20, limits.hard >> 6, configuration.garbageLimit == 0 ? .max : configuration.garbageLimit / 2)
    }

    /// Collects garbage when there is enough of it, and gives back what it can when the engine is under pressure.
    ///
    /// The write that calls is done, and stays so when there is no memory to compact into.
    @inline(__always)
    func tidy() {
        if budget.pressure != .none {
            relieve(.pressed, by: budget.excessBytes)
            return
        }
        if box.value.arena.isCompacting || box.value.arena.needsCompaction, mayCompact() {
            _ = try? box.value.arena.compactStep(work: Self.compactionWork)
        }
        if embeddingDimensions > 0 { compactEmbeddings(rows: embeddingRows(in: Self.compactionWork)) }
        if isWorthCollecting(box.value.garbageStep) { collect() }
    }

    /// Bytes that a write moves at most when a compaction is under way: some tens of microseconds.
    private static var compactionWork: Int { 256 << 10 }

    /// Whether so many bytes wait that were not held up by readers at the last collection, or so many objects that the
    /// queue of them is large itself.
    @inline(__always)
    private func isWorthCollecting(_ bytes: Int) -> Bool {
        epochs.retiredBytes - box.value.heldUpBytes >= bytes
            || box.value.arena.retiredObjects - box.value.collectedAt >= Self.objectStep
    }

    /// Objects retired since the last collection at which a write collects.
    private static var objectStep: Int { 2_048 }

    /// Gives back what is of no use any more, and then cached answers, until `excess` bytes less are held.
    ///
    /// Without anything worth giving back it is O(1), so that each write of a store that is near its limits may call
    /// it.
    ///
    /// - Returns: whether anything was given back.
    @discardableResult
    @inline(never)
    func relieve(_ urgency: CompactionUrgency, by excess: Int) -> Bool {
        let before = budget.usedBytes
        var given = 0
        // The last resort tries again what readers held up, who may be gone, and lets spare bags go.
        let isWorthIt =
            urgency == .last
            ? true : isWorthCollecting(min(box.value.garbageStep, max(excess, 4_096)))
        if isWorthIt {
            given += collect() + epochs.releaseSpareBags()
            box.value.footprint.settle(at: epochs.footprintBytes)
        }
        let moves = box.value.embeddingCompactions
        compactEmbeddings(rows: .max, urgency)
        var isCompacted = moves != box.value.embeddingCompactions
        if box.value.arena.isWorthCompacting(urgency), mayCompact() {
            isCompacted = ((try? box.value.arena.compactIfNeeded(urgency)) ?? false) || isCompacted
            given += collect()
        }
        // Answers go last: they are the only ones that were still of use.
        let rest = excess == .max ? .max : excess - max(0, before - budget.usedBytes)
        if rest > 0, budget.limits.soft < MemoryLimits.none { given += similarityCache.shrink(by: rest) }
        return given > 0 || isCompacted
    }

    /// Makes a change that needs memory; where there is none, gives back what can be given back and tries once more.
    ///
    /// `body` leaves the graph as it was when it throws.
    @inline(__always)
    func claimingMemory<Result>(
        _ body: () throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        do throws(StrataError) { return try body() } catch {
            guard error.code == .limitExceeded, relieve(.last, by: .max) else { throw explained(error) }
            do throws(StrataError) { return try body() } catch { throw explained(error) }
        }
    }

    /// A refusal in the words of the key that stands behind it.
    private func explained(_ error: StrataError) -> StrataError {
        // An arena knows the ledger that it takes from, and not the limit that ends it. Its own bound, another part's,
        // and the process's allocator speak for themselves.
        guard error.message.contains("budget of \(MemoryLimits.none) bytes") else { return error }
        return budget.refusal("one of its parts needs more")
    }
}
