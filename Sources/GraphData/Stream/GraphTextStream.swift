/// What takes a graph as texts, entity by entity: an import into a file, or a ``GraphSink`` behind `InterningTextSink`.
///
/// The n-th entity is row n, counted from 0. Between `entity` and `endEntity` come its properties and relationships, in
/// the order of the source. Every text is valid UTF-8 that stays only until the call returns: a sink keeps nothing of a
/// source's memory, and so the two together need not hold the graph.
public protocol GraphTextSink: ~Copyable {
    /// Begins the next entity.
    mutating func entity(
        type: UnsafeBufferPointer<UInt8>, name: UnsafeBufferPointer<UInt8>
    ) throws(GraphDataError)

    /// Gives the entity a property; values of one key keep their order.
    mutating func property(
        _ key: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) throws(GraphDataError)

    /// Gives the entity a relationship to the entity of a row, which may lie ahead.
    mutating func relationship(_ type: UnsafeBufferPointer<UInt8>, to target: UInt32) throws(GraphDataError)

    /// Ends the entity.
    mutating func endEntity() throws(GraphDataError)
}

/// A source that holds no table of its texts, so that a graph can pass through it that does not fit in memory.
public protocol GraphTextSource: GraphSource {
    /// Sends all entities to `sink`, row 0 first.
    ///
    /// - Parameter progress: called now and then, and at the end, with the number of entities sent so far.
    /// - Returns: what was read.
    /// - Throws: what is wrong in the input, with line and column, or what the sink throws.
    @discardableResult
    func stream(texts sink: inout some GraphTextSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError)
        -> TextImportSummary
}

/// What a source of texts has read.
public struct TextImportSummary: Sendable, Hashable {
    /// Entities sent.
    public var entities = 0
    /// Relationships sent, each counted once.
    public var relationships = 0
    /// Bytes of text in the source's files.
    public var textBytes = 0
    /// Relationships whose weight was another than 1: it is checked and left out, since relationships have none here.
    public var weightsLeftOut = 0

    /// Nothing was read.
    public init() {}
}

extension GraphTextSource {
    /// These sources have no embeddings.
    public var embeddingDimensions: Int { 0 }

    /// How many entities will come is known only when all is read.
    public var expectedEntityCount: Int? { nil }

    public func stream(into sink: inout some GraphSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError) {
        try withUnsafeMutablePointer(to: &sink) { (pointer) throws(GraphDataError) in
            var interning = InterningTextSink(pointer)
            try stream(texts: &interning, progress: progress)
        }
    }
}

/// Hands texts to a sink that numbers them.
struct InterningTextSink<Sink: GraphSink & ~Copyable>: ~Copyable, GraphTextSink {
    /// Invariant: valid and used by nobody else while this value lives, since both end with the call that made them.
    private let sink: UnsafeMutablePointer<Sink>
    private var record = GraphRecord()

    init(_ sink: UnsafeMutablePointer<Sink>) { self.sink = sink }

    mutating func entity(type: UnsafeBufferPointer<UInt8>, name: UnsafeBufferPointer<UInt8>) {
        record.beginEntity(type: sink.pointee.intern(type), name: sink.pointee.intern(name))
    }

    mutating func property(_ key: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        record.properties.append(PropertyPair(key: sink.pointee.intern(key), value: sink.pointee.intern(value)))
    }

    mutating func relationship(_ type: UnsafeBufferPointer<UInt8>, to target: UInt32) {
        record.relationships.append(RelationshipPair(type: sink.pointee.intern(type), target: target))
    }

    mutating func endEntity() throws(GraphDataError) { try sink.pointee.add(record) }
}
