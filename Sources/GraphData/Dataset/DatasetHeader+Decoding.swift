extension DatasetHeader {
    /// Reads and checks the header of the file whose bytes are `bytes`: afterwards every section lies inside the file
    /// and has the length that its count asks for.
    init(decoding bytes: UnsafeRawBufferPointer, path: String) throws(GraphDataError) {
        typealias Field = DatasetLayout.Field
        func refuse(_ message: String) -> GraphDataError {
            GraphDataError("\(message); build the data set again", path: path)
        }
        guard bytes.count >= DatasetLayout.headerBytes else {
            throw refuse(
                "is no data set: it has \(bytes.count) bytes, its header alone needs \(DatasetLayout.headerBytes)")
        }
        guard bytes.loadUnaligned(fromByteOffset: Field.magic, as: UInt64.self) == DatasetLayout.magic else {
            throw refuse("is no data set: it begins with other bytes")
        }
        let version = bytes.loadUnaligned(fromByteOffset: Field.version, as: UInt32.self)
        guard version == DatasetLayout.version else {
            throw refuse("is a data set of version \(version), and this program reads version \(DatasetLayout.version)")
        }
        var header = [UInt8](bytes[..<DatasetLayout.headerBytes])
        let stored = bytes.loadUnaligned(fromByteOffset: Field.checksum, as: UInt64.self)
        for index in Field.checksum..<Field.checksum + 8 { header[index] = 0 }
        guard header.withUnsafeBytes(ContentDigest.hash) == stored else {
            throw refuse("is damaged: its header does not match its checksum")
        }
        // From here on only a file that was made to mislead can be wrong; it must not make us trap.
        func number(_ offset: Int) throws(GraphDataError) -> Int {
            let value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard let number = Int(exactly: value) else { throw refuse("is damaged: byte \(offset) holds \(value)") }
            return number
        }
        self.init()
        dimensions = Int(bytes.loadUnaligned(fromByteOffset: Field.dimensions, as: UInt32.self))
        fileBytes = try number(Field.fileBytes)
        entities = try number(Field.entities)
        relationships = try number(Field.relationships)
        properties = try number(Field.properties)
        strings = try number(Field.strings)
        embeddings = try number(Field.embeddings)
        accesses = try number(Field.accesses)
        guard fileBytes == bytes.count else {
            throw refuse("is truncated or has grown: it has \(bytes.count) bytes, its header says \(fileBytes)")
        }
        // `EntityRow.embedding` and `RelationshipPair.target` are 32 bits wide, and so are string ids.
        guard entities < DatasetLayout.none, strings < DatasetLayout.none, embeddings <= entities else {
            throw refuse("is damaged: its counts are impossible")
        }
        var end = DatasetLayout.headerBytes
        for section in DatasetLayout.Section.allCases {
            let offset = try number(Field.section(section))
            let length = try number(Field.section(section) + 8)
            let hash = bytes.loadUnaligned(fromByteOffset: Field.section(section) + 16, as: UInt64.self)
            guard offset % DatasetLayout.alignment == 0, offset >= end, offset <= fileBytes,
                length <= fileBytes - offset, expectedLength(section) ?? length == length
            else { throw refuse("is damaged: its section `\(section)` lies wrongly or has a wrong length") }
            extents[section.rawValue] = Extent(offset: offset, length: length, hash: hash)
            end = offset + length
        }
        guard digest == bytes.loadUnaligned(fromByteOffset: Field.digest, as: UInt64.self) else {
            throw refuse("is damaged: its digest does not match its sections")
        }
    }
}
