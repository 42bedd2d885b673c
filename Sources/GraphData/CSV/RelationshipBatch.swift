/// Relationships whose targets are still to be looked up, all at once.
struct RelationshipBatch {
    private struct Relationship {
        var source: UInt32
        var type: UInt32
        /// The place of the target in the file.
        var line: Int
        var column: Int
    }

    /// As many look-ups as a processor's waiting for memory pays for.
    private static let capacity = 64

    private var relationships: [Relationship] = []
    private var probes: [StringTable.Probe] = []
    /// The targets' ids, one behind the other, and before them a byte, so that there is an address when all are empty.
    private var texts: [UInt8] = [0]

    /// Whether it should be sent before another relationship comes.
    var isFull: Bool { relationships.count >= Self.capacity }

    /// Takes the relationship that a reader has just read, whose target is in a field.
    mutating func add(_ source: UInt32, _ type: UInt32, target field: Int, _ reader: borrowing CSVReader) {
        let (text, place) = (reader.text(field), reader.fields[field])
        let start = texts.count
        texts.append(contentsOf: text)
        let probe = texts.withUnsafeBufferPointer {
            StringTable.Probe(start: start, count: text.count, in: $0.baseAddress.unsafelyUnwrapped)
        }
        probes.append(probe)
        relationships.append(Relationship(source: source, type: type, line: place.line, column: place.column))
    }

    /// Looks up the targets, puts the relationships aside by their sources, and holds none.
    ///
    /// - Throws: when no entity has the id of a target.
    mutating func send(
        to spool: inout RowSpool, _ ids: borrowing StringTable, _ path: String
    ) throws(GraphDataError) {
        defer {
            relationships.removeAll(keepingCapacity: true)
            probes.removeAll(keepingCapacity: true)
            texts.removeSubrange(1...)
        }
        guard !relationships.isEmpty else { return }
        texts.withUnsafeBufferPointer {
            StringTable.Probe.find(&probes, in: $0.baseAddress.unsafelyUnwrapped, ids)
        }
        for (index, relationship) in relationships.enumerated() {
            guard let target = probes[index].id else {
                let text = probes[index]
                let message = texts.withUnsafeBufferPointer {
                    CSVSource.dangling(UnsafeBufferPointer(rebasing: $0[text.start..<text.start + text.count]))
                }
                throw GraphDataError(message, path: path, line: relationship.line, column: relationship.column)
            }
            let record = SpooledRelationship(type: relationship.type, target: target)
            try record.append(to: &spool, row: relationship.source)
        }
    }
}
