/// The payload memory of the strategy `bump`: areas, each an arena that is given back as a whole.
///
/// Payloads are packed one after another in the area at hand; what is given back is counted as dead in its area, and an
/// area without live payloads is retired at once. Where live ones are left among the dead, the owner moves them out:
/// few areas at a time, while the others stay.
///
/// Areas have two generations. What writes allocate is *young*: the last few areas, which keep a log of whose payload
/// each allocation is. An area that leaves this circle is visited once through its log if a good part of it is dead
/// (most payloads that are replaced are young); what survives is packed into *old* areas, which are visited only when
/// the share of dead bytes has reached the threshold. Source: generation scavenging (Ungar, "Generation scavenging",
/// 1984), with areas as in Garbage-First collection (Detlefs, Flood, Heller and Printezis, 2004), which also takes
/// first where most is dead.
///
/// Invariant: `liveBytes` of an area are those of its payloads that were not given back; the totals are the sums over
/// the areas held. A number below 65,536 names one area until it is retired.
struct PayloadAreas: ~Copyable {
    enum Generation { case young, old }

    struct Area: ~Copyable {
        var arena: BumpArena
        var liveBytes = 0
        var generation: Generation
        /// Whether its payloads are being moved out.
        var isVictim = false
        /// The slot of each payload's owner, in order, while the area is young.
        var log: [UInt32] = []

        var deadShare: Double {
            arena.allocatedBytes == 0 ? 0 : 1 - Double(liveBytes) / Double(arena.allocatedBytes)
        }
    }

    static var leastAreaBytes: Int { 64 << 10 }
    static var largestAreaBytes: Int { 4 << 20 }
    /// Filled areas that stay young.
    private static var youngAreas: Int { 4 }
    /// The share of dead bytes from which an area that leaves its youth is evacuated.
    private static var youngDeadShare: Double { 0.25 }
    private static var maximumAreas: Int { 1 << 16 }
    /// What an arena keeps for itself in a chunk, at most.
    private static var chunkOverhead: Int { 128 }
    private static var leastChunkBytes: Int { 256 }

    private let byteLimit: Int?
    private let budget: ArenaBudget?
    /// Areas by their numbers; each pointer is this object's alone until its area is retired. `young` and `aged` name
    /// areas that are held.
    private var areas: [UnsafeMutablePointer<Area>?] = []
    private var freeNumbers: [Int] = []
    private var currentYoung: Int?
    private var currentOld: Int?
    /// Filled young areas, oldest first.
    private var young: [Int] = []
    /// Areas that left their youth and wait for their evacuation through the log.
    private var aged: [Int] = []

    private(set) var liveBytes = 0
    /// Bytes handed out by the areas held, live and dead.
    private(set) var allocatedBytes = 0
    /// Bytes that the areas held have from the process's allocator, logs not counted.
    private var chunkBytes = 0
    /// Of these, bytes of areas that are being evacuated.
    private var victimBytes = 0
    /// Bytes of the logs, which are not taken from the budget here.
    private(set) var logBytes = 0

    /// - Parameters:
    ///   - byteLimit: the most that areas may hold, apart from those that are being evacuated; nil for no bound.
    ///   - budget: what else the chunks are taken from.
    init(byteLimit: Int?, budget: ArenaBudget?) {
        self.byteLimit = byteLimit
        self.budget = budget
    }

    deinit {
        for case let area? in areas { Self.drop(area) }
    }

    @inline(__always)
    var deadBytes: Int { allocatedBytes - liveBytes }
    /// Bytes held from the process's allocator.
    var reservedBytes: Int { chunkBytes + logBytes }
    /// Bytes at the ends of chunks that were never handed out. Of the areas at hand, which are large, only those count
    /// that have no memory behind them; the others end within a page or two of their ends.
    var untouchedBytes: Int {
        var bytes = chunkBytes - allocatedBytes
        for case let number? in [currentYoung, currentOld] {
            let area = areas[number].unsafelyUnwrapped
            let tail = area.pointee.arena.availableBytes
            guard tail > 0, let end = UnsafeRawPointer(bitPattern: area.pointee.arena.cursor) else { continue }
            bytes -= tail - BackedMemory.unbackedByteCount(from: end, byteCount: tail)
        }
        return bytes
    }
    /// The largest area that there ever was, in bytes.
    private(set) var greatestAreaBytes = 0

    /// Bytes that are dead, or retired with their area, once these payloads are given back: at most, since what is
    /// allocated meanwhile may keep an area.
    ///
    /// - Complexity: O(payloads).
    func garbageBytes(freeing words: [PayloadWord]) -> Int {
        // The young area at hand is kept while it is at hand, though nothing in it lives.
        var freed: [Int: Int] = [:]
        if let currentYoung { freed[currentYoung] = 0 }
        var bytes = 0
        for word in words {
            guard let payload = word.payload else { continue }
            freed[word.area, default: 0] += payload.byteCount
            bytes += payload.byteCount
        }
        for (number, byteCount) in freed {
            let area = areas[number].unsafelyUnwrapped
            if area.pointee.liveBytes <= byteCount { bytes += area.pointee.arena.reservedBytes }
        }
        return bytes
    }

