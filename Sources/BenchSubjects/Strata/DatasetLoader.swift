public import GraphData
public import Strata

/// Loads the rows of a data set into a ``KnowledgeEngine``: a row's number becomes its identifier.
public struct DatasetLoader {
    /// Ids of texts that come back often (keys, types), by their low bits.
    private struct KnownText {
        var dataset: UInt32
        var engine: InternedString
    }

    private let dataset: MappedDataset
    private let engine: KnowledgeEngine
    private var known: [KnownText?]
    private var properties: [InternedProperty] = []
    private var relationships: [Relationship] = []

    public init(_ dataset: MappedDataset, into engine: KnowledgeEngine) {
        self.dataset = dataset
        self.engine = engine
        known = [KnownText?](repeating: nil, count: 256)
    }

    /// Inserts a row with its properties, its embedding and its relationships, which may name rows that come later.
    ///
    /// - Throws: as ``KnowledgeEngine/insert(id:type:name:properties:embedding:relationships:)``.
    public mutating func insert(row: Int) throws(StrataError) {
        properties.removeAll(keepingCapacity: true)
        for pair in dataset.properties(of: row) {
            properties.append(
                InternedProperty(
                    key: try intern(known: pair.key), value: try engine.intern(utf8: dataset.string(pair.value).span)))
        }
        relationships.removeAll(keepingCapacity: true)
        for pair in dataset.relationships(of: row) {
            relationships.append(Relationship(type: try intern(known: pair.type), other: pair.target))
        }
        var name: InternedString?
        if let text = dataset.name(of: row) { name = try engine.intern(utf8: dataset.string(text).span) }
        try engine.insert(
            id: UInt32(row), type: try intern(known: dataset.type(of: row)), name: name, properties: properties.span,
            embedding: dataset.embedding(of: row).span, relationships: relationships.span)
    }

    /// Inserts every row.
    ///
    /// - Parameter progress: told the number of rows done, from time to time.
    public mutating func insertAll(progress: (Int) -> Void = { _ in }) throws(StrataError) {
        for row in 0..<dataset.entityCount {
            try insert(row: row)
            if row & 0x3FFF == 0 { progress(row) }
        }
        progress(dataset.entityCount)
    }

    /// Gives a row's entity the properties of the row, with another value in the place of all those of the first key.
    ///
    /// - Parameter defaultKey: the key where the row has no properties.
    /// - Throws: as ``KnowledgeEngine/replaceProperties(of:by:)``.
    mutating func replaceProperties(
        row: Int, firstValue: InternedString, defaultKey: String
    ) throws(StrataError) {
        properties.removeAll(keepingCapacity: true)
        let pairs = dataset.properties(of: row)
        if let first = pairs.first {
            properties.append(InternedProperty(key: try intern(known: first.key), value: firstValue))
            for pair in pairs where pair.key != first.key {
                properties.append(
                    InternedProperty(
                        key: try intern(known: pair.key),
                        value: try engine.intern(utf8: dataset.string(pair.value).span)))
            }
        } else {
            properties.append(InternedProperty(key: try engine.intern(defaultKey), value: firstValue))
        }
        try engine.replaceProperties(of: UInt32(row), by: properties.span)
    }

    /// The engine's id of a text that is likely to come again.
    mutating func intern(known text: UInt32) throws(StrataError) -> InternedString {
        let place = Int(text & 255)
        if let entry = known[place], entry.dataset == text { return entry.engine }
        let id = try engine.intern(utf8: dataset.string(text).span)
        known[place] = KnownText(dataset: text, engine: id)
        return id
    }
}
