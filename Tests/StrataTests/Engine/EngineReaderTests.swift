import Glibc
import Synchronization
import Testing

@testable import Strata

/// Readers on threads of their own beside the engine's one writer, which inserts, updates, relates, takes relationships
/// away, deletes, collects and compacts.
@Suite struct EngineReaderTests {
    /// What the writer does and what readers may rely on.
    ///
    /// Entities below `pillars` stay. Each is related to the next one by the type `chain`, and nothing else ever has
    /// this type. All values of an entity carry its identifier in their upper bits, types are made of both ends, and
    /// the values of one row that were written together carry one stamp: whatever is torn, foreign or freed shows.
    private struct Plan {
        static let pillars: UInt32 = 24
        static let others: UInt32 = 400
        static let chain = InternedString(id: 1 << 30)
        static let stampKeys: UInt32 = 100

        static func type(of id: UInt32) -> InternedString { InternedString(id: id &* 2_654_435_761) }

        static func type(_ source: UInt32, _ target: UInt32) -> InternedString {
            InternedString(id: source << 12 | target)
        }

        static func value(_ id: UInt32, _ stamp: UInt32) -> InternedString {
            InternedString(id: id << 16 | stamp & 0xFFFF)
        }

        /// Pairs with one stamp, whose number follows from it, and one pair that is overwritten where it stands.
        static func row(_ id: UInt32, _ stamp: UInt32) -> [InternedProperty] {
            (0...stamp % 40).map { InternedProperty(key: InternedString(id: $0), value: value(id, stamp)) }
                + [InternedProperty(key: InternedString(id: stampKeys), value: value(id, 0))]
        }

        /// What is wrong with a row of an entity; nil when nothing is.
        static func fault(in row: Span<InternedProperty>, of id: UInt32) -> String? {
            guard !row.isEmpty else { return nil }
            let stamp = row[0].value.id & 0xFFFF
            var stamped: UInt32 = 0
            for index in row.indices {
                let pair = row[index]
                guard pair.value.id >> 16 == id else { return "a value of \(pair.value.id >> 16) in the row of \(id)" }
                if pair.key.id < stampKeys {
                    guard pair.key.id == stamped, pair.value.id & 0xFFFF == stamp else { return "a torn row of \(id)" }
                    stamped += 1
                }
            }
            return stamped == stamp % 40 + 1 ? nil : "\(stamped) values of \(stamp % 40 + 1) in the row of \(id)"
        }
    }

    /// The writer's side, with its own memory of what is related to what.
    private final class Writer {
        let engine: KnowledgeEngine
        private var random: SplitMix64
        private var there = Set<UInt32>()
        private var related = Set<UInt64>()
        private var stamp: UInt32 = 0

        init(_ engine: KnowledgeEngine, seed: UInt64) throws {
            self.engine = engine
            random = SplitMix64(seed: seed)
            for id in 0..<Plan.pillars { try insert(id) }
            for id in 1..<Plan.pillars { try engine.relate(id - 1, Plan.chain, id) }
        }

        private func insert(_ id: UInt32) throws {
            stamp += 1
            let row = Plan.row(id, stamp)
            var relationships: [Relationship] = []
            for _ in 0..<random.below(4) {
                let target = anyID()
                // Those that are still to come would be taken for deleted ones.
                guard there.contains(target), target != id, related.insert(UInt64(id) << 32 | UInt64(target)).inserted
                else { continue }
                relationships.append(Relationship(type: Plan.type(id, target), other: target))
            }
            try engine.insert(
                id: id, type: Plan.type(of: id), name: InternedString(id: id), properties: row.span,
                embedding: Span(), relationships: relationships.span)
            there.insert(id)
        }

        private func anyID() -> UInt32 { UInt32(random.below(Int(Plan.pillars + Plan.others))) }

        func step() throws {
            let id = anyID()
            guard there.contains(id) else { return try insert(id) }
            switch random.below(100) {
            case 0..<30:
                try engine.update(id, InternedString(id: Plan.stampKeys), to: Plan.value(id, stamp))
            case 30..<45:
                // A key that it does not have yet, or has: a longer row, or a value where it stands.
                let key = InternedString(id: Plan.stampKeys + 1 + UInt32(random.below(10)))
                try engine.update(id, key, to: Plan.value(id, stamp))
            case 45..<70:
                let target = anyID()
                guard there.contains(target), target != id, related.insert(UInt64(id) << 32 | UInt64(target)).inserted
                else { return }
                try engine.relate(id, Plan.type(id, target), target)
            case 70..<85:
                let target = anyID()
                guard related.remove(UInt64(id) << 32 | UInt64(target)) != nil else { return }
                let removed = try engine.unrelate(id, Plan.type(id, target), target)
                #expect(removed)
            default:
                guard id >= Plan.pillars else { return }
                try engine.delete(id)
                there.remove(id)
                related = related.filter { UInt32($0 >> 32) != id && UInt32(truncatingIfNeeded: $0) != id }
            }
        }
    }

