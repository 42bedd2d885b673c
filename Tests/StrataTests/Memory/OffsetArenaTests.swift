import Glibc
import Strata
import Testing

@Suite struct OffsetArenaTests {
    /// A node of the kind that offsets are for.
    private struct Node: BitwiseCopyable {
        var key: UInt32
        var left: ArenaOffset<Node>
        var right: ArenaOffset<Node>
    }

    @Test func anOffsetTakesHalfOfAPointer() {
        #expect(MemoryLayout<ArenaOffset<Node>>.size == 4)
        #expect(MemoryLayout<Node>.stride == 12)
        #expect(ArenaOffset<Node>.none.isNone)
        #expect(!ArenaOffset<Node>(rawValue: 1).isNone)
    }

    // MARK: Against a model

    private struct Entry {
        var offset: ArenaOffset<UInt8>
        var byteCount: Int
        var mark: UInt8
        var alignment: Int
    }

    /// Allocates, rewinds and resets at random; a list of what must be there is the model.
    private func play<let granule: Int>(_ arena: inout OffsetArena<granule>, seed: UInt64, budget: ArenaBudget) throws {
        var random = SplitMix64(seed: seed)
        var entries: [Entry] = []
        var first: UnsafeMutableRawPointer?
        let operations = longRun(2_000)
        func fill(_ arena: inout OffsetArena<granule>, _ count: Int, _ mark: Int) throws {
            for step in 0..<count {
                let alignment = 1 << random.below(random.chance(5) ? 15 : 6)
                let byteCount = random.below(random.chance(2) ? 30_000 : 200)
                let entry = Entry(
                    offset: try arena.allocate(byteCount: byteCount, alignment: alignment), byteCount: byteCount,
                    mark: UInt8(truncatingIfNeeded: step &+ mark), alignment: alignment)
                memset(arena.pointer(entry.offset), Int32(entry.mark), byteCount)
                entries.append(entry)
            }
        }
        var done = 0
        while done < operations {
            let count = 1 + random.below(100)
            done += count
            try fill(&arena, count, done)
            if first == nil, let entry = entries.first { first = UnsafeMutableRawPointer(arena.pointer(entry.offset)) }
            if random.chance(40) {
                let kept = entries.count
                let before = [arena.allocatedBytes, arena.wastedBytes]
                let checkpoint = arena.checkpoint()
                try fill(&arena, random.below(200), done)
                arena.rewind(to: checkpoint)
                entries.removeLast(entries.count - kept)
                if random.chance(20) { arena.trim() }
                let after = [arena.allocatedBytes, arena.wastedBytes]
                #expect(after == before, "seed \(seed), after \(done)")
            }
            var end = 0
            // Looking at all of them each time would take most of a long run.
            for entry in operations > 2_000 && random.chance(90) ? [] : entries {
                let pointer = arena.pointer(entry.offset)
                let isWhole = MarkedBlock(matching: pointer, entry.byteCount, entry.mark).isWhole
                let isAligned = UInt(bitPattern: pointer) % UInt(max(entry.alignment, granule)) == 0
                let isApart = Int(entry.offset.rawValue) * granule >= end && !entry.offset.isNone
                guard isWhole, isAligned, isApart, arena.offset(of: pointer) == entry.offset else {
                    Issue.record("seed \(seed), after \(done): \(entry) whole \(isWhole) aligned \(isAligned)")
                    return
                }
                end = Int(entry.offset.rawValue) * granule + entry.byteCount
            }
            if let entry = entries.first {
                #expect(first == UnsafeMutableRawPointer(arena.pointer(entry.offset)), "seed \(seed): it has moved")
            }
            let (allocated, reserved, waste) = (arena.allocatedBytes, arena.reservedBytes, arena.wastedBytes)
            let room = arena.availableBytes
            #expect(allocated == entries.reduce(0) { $0 + $1.byteCount }, "seed \(seed), after \(done)")
            #expect(reserved == budget.takenBytes, "seed \(seed), after \(done)")
            #expect(reserved == allocated + waste + room, "seed \(seed), after \(done)")
            // Granule 0, and less than the larger of granule and alignment for each.
            #expect(waste <= granule + entries.reduce(0) { $0 + max($1.alignment, granule) * 2 })
            if entries.count > 400 {
                arena.reset()
                entries = []
                first = nil
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64], [false, true])
    func keepsWhatWasAllocatedInGranulesOf8(seed: UInt64, usesHugePages: Bool) throws {
        let budget = ArenaBudget(byteLimit: 256 << 20)
        do {
            var arena = try OffsetArena<8>(budget: budget, usesHugePages: usesHugePages)
            try play(&arena, seed: seed, budget: budget)
        }
        #expect(budget.takenBytes == 0, "bytes were lost")
    }

    @Test(arguments: [4, 5] as [UInt64])
    func keepsWhatWasAllocatedInGranulesOf16(seed: UInt64) throws {
        let budget = ArenaBudget(byteLimit: 256 << 20)
        do {
            var arena = try OffsetArena<16>(reservationBytes: 1 << 30, budget: budget)
            try play(&arena, seed: seed, budget: budget)
        }
        #expect(budget.takenBytes == 0, "bytes were lost")
    }

    // MARK: Structures

    @Test(arguments: [6, 7] as [UInt64])
    func aTreeOfOffsetsFindsWhatASetHolds(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var arena = try OffsetArena<8>()
        var root = ArenaOffset<Node>.none
        var model: Set<UInt32> = []
        for _ in 0..<3_000 {
            let key = UInt32(random.below(2_000))
            let node = try arena.create(Node(key: key, left: .none, right: .none))
            guard !root.isNone else {
                root = node
                model.insert(key)
                continue
            }
            var place = root
            while true {
                let current = arena[place]
                if current.key == key { break }
                let child = key < current.key ? current.left : current.right
                if !child.isNone {
                    place = child
                    continue
                }
                if key < current.key { arena[place].left = node } else { arena[place].right = node }
                model.insert(key)
                break
            }
        }
        let resolver = arena.resolver
        for key in UInt32(0)..<2_000 {
            var place = root
            while !place.isNone, resolver[place].key != key {
                place = key < resolver[place].key ? resolver[place].left : resolver[place].right
            }
            #expect(!place.isNone == model.contains(key), "seed \(seed): key \(key)")
        }
        withExtendedLifetime(arena) {}
    }

    @Test func typedValuesStandOneAfterAnother() throws {
        var arena = try OffsetArena<16>()
        let row = try arena.allocate(UInt32.self, count: 1_000)
        let buffer = arena.buffer(row, count: 1_000)
        for place in buffer.indices { buffer[place] = UInt32(place) }
        let vector = try arena.create(SIMD8<Float>(repeating: 2))
        #expect(arena[vector] == SIMD8<Float>(repeating: 2))
        arena[vector][3] = 5
        #expect(arena[vector][3] == 5)
        let again = arena.buffer(row, count: 1_000)
        #expect(again.indices.allSatisfy { again[$0] == UInt32($0) })
        let found = [arena.allocatedBytes, arena.wastedBytes]
        // Granule 0.
        #expect(found == [4_032, 16])
    }

    // MARK: Limits

    @Test func offsetsReachTheirLastGranule() throws {
        var arena = try OffsetArena<8>()
        // Never written, hence no memory.
        _ = try arena.allocate(byteCount: OffsetArena<8>.reachBytes - 8 - 3 * 8)
        var places: [ArenaOffset<UInt64>] = []
        for value in 0..<3 { places.append(try arena.create(UInt64(value))) }
        #expect(places.map(\.rawValue) == [UInt32.max - 3, UInt32.max - 2, UInt32.max - 1])
        for value in 0..<3 { #expect(arena[places[value]] == UInt64(value)) }
        let before = [arena.allocatedBytes, arena.reservedBytes, arena.availableBytes]
        #expect(failure { try arena.create(UInt64(4)) }?.code == .limitExceeded)
        #expect(failure { try arena.allocate(byteCount: 1) }?.code == .limitExceeded)
        let after = [arena.allocatedBytes, arena.reservedBytes, arena.availableBytes]
        #expect(after == before)
        #expect(after[2] == 0)
    }

    @Test func theReservationAndTheBudgetHold() throws {
        var narrow = try OffsetArena<8>(reservationBytes: 100_000)
        let first = try narrow.create(UInt64(9))
        #expect(failure { try narrow.allocate(byteCount: 200_000) }?.code == .limitExceeded)
        let more = try narrow.allocate(byteCount: 90_000)
        memset(narrow.pointer(more), 1, 90_000)
        #expect(narrow[first] == 9)
        #expect(failure { try narrow.allocate(byteCount: 20_000) }?.code == .limitExceeded)

        let budget = ArenaBudget(byteLimit: 300_000)
        do {
            var arena = try OffsetArena<8>(budget: budget)
            var count = 0
            while failure({ try arena.create(UInt64(count)) }) == nil { count += 1 }
            // Whole pages are taken, and all of those are usable.
            #expect(count == 300_000 / 4_096 * 4_096 / 8 - 1)
            #expect(failure { try arena.create(UInt64(0)) }?.code == .limitExceeded)
            #expect(budget.takenBytes == 300_000 / 4_096 * 4_096)
            arena.reset()
            arena.trim()
            #expect(budget.takenBytes == 4_096)
            _ = try arena.allocate(byteCount: 200_000)
        }
        #expect(budget.takenBytes == 0)
        let none = failure { try OffsetArena<8>(budget: ArenaBudget(byteLimit: 100)) }
        #expect(none?.code == .limitExceeded)
        for bytes in [-1, 0, OffsetArena<16>.reachBytes + 1, .max] {
            #expect(failure { try OffsetArena<16>(reservationBytes: bytes) }?.code == .invalidArgument)
        }
    }

    @Test func trimmedMemoryIsGivenBack() throws {
        var arena = try OffsetArena<8>()
        let kept = try arena.create(UInt64(5))
        let checkpoint = arena.checkpoint()
        let block = try arena.allocate(byteCount: 1 << 20)
        memset(arena.pointer(block), 0xFF, 1 << 20)
        arena.rewind(to: checkpoint)
        arena.trim()
        let reserved = arena.reservedBytes
        #expect(reserved == 4_096)
        let again = try arena.allocate(byteCount: 1 << 20)
        #expect(again == block)
        // Fresh pages: but for the first, which the kept value shares.
        #expect(MarkedBlock(matching: arena.pointer(again) + 4_096, (1 << 20) - 4_096, 0).isWhole)
        #expect(arena[kept] == 5)
    }

    @Test func badRequestsAreRefused() throws {
        var arena = try OffsetArena<8>()
        for alignment in [0, 3, 24, -8, 4 << 20, .min, .max] {
            let error = failure { try arena.allocate(byteCount: 8, alignment: alignment) }
            #expect(error?.code == .invalidArgument, "alignment \(alignment)")
        }
        for byteCount in [-1, -8, .min] {
            #expect(failure { try arena.allocate(byteCount: byteCount) }?.code == .invalidArgument, "\(byteCount)")
        }
        #expect(failure { try arena.allocate(byteCount: .max) }?.code == .limitExceeded)
        for count in [-1, .max] {
            #expect(failure { try arena.allocate(UInt64.self, count: count) }?.code == .limitExceeded)
        }
        let (allocated, waste) = (arena.allocatedBytes, arena.wastedBytes)
        #expect(allocated == 0)
        #expect(waste == 8)
    }

    @Test func aStaleCheckpointIsRefused() async {
        await #expect(processExitsWith: .failure) {
            var arena = try! OffsetArena<8>(reservationBytes: 1 << 20)
            _ = try! arena.create(1)
            let checkpoint = arena.checkpoint()
            arena.reset()
            arena.rewind(to: checkpoint)
        }
    }
}
