/// A graph from two files of comma-separated values in a directory, as RFC 4180 states them, in UTF-8.
///
/// - `entities.csv`: the header `id,type`, then the keys of properties; then an entity a record. `id` is the entity's
///   name. A field that is empty and not in quotes is no property; `""` is an empty text. A key that stands in the
///   header several times has a value for each field that is there, in their order.
/// - `relationships.csv`: the header `source,type,target` or `source,type,target,weight`; source and target are ids. A
///   weight is empty or a number; it is checked and counted, and left out, since relationships have none here.
///
/// Rows are those of `entities.csv`; the relationships of one entity keep the order of their file, duplicates too.
///
/// Both files are read in pieces, `entities.csv` twice. In memory are the ids with some 30 bytes for each, and up to a
/// bound the relationships; beyond it they are put in order in a scratch file.
public struct CSVSource: GraphTextSource {
    /// Where the two files are.
    public let directory: String
    private let scratchDirectory: String
    private let limits: CSVReader.Limits
    private let memoryBytes: Int

    /// A source that reads the files in `directory` when it is streamed.
    ///
    /// - Parameter scratchDirectory: for what does not fit in memory; the usual place for temporary files by default.
    public init(directory: String, scratchDirectory: String? = nil) {
        self.init(directory: directory, scratchDirectory: scratchDirectory, limits: CSVReader.Limits())
    }

    init(
        directory: String, scratchDirectory: String? = nil, limits: CSVReader.Limits,
        memoryBytes: Int = RowSpool.standardMemoryBytes
    ) {
        self.directory = directory
        self.scratchDirectory = scratchDirectory ?? RowSpool.usualScratchDirectory
        self.limits = limits
        self.memoryBytes = memoryBytes
    }

    public var title: String { "CSV graph \(directory)" }

    @discardableResult
    public func stream(
        texts sink: inout some GraphTextSink & ~Copyable, progress: (Int) -> Void
    ) throws(GraphDataError) -> TextImportSummary {
        var summary = TextImportSummary()
        let ids = try readIDs()
        var types = StringTable()
        var spool = RowSpool(scratchDirectory: scratchDirectory, memoryBytes: memoryBytes)
        try readRelationships(ids, &types, &spool, &summary)
        try spool.beginReading()
        try send(ids, types, &spool, to: &sink, &summary, progress)
        return summary
    }

    private var entitiesPath: String { "\(directory)/entities.csv" }

    /// The first pass over the entities: their ids, each numbered by its row.
    private func readIDs() throws(GraphDataError) -> StringTable {
        var reader = try CSVReader(path: entitiesPath, limits: limits)
        let columns = try Self.readEntityHeader(&reader)
        var ids = StringTable()
        while try reader.next(fields: columns) {
            let text = reader.text(0)
            if text.isEmpty { throw reader.error("an entity without an id", at: 0) }
            guard ids.count < Int(DatasetLayout.none) - 1 else {
                throw reader.error("a graph holds fewer than 2^32 - 1 entities", at: 0)
            }
            let row = ids.count
            let found = ids.intern(text)
            guard Int(found) == row else {
                throw reader.error("entity \(found + 1) of this file has the id \(Self.quoted(text)) already", at: 0)
            }
            if reader.text(1).isEmpty { throw reader.error("an entity without a type", at: 1) }
        }
        return ids
    }

    /// Reads `id,type,property...`; the number of fields.
    private static func readEntityHeader(_ reader: inout CSVReader) throws(GraphDataError) -> Int {
        guard try reader.next(fields: nil) else {
            throw GraphDataError(
                "is empty; expected the header `id,type`, then the keys of properties", path: reader.path, line: 1,
                column: 1)
        }
        for (index, word) in ["id", "type"].enumerated() {
            guard index < reader.fields.count, text(reader.text(index)) == word else {
                throw reader.error(
                    "expected the header `id,type`, then the keys of properties",
                    at: min(index, reader.fields.count - 1)
                )
            }
        }
        for index in reader.fields.indices where reader.text(index).isEmpty {
            throw reader.error("a property without a key", at: index)
        }
        return reader.fields.count
    }