    /// The number of areas held.
    var areaCount: Int { areas.count - freeNumbers.count }

    // MARK: Payloads

    /// Uninitialised memory for the payload of a record.
    ///
    /// - Parameter byteCount: a multiple of 8.
    /// - Returns: the address, and the number of the area.
    /// - Throws: `limitExceeded`; everything is as before then.
    /// - Complexity: O(1) amortised.
    mutating func allocate(
        byteCount: Int, owner slot: UInt32, _ generation: Generation, _ epochs: EpochManager
    ) throws(StrataError) -> (address: UnsafeMutableRawPointer, area: Int) {
        if let number = generation == .young ? currentYoung : currentOld {
            let area = areas[number].unsafelyUnwrapped
            if area.pointee.arena.availableBytes >= byteCount {
                let address = try area.pointee.arena.allocate(byteCount: byteCount, alignment: 8)
                count(byteCount, of: slot, in: area)
                return (address, number)
            }
        }
        return try allocateInNewArea(byteCount, slot, generation, epochs)
    }

    @inline(__always)
    private mutating func count(_ byteCount: Int, of slot: UInt32, in area: UnsafeMutablePointer<Area>) {
        if area.pointee.generation == .young {
            let room = area.pointee.log.capacity
            area.pointee.log.append(slot)
            if area.pointee.log.capacity != room {
                logBytes += (area.pointee.log.capacity - room) * MemoryLayout<UInt32>.stride
            }
        }
        area.pointee.liveBytes += byteCount
        liveBytes += byteCount
        allocatedBytes += byteCount
    }

    /// Counts a payload as dead, and retires its area when it was the last one there.
    mutating func free(byteCount: Int, in number: Int, _ epochs: EpochManager) {
        let area = areas[number]!
        area.pointee.liveBytes -= byteCount
        liveBytes -= byteCount
        if area.pointee.liveBytes == 0, number != currentYoung, number != currentOld { retire(number, epochs) }
    }

    // MARK: Evacuation

    /// Whether a payload's area is being evacuated.
    @inline(__always)
    func isVictim(_ number: Int) -> Bool { areas[number]!.pointee.isVictim }

    /// Whether an area that left its youth waits for its evacuation.
    @inline(__always)
    var hasAged: Bool { !aged.isEmpty }

    /// Makes the next aged area a victim.
    ///
    /// - Returns: the slots of the owners of its payloads; nil when none waits.
    mutating func nextAged() -> [UInt32]? {
        guard let number = aged.popLast() else { return nil }
        let owners = areas[number]!.pointee.log
        becomeOld(number)
        markVictim(number)
        return owners
    }

    /// Makes victims of all areas in which at least a share is dead.
    mutating func markVictims(deadShare: Double, _ epochs: EpochManager) {
        for number in areas.indices {
            guard let area = areas[number], area.pointee.deadShare >= deadShare else { continue }
            if number == currentYoung { currentYoung = nil }
            if number == currentOld { currentOld = nil }
            if area.pointee.liveBytes == 0 { retire(number, epochs) } else { markVictim(number) }
        }
    }

    /// Ends an evacuation: what could not be moved out stays where it is.
    mutating func unmarkVictims() {
        for case let area? in areas where area.pointee.isVictim {
            area.pointee.isVictim = false
            victimBytes -= area.pointee.arena.reservedBytes
        }
    }

    private mutating func markVictim(_ number: Int) {
        let area = areas[number]!
        guard !area.pointee.isVictim else { return }
        area.pointee.isVictim = true
        victimBytes += area.pointee.arena.reservedBytes
    }

    // MARK: Areas

