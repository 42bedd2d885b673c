import Testing

@testable import Strata

@Suite("The fast check of columns passes nothing that the exact one refuses")
struct SnapshotColumnsTests {
    let files = MemoryFileSystem()

    /// What the two checks say of a file whose bytes may be anything.
    private func verdicts(
        _ name: String, _ limits: SnapshotLimits = .standard
    ) throws -> (fast: Bool, exact: Bool) {
        let mapping = try files.map(try files.open(name, .read))
        let layout = try SnapshotLayout(mapping.bytes, path: name)
        let structure = SnapshotStructure(ZeroCopyGraphStorage(layout), limits)
        let columns = SnapshotColumns()
        for part in SnapshotColumns.Part.allCases { columns.check(part, of: structure.storage, limits) }
        do throws(StrataError) {
            try structure.check(columnsAreSound: false, doubtfulStrings: [])
            return (columns.areSound, true)
        } catch {
            return (columns.areSound, false)
        }
    }

    private func write(_ graph: NaiveGraph, _ name: String) throws -> SnapshotSurgery {
        try SnapshotWriter.write(NaiveSource(graph), to: name, fileSystem: files)
        return SnapshotSurgery(files[name]!, try SnapshotInspection(path: name, fileSystem: files))
    }

    private static let kinds: [SectionKind] = [
        .entities, .outOffsets, .outRelationships, .inOffsets, .inRelationships, .properties, .valuePairs,
        .valueOffsets, .valuePositions, .names, .nameIndex,
    ]

