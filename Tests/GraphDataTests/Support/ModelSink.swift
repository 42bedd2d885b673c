import GraphData

/// The naive sink that tests compare with: strings in a dictionary, records in an array.
struct ModelSink: GraphSink {
    private(set) var strings: [String] = []
    private(set) var records: [GraphRecord] = []
    private var ids: [String: UInt32] = [:]

    mutating func intern(_ utf8: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let text = String(decoding: utf8, as: UTF8.self)
        if let id = ids[text] { return id }
        let id = UInt32(strings.count)
        strings.append(text)
        ids[text] = id
        return id
    }

    mutating func add(_ record: GraphRecord) throws(GraphDataError) { records.append(record) }

    /// The whole of a source.
    init(_ source: some GraphSource) throws(GraphDataError) {
        try source.stream(into: &self, progress: { _ in })
    }

    init() {}
}

/// A source that sends prepared records, for the writer's tests.
struct PreparedSource: GraphSource {
    var strings: [String]
    var records: [GraphRecord]
    var embeddingDimensions: Int
    var title: String { "prepared" }
    var expectedEntityCount: Int? { records.count }

    func stream(into sink: inout some GraphSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError) {
        for string in strings { _ = sink.intern(string) }
        for record in records { try sink.add(record) }
        progress(records.count)
    }
}
