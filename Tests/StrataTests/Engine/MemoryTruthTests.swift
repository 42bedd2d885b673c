import Testing

@testable import Strata

/// `memoryUsage` against the allocator's and the kernel's figures, each time in a process that does nothing else.
@Suite struct MemoryTruthTests {
    @Test func withOneBlockAPayload() async {
        await #expect(processExitsWith: .success) { try checkMemoryUsage(.direct) }
    }

    @Test func withPayloadsInAnArena() async {
        await #expect(processExitsWith: .success) { try checkMemoryUsage(.bump) }
    }

    @Test func aStoreThatIsFullHoldsNoMoreThanItsLimit() async {
        await #expect(processExitsWith: .success) {
            try fillToTheLimit(.direct)
            try fillToTheLimit(.bump)
        }
    }
}

/// A graph of which every part takes memory.
private struct Load {
    let engine: KnowledgeEngine
    var random = SplitMix64(seed: 11)
    let dimensions = 48
    private var types: [InternedString] = []
    private var values: [InternedString] = []
    private var vectors: [[Float]] = []

    init(_ engine: KnowledgeEngine, values count: Int = 20_000) throws {
        self.engine = engine
        for _ in 0..<32 { vectors.append(random.vector(dimensions)) }
        for number in 0..<8 { types.append(try engine.intern("type \(number)")) }
        for number in 0..<count { values.append(try engine.intern("the value with the number \(number)")) }
    }

    mutating func insert(_ id: UInt32, among count: Int) throws {
        var properties: [InternedProperty] = []
        for _ in 0..<random.below(7) {
            properties.append(
                InternedProperty(key: types[random.below(8)], value: values[random.below(values.count)]))
        }
        var relationships: [Relationship] = []
        for _ in 0..<random.below(6) {
            relationships.append(Relationship(type: types[random.below(8)], other: UInt32(random.below(count))))
        }
        let embedding = random.chance(60) ? vectors[random.below(32)] : []
        try engine.insert(
            id: id, type: types[0], properties: properties.span, embedding: embedding.span,
            relationships: relationships.span)
    }

    mutating func ask() throws {
        let query = random.vector(dimensions)
        _ = try engine.similar(to: query.span, limit: 10)
    }
}

private func isWithin(_ share: Double, _ counted: Int, _ truth: Int, _ what: String) {
    #expect(
        abs(Double(counted - truth)) <= Double(truth) * share,
        "\(what): \(counted) counted, \(truth) by the system, \(Double(counted) / Double(truth))")
}

private func checkMemoryUsage(_ strategy: AllocationStrategy) throws {
    var configuration = EnginePair.configuration(strategy)
    configuration.memoryHardLimit = 0
    // Whatever is made once in a process is made before.
    do {
        var load = try Load(try KnowledgeEngine(configuration: configuration, embeddingDimensions: 48), values: 10)
        for id in 0..<10 as Range<UInt32> { try load.insert(id, among: 10) }
        try load.ask()
    }
    guard let before = HeapTruth.now() else { return }
    let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 48)
    var load = try Load(engine)
    // So few that no chunk is as large as a huge page: the addresses that are left over when one is aligned count in the
    // allocator's figure, and have no memory behind them.
    let count = 30_000
    for id in 0..<count { try load.insert(UInt32(id), among: count) }
    for _ in 0..<40 { try load.ask() }
    try engine.collectGarbage()
    load = try Load(engine, values: 0)

    let loaded = HeapTruth.now()!
    let breakdown = engine.memoryBreakdown
    #expect(breakdown.garbage == 0)
    #expect(engine.memoryUsage == breakdown.total)
    isWithin(0.02, engine.memoryUsage, loaded.heldBytes - before.heldBytes, "loaded, the allocator")
    isWithin(
        0.02, engine.memoryUsage - breakdown.untouched, loaded.residentBytes - before.residentBytes,
        "loaded, the kernel")
    let metrics = engine.memoryMetrics
    #expect(metrics.heldBytes == engine.memoryUsage)
    #expect(metrics.peakHeldBytes >= metrics.heldBytes)
    #expect(metrics.allocationRate > 0)

    // Half of it replaced, a third deleted: blocks of all ages, dead bytes, free slots and rows.
    load = try Load(engine)
    for _ in 0..<count / 2 {
        let id = UInt32(load.random.below(count))
        if engine.entity(id) != nil { try engine.delete(id) }
        if load.random.chance(60) { try load.insert(id, among: count) }
    }
    try engine.collectGarbage()
    load = try Load(engine, values: 0)
    isWithin(0.02, engine.memoryUsage, HeapTruth.now()!.heldBytes - before.heldBytes, "changed, the allocator")

    // Every entity gone: what the slots, the index and the strings keep is still counted.
    var ids: [UInt32] = []
    engine.forEachEntity { ids.append($0.id) }
    for id in ids { try engine.delete(id) }
    ids = []
    try engine.collectGarbage()
    isWithin(0.02, engine.memoryUsage, HeapTruth.now()!.heldBytes - before.heldBytes, "drained, the allocator")
    #expect(engine.memoryMetrics.liveBytes == 0)
    #expect(engine.memoryMetrics.turnover == nil)
}

private func fillToTheLimit(_ strategy: AllocationStrategy) throws {
    var configuration = EnginePair.configuration(strategy)
    configuration.memoryHardLimit = 16 << 20
    guard let before = HeapTruth.now() else { return }
    let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 48)
    var load = try Load(engine)
    var error: StrataError?
    var id: UInt32 = 0
    while error == nil {
        error = failure { try load.insert(id, among: 1 << 20) }
        if id % 512 == 0 { try load.ask() }
        id += 1
    }
    #expect(error?.code == .limitExceeded)
    #expect(error?.description.contains("memory_hard_limit") == true, "\(String(describing: error))")
    load = try Load(engine, values: 0)
    let truth = HeapTruth.now()!
    let limit = 16 << 20
    let resident = truth.residentBytes - before.residentBytes
    #expect(resident <= limit + limit / 50, "\(strategy): \(resident), \(engine.memoryBreakdown)")
    // And most of it is put to use.
    #expect(engine.memoryUsage >= limit * 3 / 4, "\(strategy): \(engine.memoryBreakdown)")
}