    /// One look at everything that a reader can ask; the first thing that is wrong, in words.
    private static func fault(_ reader: inout EngineReader, _ random: inout SplitMix64) throws(StrataError) -> String? {
        let pillar = UInt32(random.below(Int(Plan.pillars)))
        let id = UInt32(random.below(Int(Plan.pillars + Plan.others)))
        guard let record = reader.entity(pillar) else { return "entity \(pillar) was missed" }
        for data in [record, reader.entity(id)] {
            guard let data else { continue }
            guard data.type == Plan.type(of: data.id), data.embeddingRow == EntityData.none else {
                return "the record of \(data.id) is \(data)"
            }
        }
        if let data = reader.entity(id), data.id != id { return "\(data.id) was found for \(id)" }
        if let name = reader.name(of: id), name.id != id { return "\(id) has the name \(name.id)" }
        for id in [pillar, id] {
            if let fault = reader.withProperties(of: id, { Plan.fault(in: $0, of: id) }) { return fault }
        }
        guard reader.withProperties(of: pillar, { !$0.isEmpty }) else { return "the row of \(pillar) was missed" }
        for direction in [Direction.outgoing, .incoming] {
            var seen = Set<UInt64>()
            var chain: [UInt32] = []
            var fault: String?
            reader.forEachRelationship(of: pillar, direction) { relationship in
                let isNew = seen.insert(UInt64(relationship.type.id) << 32 | UInt64(relationship.other)).inserted
                if !isNew { fault = "a relationship of \(pillar) was shown twice" }
                if relationship.type == Plan.chain {
                    chain.append(relationship.other)
                } else {
                    let expected =
                        direction == .outgoing
                        ? Plan.type(pillar, relationship.other) : Plan.type(relationship.other, pillar)
                    if relationship.type != expected { fault = "\(pillar) has \(relationship) \(direction)" }
                }
            }
            if let fault { return fault }
            let next: [UInt32] =
                direction == .outgoing
                ? (pillar + 1 < Plan.pillars ? [pillar + 1] : []) : (pillar > 0 ? [pillar - 1] : [])
            if chain != next { return "\(pillar) leads to \(chain) and not \(next), \(direction)" }
        }
        switch random.below(8) {
        case 0:
            var shown = [Int](repeating: 0, count: Int(Plan.pillars))
            reader.forEachEntity { if $0.id < Plan.pillars { shown[Int($0.id)] += 1 } }
            if shown != [Int](repeating: 1, count: shown.count) { return "a scan showed \(shown)" }
        case 1:
            let ids = (0..<150).map { _ in UInt32(random.below(Int(Plan.pillars + Plan.others))) }
            var fault: String?
            reader.forEachEntity(ids.span) { place, data in
                if let data, data.id != ids[place] { fault = "\(data.id) was found for \(ids[place])" }
                if data == nil, ids[place] < Plan.pillars { fault = "entity \(ids[place]) was missed in a batch" }
            }
            if let fault { return fault }
        case 2:
            let levels = try reader.hops(from: 0, depth: nil, type: Plan.chain)
            if levels != [Int](repeating: 1, count: Int(Plan.pillars)) { return "hops along the chain: \(levels)" }
            _ = try reader.hops(from: pillar, depth: 2)
        case 3:
            let path = try reader.path(from: 0, to: Plan.pillars - 1, type: Plan.chain)
            if path != Array(0..<Plan.pillars) { return "the path along the chain: \(path ?? [])" }
            _ = try reader.path(from: pillar, to: 0)
        case 4:
            let found = reader.find(InternedString(id: Plan.stampKeys), Plan.value(id, 0))
            if found != [], found != [id] { return "a value of \(id) was found with \(found)" }
        default: break
        }
        return nil
    }

    private static let strategies = AllocationStrategy.allCases