    private func readRelationships(
        _ ids: borrowing StringTable, _ types: inout StringTable, _ spool: inout RowSpool,
        _ summary: inout TextImportSummary
    ) throws(GraphDataError) {
        var reader = try CSVReader(path: "\(directory)/relationships.csv", limits: limits)
        let header = ["source", "type", "target", "weight"]
        guard try reader.next(fields: nil) else {
            throw GraphDataError(
                "is empty; expected the header `source,type,target,weight`", path: reader.path, line: 1, column: 1)
        }
        let columns = reader.fields.count
        for index in reader.fields.indices
        where columns < 3 || index >= header.count || Self.text(reader.text(index)) != header[index] {
            throw reader.error(
                "expected the header `source,type,target,weight`, where `weight` may be left out", at: index)
        }
        var batch = RelationshipBatch()
        do throws(GraphDataError) {
            var source: UInt32?
            while try reader.next(fields: columns) {
                let sourceText = reader.text(0)
                // Most files have the relationships of an entity together.
                if let last = source, ids.withString(last, { TextBytes.isEqual($0, sourceText) }) {
                } else {
                    source = try Self.row(of: 0, reader, ids)
                }
                if reader.text(1).isEmpty { throw reader.error("a relationship without a type", at: 1) }
                if columns > 3, try !Self.isOne(weight: 3, reader) { summary.weightsLeftOut += 1 }
                batch.add(source!, types.intern(reader.text(1)), target: 2, reader)
                if batch.isFull { try batch.send(to: &spool, ids, reader.path) }
                summary.relationships += 1
            }
        } catch {
            // What is wrong in an earlier line is told first.
            try batch.send(to: &spool, ids, reader.path)
            throw error
        }
        try batch.send(to: &spool, ids, reader.path)
        summary.textBytes += reader.bytesRead
    }

    /// The second pass over the entities, which sends them.
    private func send(
        _ ids: borrowing StringTable, _ types: borrowing StringTable, _ spool: inout RowSpool,
        to sink: inout some GraphTextSink & ~Copyable, _ summary: inout TextImportSummary, _ progress: (Int) -> Void
    ) throws(GraphDataError) {
        var reader = try CSVReader(path: entitiesPath, limits: limits)
        let columns = try Self.readEntityHeader(&reader)
        var keys = StringTable()
        var keyOfColumn: [UInt32] = []
        for index in 2..<columns { keyOfColumn.append(keys.intern(reader.text(index))) }
        var row: UInt32 = 0
        while try reader.next(fields: columns) {
            let name = reader.text(0)
            guard row < ids.count, ids.withString(row, { TextBytes.isEqual($0, name) }) else {
                throw reader.error("the file was changed while it was read; import it again", at: 0)
            }
            try sink.entity(type: reader.text(1), name: name)
            for column in 2..<columns {
                let value = reader.text(column)
                if value.isEmpty && !reader.fields[column].isQuoted { continue }
                try keys.withString(keyOfColumn[column - 2]) { (key) throws(GraphDataError) in
                    try sink.property(key, value)
                }
            }
            try spool.drain(row: row) { (record) throws(GraphDataError) in
                let record = SpooledRelationship(record)
                try types.withString(record.type) { (type) throws(GraphDataError) in
                    try sink.relationship(type, to: record.target)
                }
            }
            try sink.endEntity()
            row += 1
            if Int(row).isMultiple(of: progressInterval) { progress(Int(row)) }
        }
        guard row == ids.count else {
            throw GraphDataError("was cut short while it was read; import it again", path: reader.path)
        }
        progress(Int(row))
        summary.entities = Int(row)
        summary.textBytes += reader.bytesRead
    }
}

extension CSVSource {
    /// The row of the entity that a field names.
    private static func row(
        of field: Int, _ reader: borrowing CSVReader, _ ids: borrowing StringTable
    ) throws(GraphDataError) -> UInt32 {
        let text = reader.text(field)
        if let row = ids.find(text) { return row }
        throw reader.error(dangling(text), at: field)
    }

    /// What is wrong with an id that no entity has.
    static func dangling(_ id: UnsafeBufferPointer<UInt8>) -> String {
        "no entity of entities.csv has the id \(quoted(id)); add it there, or leave this relationship out"
    }

    /// Whether a weight is 1, or not given.
    private static func isOne(weight field: Int, _ reader: borrowing CSVReader) throws(GraphDataError) -> Bool {
        let bytes = reader.text(field)
        if bytes.isEmpty || bytes.count == 1 && bytes[0] == UInt8(ascii: "1") { return true }
        guard bytes.count <= 64, let weight = Double(text(bytes)), weight.isFinite else {
            throw reader.error("expected a weight, a number such as 0.5, found \(quoted(bytes))", at: field)
        }
        return weight == 1
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func quoted(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard let base = bytes.baseAddress else { return "``" }
        return "`\(TextBytes.excerpt(base, bytes.count))`"
    }
}