    /// Allocates in a new area, which becomes the one at hand unless the payload fills a good part of it.
    @inline(never)
    private mutating func allocateInNewArea(
        _ byteCount: Int, _ slot: UInt32, _ generation: Generation, _ epochs: EpochManager
    ) throws(StrataError) -> (address: UnsafeMutableRawPointer, area: Int) {
        var size = usualAreaBytes
        let needed = Swift.max(byteCount + Self.chunkOverhead + 63, Self.leastChunkBytes) & ~63
        let isOwn = needed > size / 8
        if isOwn { size = needed }
        if let byteLimit {
            // The last area before the bound takes what is left, so that the whole budget is usable.
            let held = chunkBytes - victimBytes
            size = Swift.min(size, (byteLimit - held) & ~63)
            guard size >= needed else {
                throw StrataError(
                    .limitExceeded,
                    "the arena's budget of \(byteLimit) bytes has no room for \(byteCount) more (\(held) are held)",
                    remedy: "raise arena_size or store less")
            }
        }
        guard let number = freeNumbers.last ?? (areas.count < Self.maximumAreas ? areas.count : nil) else {
            throw StrataError(.limitExceeded, "the payload arena has its \(Self.maximumAreas) areas")
        }
        var arena = BumpArena(firstChunkBytes: size, largestChunkBytes: size, budget: budget)
        let address = try arena.allocate(byteCount: byteCount, alignment: 8)
        chunkBytes += arena.reservedBytes
        greatestAreaBytes = Swift.max(greatestAreaBytes, arena.reservedBytes)
        let area = UnsafeMutablePointer<Area>.allocate(capacity: 1)
        area.initialize(to: Area(arena: arena, generation: generation))
        if generation == .young, !isOwn { makeLog(area, byteCount: size) }
        if number == areas.count { areas.append(area) } else { areas[freeNumbers.removeLast()] = area }
        count(byteCount, of: slot, in: area)
        if isOwn {
            // Nothing comes beside it: it is young until it dies, or is found among the old.
            becomeOld(number)
            return (address, number)
        }
        switch generation {
        case .young:
            let previous = currentYoung
            currentYoung = number
            if let previous { leaveOff(previous, epochs) }
        case .old:
            let previous = currentOld
            currentOld = number
            if let previous, areas[previous]!.pointee.liveBytes == 0 { retire(previous, epochs) }
        }
        return (address, number)
    }

    /// The size of the next area. Areas grow with what is held, so that there are never many, and a small graph holds
    /// little.
    private var usualAreaBytes: Int {
        var size = Self.leastAreaBytes
        while size < Swift.max(Self.largestAreaBytes, chunkBytes >> 12), size * 8 <= chunkBytes { size *= 2 }
        return size
    }

    /// Gives an area's log the room that the last one would have needed for as many bytes, and an eighth more: a log that
    /// doubles leaves as much behind for the allocator to keep.
    private mutating func makeLog(_ area: UnsafeMutablePointer<Area>, byteCount: Int) {
        guard let last = currentYoung.flatMap({ areas[$0] }), last.pointee.arena.reservedBytes > 0 else { return }
        let entries = last.pointee.log.count * byteCount / last.pointee.arena.reservedBytes
        area.pointee.log.reserveCapacity(entries + entries / 8)
        logBytes += area.pointee.log.capacity * MemoryLayout<UInt32>.stride
    }

    /// Puts a young area that is full behind the others of its kind, and has the oldest one leave its youth.
    private mutating func leaveOff(_ number: Int, _ epochs: EpochManager) {
        // While it was at hand it was kept, though all of it may have died.
        guard areas[number]!.pointee.liveBytes > 0 else { return retire(number, epochs) }
        young.append(number)
        guard young.count > Self.youngAreas else { return }
        let oldest = young.removeFirst()
        if areas[oldest]!.pointee.deadShare >= Self.youngDeadShare { aged.append(oldest) } else { becomeOld(oldest) }
    }

    private mutating func becomeOld(_ number: Int) {
        let area = areas[number]!
        area.pointee.generation = .old
        logBytes -= area.pointee.log.capacity * MemoryLayout<UInt32>.stride
        area.pointee.log = []
    }

    /// Takes an area without live payloads off, and frees it when no reader can see what was there.
    private mutating func retire(_ number: Int, _ epochs: EpochManager) {
        let area = areas[number]!
        precondition(area.pointee.liveBytes == 0)
        // Nobody is to be moved out of it any more.
        becomeOld(number)
        let reserved = area.pointee.arena.reservedBytes
        chunkBytes -= reserved
        allocatedBytes -= area.pointee.arena.allocatedBytes
        if area.pointee.isVictim { victimBytes -= reserved }
        let isOutgrown = reserved < usualAreaBytes
        areas[number] = nil
        freeNumbers.append(number)
        young.removeAll { $0 == number }
        aged.removeAll { $0 == number }
        epochs.retire(
            RetiredObject(address: UInt(bitPattern: area), byteCount: reserved) { address in
                let area = UnsafeMutablePointer<Area>(bitPattern: address)!
                // No later area is as small, so the allocator would keep its pages for nobody.
                if isOutgrown { area.pointee.arena.discardPages() }
                Self.drop(area)
            })
    }

    /// Areas from this size on give their pages back to the system: a store that shrank would else leave them with the
    /// allocator, among blocks that are still in use.
    private static var leastReturnedBytes: Int { 256 << 10 }

    private static func drop(_ area: UnsafeMutablePointer<Area>) {
        let chunks = area.pointee.arena.chunks
        if chunks.pointee.reservedBytes >= leastReturnedBytes { chunks.pointee.releasePages() }
        area.deinitialize(count: 1)
        area.deallocate()
    }
}
