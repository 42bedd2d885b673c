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

    /// So many that chunks are as large as huge pages and larger, which the allocator aligns and the system fills at
    /// once.
    @Test func withChunksLargerThanHugePages() async {
        await #expect(processExitsWith: .success) { try checkMemoryUsage(.bump, count: 140_000, isPlain: true) }
    }

    @Test func whatReadersHoldUpIsCountedOnce() async {
        await #expect(processExitsWith: .success) {
            // Pools note each live block in debug builds, which no release does.
            for strategy in [.direct, .bump] as [AllocationStrategy] { try checkGarbage(strategy) }
        }
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

    /// An entity of little more than its record.
    mutating func insertPlain(_ id: UInt32) throws {
        let row = [InternedProperty(key: types[0], value: types[1])]
        try engine.insert(
            id: id, type: types[0], properties: row.span, embedding: Span(), relationships: Span())
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

private func checkMemoryUsage(_ strategy: AllocationStrategy, count: Int = 30_000, isPlain: Bool = false) throws {
    var configuration = EnginePair.configuration(strategy)
    configuration.memoryHardLimit = 0
    // Whatever is made once in a process is made before.
    do {
        var load = try Load(try KnowledgeEngine(configuration: configuration, embeddingDimensions: 48), values: 10)
        for id in 0..<10 as Range<UInt32> { try load.insert(id, among: 10) }
        try load.ask()
        _ = load.engine.memoryBreakdown
    }
    guard let before = HeapTruth.now() else { return }
    let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 48)
    var load = try Load(engine)
    func check(_ when: String) {
        let (truth, breakdown) = (HeapTruth.now()!, engine.memoryBreakdown)
        #expect(breakdown.garbage == 0, "\(strategy), \(when)")
        #expect(engine.memoryUsage == breakdown.total)
        isWithin(0.02, breakdown.handedOut, truth.heldBytes - before.heldBytes, "\(strategy), \(when), the allocator")
        // Single blocks that are free among others are the allocator's, which keeps their pages.
        guard strategy == .bump || when == "loaded" else { return }
        isWithin(
            0.02, breakdown.resident, truth.residentBytes - before.residentBytes, "\(strategy), \(when), the kernel")
    }
    for id in 0..<count { try isPlain ? load.insertPlain(UInt32(id)) : load.insert(UInt32(id), among: count) }
    for _ in 0..<40 { try load.ask() }
    if isPlain {
        // One chunk of records of a huge page, and one of two that is begun.
        let sizes = engine.box.value.arena.slots.space.chunkByteCounts
        #expect(sizes.contains { $0 > 2 << 20 })
        #expect(sizes.contains { $0 > 4 << 20 })
    }
    try engine.collectGarbage()
    load = try Load(engine, values: 0)
    check("loaded")
    let metrics = engine.memoryMetrics
    #expect(metrics.heldBytes == engine.memoryUsage)
    #expect(metrics.peakHeldBytes >= metrics.heldBytes)
    #expect(metrics.allocationRate > 0)

    // Half of it replaced, a third deleted: blocks of all ages, dead bytes, free slots and rows.
    load = try Load(engine)
    for _ in 0..<min(count / 2, 30_000) {
        let id = UInt32(load.random.below(count))
        if engine.entity(id) != nil { try engine.delete(id) }
        if load.random.chance(60) { try load.insert(id, among: count) }
    }
    try engine.collectGarbage()
    load = try Load(engine, values: 0)
    check("changed")

    // Every entity gone: what the slots, the index and the strings keep is still counted.
    var ids: [UInt32] = []
    engine.forEachEntity { ids.append($0.id) }
    for id in ids { try engine.delete(id) }
    ids = []
    try engine.collectGarbage()
    let (truth, breakdown) = (HeapTruth.now()!, engine.memoryBreakdown)
    isWithin(
        0.02, breakdown.handedOut, truth.heldBytes - before.heldBytes,
        "\(strategy), drained, the allocator: \(breakdown)")
    #expect(engine.memoryMetrics.liveBytes == 0)
    #expect(engine.memoryMetrics.turnover == nil)
}

/// A reader holds up what is replaced, deleted and emptied.
private func checkGarbage(_ strategy: AllocationStrategy) throws {
    var configuration = EnginePair.configuration(strategy)
    configuration.memoryHardLimit = 0
    do {
        var load = try Load(try KnowledgeEngine(configuration: configuration, embeddingDimensions: 48), values: 10)
        for id in 0..<10 as Range<UInt32> { try load.insert(id, among: 10) }
        _ = load.engine.memoryBreakdown
    }
    guard let before = HeapTruth.now() else { return }
    let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 48)
    var load = try Load(engine)
    for id in 0..<15_000 { try load.insert(UInt32(id), among: 15_000) }
    var reader = try engine.reader()
    try reader.pinned { _ in
        for id in 0..<12_000 as Range<UInt32> { try engine.delete(id) }
        try engine.collectGarbage()
        load = try Load(engine, values: 0)
        let (truth, breakdown) = (HeapTruth.now()!, engine.memoryBreakdown)
        #expect(breakdown.garbage > 100_000)
        isWithin(
            0.02, breakdown.handedOut, truth.heldBytes - before.heldBytes, "\(strategy), held up: \(breakdown)")
    }
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
        if id % 4_096 == 0 { try load.ask() }
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
