/// What takes a graph, entity by entity: the data set writer, an importer, a test's model.
///
/// The n-th record added is row n, counted from 0, and the row is the entity's id.
public protocol GraphSink: ~Copyable {
    /// The id of a string, given as UTF-8: the same id for the same bytes, dense from 0 in the order of first sight.
    ///
    /// The bytes are valid only during the call.
    mutating func intern(_ utf8: UnsafeBufferPointer<UInt8>) -> UInt32

    /// Takes the next entity. All ids in the record come from `intern`; the record's arrays are valid during the call.
    mutating func add(_ record: GraphRecord) throws(GraphDataError)
}

extension GraphSink where Self: ~Copyable {
    /// The id of a string; see `intern(_:)` for UTF-8.
    public mutating func intern(_ text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { utf8 in intern(utf8) }
    }
}

/// A graph that can be read from the beginning to the end, any number of times, always the same.
public protocol GraphSource: Sendable {
    /// What this graph is, for people.
    var title: String { get }
    /// The number of components of each embedding; 0 when entities have none.
    var embeddingDimensions: Int { get }
    /// How many entities will come, where that is known before reading: for progress only.
    var expectedEntityCount: Int? { get }

    /// Sends all entities to `sink`, row 0 first.
    ///
    /// - Parameter progress: called now and then, and at the end, with the number of entities sent so far.
    /// - Throws: what the source finds wrong in its input, or what the sink throws.
    func stream(into sink: inout some GraphSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError)
}

/// After how many entities a source reports progress.
let progressInterval = 4_096
