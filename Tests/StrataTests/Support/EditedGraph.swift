@testable import Strata

/// A graph that is edited at random, and the snapshots that show it.
struct EditedGraph {
    private(set) var graph: NaiveGraph
    private var random: SplitMix64

    /// Some blocks of embeddings, and a little of everything else.
    init(entities: Int = 200, dimensions: Int = 300, seed: UInt64) {
        graph = NaiveGraph(
            .init(entities: entities, dimensions: dimensions, embedded: 95, named: 60), seed: seed)
        random = SplitMix64(seed: seed)
    }

    /// One of: an embedding, a property, a name, a relationship, an entity more, an entity less.
    mutating func edit() {
        let position = random.below(graph.entities.count)
        switch random.below(8) {
        case 0...2: changeEmbedding(at: position)
        case 3: graph.entities[position].properties.append(("key1", NaiveGraph.Bytes("v\(random.below(50))")))
        case 4: graph.entities[position].name = NaiveGraph.Bytes("n\(random.below(500))")
        case 5: graph.entities[position].relationships.append(("relates1", random.below(graph.entities.count)))
        case 6:
            let id = graph.entities[graph.entities.count - 1].id + 1
            graph.entities.append(NaiveGraph.Entity(id: id, type: "type0"))
        default:
            // The last one goes, and what leads to it.
            guard graph.entities.count > 2 else { return }
            graph.entities.removeLast()
            let gone = graph.entities.count
            for index in 0..<gone { graph.entities[index].relationships.removeAll { $0.target == gone } }
        }
    }

    mutating func changeEmbedding(at position: Int) {
        graph.entities[position].embedding = (0..<graph.dimensions).map { _ in random.unit() }
    }

    /// The bytes of the whole snapshot.
    var bytes: [UInt8] {
        get throws {
            let files = MemoryFileSystem()
            try SnapshotWriter.write(NaiveSource(graph), to: "x", fileSystem: files)
            return files["x"]!
        }
    }
}

/// The bytes that a chain shows.
func chained(_ path: String, _ files: any FileSystem) throws -> [UInt8] {
    let files = ChainedFiles(files)
    let mapping = try files.map(try files.open(path, .read))
    defer { files.unmap(mapping) }
    return Array(mapping.bytes)
}
