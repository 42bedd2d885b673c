@testable import Strata

/// Small snapshots that use every section in every form: what mutations begin with.
enum HostileSeeds {
    struct Seed {
        var name: String
        var bytes: [UInt8]
    }

    /// The same files each time.
    static func all() throws -> [Seed] {
        var seeds: [Seed] = []
        func add(_ name: String, _ graph: NaiveGraph, _ limits: SnapshotLimits, _ coding: StringCoding) throws {
            let files = MemoryFileSystem()
            _ = try SnapshotWriter.write(
                NaiveSource(graph), to: name, fileSystem: files, limits: limits, coding: coding)
            guard let bytes = files[name] else { return }
            seeds.append(Seed(name: name, bytes: bytes))
        }
        for (coding, name) in [(StringCoding.raw, "raw"), (.front, "front"), (.frontWithSymbols, "symbols")] {
            try add("small-\(name)", SnapshotDamageTests.smallGraph(), SnapshotDamageTests.limits, coding)
            try add("long-\(name)", longStrings(widest: false), .standard, coding)
            let shape = NaiveGraph.Shape(entities: 24, embedded: 100, named: 40, idStep: 1)
            try add("dense-\(name)", NaiveGraph(shape, seed: 3), .standard, coding)
        }
        try add("empty", NaiveGraph(), .standard, .raw)
        try add("widest", longStrings(widest: true), .standard, .front)
        // Names for all, no embeddings, positions of more than a byte.
        let shape = NaiveGraph.Shape(
            entities: 300, relationshipsMaximum: 2, propertiesMaximum: 2, distinctValues: 40, types: 2, dimensions: 0,
            named: 100, idStep: 3)
        try add("many", NaiveGraph(shape, seed: 4), .standard, .frontWithSymbols)
        return seeds
    }

    /// Blocks whose lengths take one and two bytes, or up to four, and strings that share more than 255 bytes.
    private static func longStrings(widest: Bool) -> NaiveGraph {
        var graph = NaiveGraph()
        for number in 0..<20 {
            let beginning = String(repeating: "the long and winding road ", count: number * 3)
            var entity = NaiveGraph.Entity(id: UInt32(number), type: "t")
            entity.properties = [("gloss", NaiveGraph.Bytes(beginning)), ("gloss", NaiveGraph.Bytes("\(number)"))]
            graph.entities.append(entity)
        }
        var random = SplitMix64(seed: 5)
        let scrambled = (0..<400).map { _ in Character(Unicode.Scalar(UInt8(32 + random.below(90)))) }
        graph.entities[3].properties.append(("key", NaiveGraph.Bytes(String(scrambled))))
        if widest {
            graph.entities[4].properties.append(("key", NaiveGraph.Bytes(String(repeating: "z", count: 66_000))))
        }
        return graph
    }
}
