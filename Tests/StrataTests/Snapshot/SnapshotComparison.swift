import Strata
import Testing

/// Everything that a snapshot says, compared with the model that it was written from.
func expectSame(_ snapshot: borrowing Snapshot, _ graph: NaiveGraph, _ comment: Comment) throws {
    typealias Bytes = NaiveGraph.Bytes
    let count = graph.entities.count
    #expect(snapshot.entityCount == count, comment)
    #expect(snapshot.relationshipCount == graph.entities.reduce(0) { $0 + $1.relationships.count }, comment)
    #expect(snapshot.propertyCount == graph.entities.reduce(0) { $0 + $1.properties.count }, comment)
    #expect(snapshot.embeddingCount == graph.entities.count { $0.embedding != nil }, comment)
    #expect(snapshot.embeddingDimensions == graph.dimensions, comment)

    var incoming = [[(type: Bytes, target: Int)]](repeating: [], count: count)
    var holders: [Bytes: [Bytes: [Int]]] = [:]
    var positionOfName: [Bytes: Int] = [:]
    var strings: Set<Bytes> = []
    for (position, entity) in graph.entities.enumerated() {
        for relationship in entity.relationships {
            incoming[relationship.target].append((relationship.type, position))
            strings.insert(relationship.type)
        }
        for pair in entity.properties where holders[pair.key]?[pair.value]?.last != position {
            holders[pair.key, default: [:]][pair.value, default: []].append(position)
        }
        for pair in entity.properties { strings.formUnion([pair.key, pair.value]) }
        strings.insert(entity.type)
        if let name = entity.name {
            strings.insert(name)
            if positionOfName[name] == nil { positionOfName[name] = position }
        }
    }
    #expect(snapshot.stringCount == strings.count, comment)

    let records = try snapshot.entities(at: 0..<count)
    #expect(records.count == count, comment)
    for position in records.indices { #expect(try snapshot.entity(at: position) == records[position], comment) }
    var row = 0
    for (position, entity) in graph.entities.enumerated() {
        #expect(try snapshot.id(at: position) == entity.id, comment)
        #expect(try snapshot.position(ofID: entity.id) == position, comment)
        let type = try snapshot.bytes(try snapshot.type(at: position))
        #expect(type == entity.type.utf8, comment)
        #expect(try snapshot.degree(at: position) == entity.relationships.count, comment)
        if let name = try snapshot.nameID(at: position) {
            let bytes = try snapshot.bytes(name)
            #expect(bytes == entity.name?.utf8, comment)
            let found = try snapshot.position(ofName: bytes.span)
            #expect(found == positionOfName[entity.name!], comment)
        } else {
            #expect(entity.name == nil, comment)
        }

        let properties = try snapshot.properties(at: position)
        var pairs: [[[UInt8]]] = []
        for index in properties.indices {
            let (key, value) = (properties[index].key.id, properties[index].value.id)
            pairs.append([try snapshot.bytes(key), try snapshot.bytes(value)])
        }
        let keys = Set(entity.properties.map(\.key)).sorted()
        let grouped = keys.flatMap { key in entity.properties.filter { $0.key == key } }
        #expect(pairs == grouped.map { [$0.key.utf8, $0.value.utf8] }, comment)
        for key in keys {
            let narrowed = try snapshot.properties(at: position, key: try #require(try snapshot.id(key)))
            #expect(narrowed.count == entity.properties.count { $0.key == key }, comment)
        }

        try expectList(try snapshot.outgoing(at: position), entity.relationships, snapshot, comment)
        try expectList(try snapshot.incoming(at: position), incoming[position], snapshot, comment)
        for type in Set(entity.relationships.map(\.type)) {
            let index = try snapshot.relationshipTypeIndex(ofString: try #require(try snapshot.id(type)))
            let narrowed = try snapshot.outgoing(at: position, type: try #require(index))
            try expectList(narrowed, entity.relationships.filter { $0.type == type }, snapshot, comment)
        }
        for type in Set(incoming[position].map(\.type)) {
            let index = try snapshot.relationshipTypeIndex(ofString: try #require(try snapshot.id(type)))
            let narrowed = try snapshot.incoming(at: position, type: try #require(index))
            try expectList(narrowed, incoming[position].filter { $0.type == type }, snapshot, comment)
        }

        if let embedding = try snapshot.embedding(at: position) {
            #expect(Array(copying: embedding) == entity.embedding, comment)
            #expect(try snapshot.position(ofEmbeddingRow: row) == position, comment)
            row += 1
        } else {
            #expect(entity.embedding == nil, comment)
        }
    }
    for (key, values) in holders {
        for (value, positions) in values {
            let key = try #require(try snapshot.id(key))
            let found = try snapshot.positions(withKey: key, value: try #require(try snapshot.id(value)))
            #expect(found.indices.map { Int(found[$0]) } == positions, comment)
        }
    }
    let sorted = strings.sorted()
    for (id, string) in sorted.enumerated() {
        #expect(try snapshot.bytes(UInt32(id)) == string.utf8, comment)
        #expect(try snapshot.id(string) == UInt32(id), comment)
    }
    for absent in ["", "a", "value-78 and then", "zzzz", "\u{10FFFF}"] where !strings.contains(Bytes(absent)) {
        #expect(try snapshot.stringID(of: absent) == nil, comment)
        #expect(try snapshot.position(ofName: absent) == nil, comment)
    }
}

private func expectList(
    _ list: ZeroCopyRelationships, _ expected: [(type: NaiveGraph.Bytes, target: Int)],
    _ snapshot: borrowing Snapshot, _ comment: Comment
) throws {
    // Types are compared as bytes; they are looked up once a run of equal ones, since a hub has many.
    let sorted = expected.sorted { $0.type != $1.type ? $0.type < $1.type : $0.target < $1.target }
    #expect(list.count == sorted.count, comment)
    var type: (index: UInt32, utf8: [UInt8])?
    var differences = 0
    for index in 0..<min(list.count, sorted.count) {
        if type?.index != list[index].type {
            let string = try snapshot.relationshipType(list[index].type)
            type = (list[index].type, try snapshot.bytes(string))
        }
        if type?.utf8 != sorted[index].type.utf8 || Int(list[index].target) != sorted[index].target { differences += 1 }
    }
    #expect(differences == 0, comment)
}

extension Snapshot {
    /// The id of a string given as the model has it.
    borrowing func id(_ string: NaiveGraph.Bytes) throws -> UInt32? { try stringID(of: string.utf8.span) }

    /// A copy of a string's bytes.
    borrowing func bytes(_ id: UInt32) throws -> [UInt8] {
        var copy: [UInt8] = []
        try withUTF8(of: id) { (utf8) throws(StrataError) -> Void in copy = Array(copying: utf8) }
        return copy
    }
}

extension Array where Element: BitwiseCopyable {
    init(copying span: Span<Element>) { self = span.withUnsafeBufferPointer { Array($0) } }
}
