import Strata

/// A graph as a person would first write it down: the model that snapshots are compared with.
struct NaiveGraph {
    struct Entity {
        var id: UInt32
        var type: Bytes
        var name: Bytes?
        var properties: [(key: Bytes, value: Bytes)] = []
        /// The types and the targets' positions.
        var relationships: [(type: Bytes, target: Int)] = []
        var embedding: [Float]?
    }

    /// A string as its bytes: Swift's own `==` would take two spellings of one character for the same.
    struct Bytes: Hashable, Comparable, ExpressibleByStringLiteral {
        var utf8: [UInt8]

        init(_ text: String) { utf8 = Array(text.utf8) }
        init(stringLiteral text: String) { self.init(text) }

        static func < (left: Bytes, right: Bytes) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
    }

    var entities: [Entity] = []
    var dimensions = 0

    /// What a generated graph looks like.
    struct Shape: Sendable {
        var entities = 60
        var relationshipsMaximum = 6
        var propertiesMaximum = 5
        var distinctValues = 12
        var types = 4
        var dimensions = 3
        /// Of 100 entities, those with an embedding, and those with a name.
        var embedded = 70
        var named = 60
        /// The largest step from one id to the next; 1 makes ids dense.
        var idStep: UInt32 = 5
    }

    init() {}

    init(_ shape: Shape, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        dimensions = shape.dimensions
        var id: UInt32 = shape.idStep == 1 ? 0 : UInt32.random(in: 0...shape.idStep, using: &random)
        // Common beginnings of all lengths around eight bytes, which the dictionary's sort works by.
        func text(_ number: Int) -> Bytes {
            let stems = ["", "v", "value", "value-7", "value-78", "value-789", "value-78 and then some more", "ä€😀"]
            return Bytes(stems[number % stems.count] + (number < stems.count ? "" : String(number / stems.count)))
        }
        for _ in 0..<shape.entities {
            var entity = Entity(id: id, type: Bytes("type\(Int.random(in: 0..<shape.types, using: &random))"))
            id += shape.idStep == 1 ? 1 : UInt32.random(in: 1...shape.idStep, using: &random)
            // Names are not unique: the first entity of a name is the one that is found.
            if Int.random(in: 0..<100, using: &random) < shape.named {
                entity.name = Bytes("n\(Int.random(in: 0..<shape.entities, using: &random))")
            }
            for _ in 0..<Int.random(in: 0...shape.propertiesMaximum, using: &random) {
                let key = Bytes("key\(Int.random(in: 0..<3, using: &random))")
                entity.properties.append((key, text(Int.random(in: 0..<shape.distinctValues, using: &random))))
            }
            for _ in 0..<Int.random(in: 0...shape.relationshipsMaximum, using: &random) {
                let type = Bytes("relates\(Int.random(in: 0..<3, using: &random))")
                entity.relationships.append((type, Int.random(in: 0..<shape.entities, using: &random)))
            }
            if shape.dimensions > 0, Int.random(in: 0..<100, using: &random) < shape.embedded {
                entity.embedding = (0..<shape.dimensions).map { _ in Float.random(in: -1...1, using: &random) }
            }
            entities.append(entity)
        }
    }
}

/// A ``NaiveGraph`` as a writer reads it, its strings numbered in an order of its own.
final class NaiveSource: SnapshotSource {
    let graph: NaiveGraph
    private var strings: [UnsafeMutableBufferPointer<UInt8>] = []
    private var properties: [UnsafeMutableBufferPointer<InternedProperty>] = []
    private var embeddings: [UnsafeMutablePointer<Float>?] = []
    private var idOfString: [NaiveGraph.Bytes: UInt32] = [:]

    /// - Parameters:
    ///   - interningSeed: decides the order of the strings' ids.
    ///   - unused: strings that nothing refers to.
    init(_ graph: NaiveGraph, interningSeed: UInt64 = 0, unused: [String] = []) {
        self.graph = graph
        var all = Set(unused.map { NaiveGraph.Bytes($0) })
        for entity in graph.entities {
            all.insert(entity.type)
            if let name = entity.name { all.insert(name) }
            for pair in entity.properties { all.formUnion([pair.key, pair.value]) }
            for relationship in entity.relationships { all.insert(relationship.type) }
        }
        var random = SplitMix64(seed: interningSeed)
        for (index, string) in all.sorted().shuffled(using: &random).enumerated() {
            idOfString[string] = UInt32(index)
            strings.append(Self.copy(string.utf8))
        }
        for entity in graph.entities {
            properties.append(
                Self.copy(entity.properties.map { InternedProperty(key: string($0.key), value: string($0.value)) }))
            embeddings.append(entity.embedding.map { Self.copy($0).baseAddress! })
        }
    }

    deinit {
        strings.forEach { $0.deallocate() }
        properties.forEach { $0.deallocate() }
        embeddings.forEach { $0?.deallocate() }
    }

    private static func copy<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(elements.count, 1))
        _ = buffer.initialize(from: elements)
        return UnsafeMutableBufferPointer(rebasing: buffer[..<elements.count])
    }

    private func string(_ bytes: NaiveGraph.Bytes) -> InternedString { InternedString(id: idOfString[bytes]!) }

    var entityCount: Int { graph.entities.count }
    var embeddingDimensions: Int { graph.dimensions }
    var stringCount: Int { strings.count }
    func utf8(of string: UInt32) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(strings[Int(string)]) }
    func id(at position: Int) -> UInt32 { graph.entities[position].id }
    func type(at position: Int) -> InternedString { string(graph.entities[position].type) }
    func name(at position: Int) -> InternedString? { graph.entities[position].name.map { string($0) } }
    func properties(at position: Int) -> UnsafeBufferPointer<InternedProperty> {
        UnsafeBufferPointer(properties[position])
    }
    func embedding(at position: Int) -> UnsafePointer<Float>? { embeddings[position].map { UnsafePointer($0) } }
    func relationshipCount(at position: Int) -> Int { graph.entities[position].relationships.count }
    func forEachRelationship(at position: Int, _ body: (InternedString, Int) -> Void) {
        for relationship in graph.entities[position].relationships {
            body(string(relationship.type), relationship.target)
        }
    }
}
