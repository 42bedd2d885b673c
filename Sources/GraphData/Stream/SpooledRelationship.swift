/// A relationship between the two readings: 8 bytes.
struct SpooledRelationship: BitwiseCopyable {
    var type: UInt32
    var target: UInt32

    init(type: UInt32, target: UInt32) {
        self.type = type
        self.target = target
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        type = bytes.loadUnaligned(as: UInt32.self)
        target = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    }

    func append(to spool: inout RowSpool, row: UInt32) throws(GraphDataError) {
        try withUnsafeBytes(of: self) { (bytes) throws(GraphDataError) in try spool.append(row: row, bytes) }
    }
}