    /// Two readers, one of them holding a pin over many looks, while the writer works.
    @Test(arguments: strategies, [1, 2] as [UInt64])
    func everythingThatIsSeenIsWhole(strategy: AllocationStrategy, seed: UInt64) throws {
        // What is freed is overwritten.
        perturbFreedMemory(0xA5)
        defer { perturbFreedMemory(0) }
        var configuration = EnginePair.configuration(strategy)
        configuration.gcThreshold = 0.1
        let engine = try KnowledgeEngine(configuration: configuration)
        engine.box.value.arena.compaction.minimum = 20_000
        let writer = try Writer(engine, seed: seed)
        let readers = try ReaderPair(engine.reader(), engine.reader())
        let faults = FaultList()
        let isDone = Atomic<Bool>(false)
        let looks = Atomic<Int>(0)
        // The threads of readers live as long as the writer, which stays on this one.
        let threads = startThreads(2) { number in
            var random = SplitMix64(seed: seed &* 31 &+ UInt64(number))
            var reader = readers.take(number)
            while !isDone.load(ordering: .acquiring) {
                do throws(StrataError) {
                    if number == 0 {
                        if let fault = try Self.fault(&reader, &random) { faults.add(fault) }
                    } else {
                        try reader.pinned { reader throws(StrataError) in
                            for _ in 0..<20 { if let fault = try Self.fault(&reader, &random) { faults.add(fault) } }
                        }
                    }
                } catch { faults.add("\(error)") }
                looks.add(1, ordering: .relaxed)
            }
        }
        var step = 0
        while step < longRun(6_000) || looks.load(ordering: .relaxed) < 40 {
            try writer.step()
            if step % 500 == 499 { try engine.collectGarbage() }
            step += 1
            if !faults.isEmpty { break }
        }
        isDone.store(true, ordering: .releasing)
        threads.join()
        #expect(faults.first == nil, "\(strategy), seed \(seed)")
        if strategy == .bump {
            let compactions = engine.box.value.arena.compactions
            #expect(compactions > 2)
        }
        try engine.collectGarbage()
        #expect(engine.memoryMetrics.retiredBytes == 0)
    }

    /// A reader may be the last one that holds the engine.
    @Test(arguments: strategies) func aReaderKeepsTheEngine(strategy: AllocationStrategy) throws {
        func make() throws -> EngineReader {
            let engine = try KnowledgeEngine(configuration: EnginePair.configuration(strategy))
            for id in 0..<1_000 as Range<UInt32> { try engine.insert(id: id, type: "t", properties: ["n": "\(id)"]) }
            try engine.delete(17)
            return try engine.reader()
        }
        var reader = try make()
        var count = 0
        reader.forEachEntity { _ in count += 1 }
        #expect(count == 999)
        let (gone, properties) = (reader.entity(17), reader.withProperties(of: 18) { $0.count })
        #expect(gone == nil)
        #expect(properties == 1)
    }

    /// What a pinned reader found stays, and nothing of it is used again before it unpins.
    @Test(arguments: strategies) func nothingIsReusedUnderAPin(strategy: AllocationStrategy) throws {
        let engine = try KnowledgeEngine(configuration: EnginePair.configuration(strategy))
        var reader = try engine.reader()
        let row = Plan.row(7, 39)
        func insert(_ id: UInt32, _ row: [InternedProperty]) throws {
            try engine.insert(
                id: id, type: Plan.type(of: id), properties: row.span, embedding: Span(), relationships: Span())
        }
        try insert(7, row)
        let slot = engine.box.value.index.slot(of: 7)!
        let payload = engine.box.value.arena.record(at: slot).payload(.properties).payload!
        try reader.pinned { reader in
            try engine.delete(7)
            let gone = reader.entity(7)
            #expect(gone == nil)
            for id in 100..<600 as Range<UInt32> { try insert(id, Plan.row(id, id)) }
            for id in 100..<600 as Range<UInt32> { try engine.delete(id) }
            try engine.collectGarbage()
            for id in 600..<1_000 as Range<UInt32> {
                try insert(id, Plan.row(id, id))
                let other = engine.box.value.index.slot(of: id)
                #expect(other != slot)
            }
            #expect(payload.count == row.count)
            let held = (0..<payload.count).map { InternedProperty(word: payload[word: $0]) }
            #expect(held == row)
            #expect(engine.memoryMetrics.retiredBytes > 0)
        }
        try engine.collectGarbage()
        #expect(engine.memoryMetrics.retiredBytes == 0)
    }
}

/// Hands each of two threads its reader.
private final class ReaderPair: @unchecked Sendable {
    private let readers: UnsafeMutablePointer<EngineReader>

    init(_ first: consuming EngineReader, _ second: consuming EngineReader) {
        readers = .allocate(capacity: 2)
        readers.initialize(to: first)
        (readers + 1).initialize(to: second)
    }

    deinit { readers.deallocate() }

    /// Called once for each.
    func take(_ number: Int) -> EngineReader { (readers + number).move() }
}

/// Has the C library's allocator fill what is freed with a byte; 0 for none. Other allocators do not.
private func perturbFreedMemory(_ byte: Int32) {
    guard let symbol = dlsym(nil, "mallopt") else { return }
    let perturb: Int32 = -6
    _ = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)(perturb, byte)
}

private final class FaultList: Sendable {
    private let faults = Mutex<[String]>([])
    private let count = Atomic<Int>(0)

    func add(_ fault: String) {
        faults.withLock { $0.append(fault) }
        count.add(1, ordering: .relaxed)
    }

    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }
    var first: String? { faults.withLock { $0.first } }
}