    @Test(arguments: 0..<6 as Range<UInt64>)
    func numbersThatAreChangedAreFound(seed: UInt64) throws {
        let name = "graph \(seed)"
        let shape = NaiveGraph.Shape(entities: 40, idStep: seed % 2 == 0 ? 1 : 5)
        var surgery = try write(NaiveGraph(shape, seed: seed), name)
        #expect(try verdicts(name) == (true, true))
        let sound = surgery.bytes
        var random = SplitMix64(seed: seed)
        var refused = 0
        for round in 0..<longRun(400) {
            surgery.bytes = sound
            let kind = Self.kinds.randomElement(using: &random)!
            let section = surgery.inspection.sections.first { $0.name == kind.name }!
            guard section.length >= 4 else { continue }
            // One number, or two that change places.
            let first = Int(section.offset) + Int.random(in: 0..<Int(section.length) / 4, using: &random) * 4
            let second = Int(section.offset) + Int.random(in: 0..<Int(section.length) / 4, using: &random) * 4
            let old = surgery.load(first, as: UInt32.self)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: surgery.store(UInt32.random(in: 0...50, using: &random), at: first)
            case 1: surgery.store(old &+ (Bool.random(using: &random) ? 1 : .max), at: first)
            case 2: surgery.store(old ^ 1 << UInt32.random(in: 0..<32, using: &random), at: first)
            default:
                surgery.store(surgery.load(second, as: UInt32.self), at: first)
                surgery.store(old, at: second)
            }
            surgery.seal()
            files[name] = surgery.bytes
            let (fast, exact) = try verdicts(name)
            if !exact { refused += 1 }
            #expect(fast == exact, "seed \(seed), round \(round), \(kind.name) at \(first - Int(section.offset))")
        }
        #expect(refused > 100)
    }

    /// Elements are looked at some thousand at a time: lists begin and end anywhere in such a piece, or are longer.
    @Test func listsOfAllLengths() throws {
        var graph = NaiveGraph()
        var random = SplitMix64(seed: 3)
        let degrees = [0, 1, 7, 8, 9, 2_046, 2_047, 2_048, 2_049, 5_000, 0, 0, 3]
        graph.entities = (0..<400).map { index in
            let degree = index < degrees.count ? degrees[index] : Int.random(in: 0...12, using: &random)
            return .init(
                id: UInt32(index), type: "t",
                properties: (0..<degree % 60).map { (NaiveGraph.Bytes("k\($0 / 3)"), NaiveGraph.Bytes("v\($0 % 5)")) },
                relationships: (0..<degree).map { _ in
                    (Bool.random(using: &random) ? "r" : "s", Int.random(in: 0..<400, using: &random))
                })
        }
        var surgery = try write(graph, "lists")
        #expect(try verdicts("lists") == (true, true))
        try SnapshotVerifier.verify("lists", fileSystem: files)
        let sound = surgery.bytes
        // Every place at which a piece may end, and those around it.
        for kind in [SectionKind.outRelationships, .inRelationships] {
            for index in [0, 1, 2_046, 2_047, 2_048, 2_049, 4_095, 4_096, 4_097, 12_000] {
                surgery.bytes = sound
                let stride = Int(surgery.load(surgery.entry(of: kind) + 32, as: UInt32.self))
                surgery.bytes[surgery.start(of: kind) + index * stride] ^= 1
                surgery.seal()
                files["lists"] = surgery.bytes
                let (fast, exact) = try verdicts("lists")
                #expect(!fast && !exact, "\(kind.name) \(index)")
            }
        }
    }

    @Test func valuesThatComeTwiceAndMoreThanAreCompared() throws {
        var graph = NaiveGraph()
        graph.entities = [
            .init(id: 0, type: "t", properties: [("k", "b"), ("k", "a"), ("k", "b"), ("l", "b"), ("k", "b")]),
            .init(id: 1, type: "t", properties: [("k", "b")]),
        ]
        _ = try write(graph, "twice")
        #expect(try verdicts("twice") == (true, true))
        // As many values of a key as are compared with each other, and one more, for which there is the exact check.
        for (count, isFast) in [(64, true), (65, false)] {
            graph.entities[1].properties = (0..<count).map { ("k", NaiveGraph.Bytes("v\($0)")) }
            _ = try write(graph, "many")
            #expect(try verdicts("many") == (isFast, true), "\(count)")
            try SnapshotVerifier.verify("many", fileSystem: files)
        }
    }

    @Test func wideValuesAreForTheExactCheck() throws {
        let limits = SnapshotLimits(degree: 3, typeID: 1, propertySize: 2, propertyOffset: 20)
        let graph = NaiveGraph(.init(entities: 30), seed: 6)
        _ = try SnapshotWriter.write(NaiveSource(graph), to: "wide", fileSystem: files, limits: limits)
        #expect(try verdicts("wide", limits) == (false, true))
        try SnapshotVerifier.verify("wide", fileSystem: files, limits: limits)
    }

    @Test func anEmptyGraphIsSound() throws {
        for entities in [0, 1] {
            var graph = NaiveGraph()
            graph.entities = (0..<entities).map { .init(id: UInt32($0), type: "t") }
            _ = try write(graph, "small")
            #expect(try verdicts("small") == (true, true), "\(entities)")
        }
    }

    /// The first damage of the file is told, whoever finds it, and whatever else is wrong.
    @Test(arguments: [1, 2, 4])
    func threadsTellTheFirstDamage(threads: Int) throws {
        let graph = NaiveGraph(.init(entities: 9_000, dimensions: 100, idStep: 1), seed: 4)
        let large = try write(graph, "large")
        let sound = large.bytes
        func verify(_ name: String) throws(StrataError) {
            try SnapshotVerifier.verify(name, fileSystem: files, limits: .standard, threads: threads)
        }
        try verify("large")
        let blocks = sound.count >> 16
        #expect(blocks > 40, "more than one step")
        var random = SplitMix64(seed: 5)
        for _ in 0..<20 {
            let damaged = (0..<blocks).shuffled(using: &random).prefix(3).sorted()
            var bytes = sound
            for block in damaged { bytes[block << 16 + 5_000] ^= 4 }
            files["damaged"] = bytes
            let error = #expect(throws: StrataError.self) { try verify("damaged") }
            // The first block's covered bytes begin behind the section table.
            let offset = max(
                damaged[0] << 16, SnapshotFormat.coveredStart(sectionCount: large.inspection.sections.count))
            #expect(error?.offset == UInt64(offset), "\(damaged)")
        }
    }
}
