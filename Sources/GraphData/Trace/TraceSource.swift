/// A trace of accesses: keys in the order in which somebody asked for them.
///
/// As a data set it has an entity for each distinct key, in the order of their first access. The entity's type is `key`,
/// and its name is the key's number.
public struct TraceSource: Sendable, Hashable {
    private enum Origin: Sendable, Hashable {
        case file(String)
        case synthetic(SyntheticTrace)
    }

    private let origin: Origin

    /// The keys of a file: little-endian UInt32, without a header. It is read when the trace is streamed.
    public init(path: String) { origin = .file(path) }

    /// Keys that are made up.
    public init(_ synthetic: SyntheticTrace) { origin = .synthetic(synthetic) }

    /// What this trace is, for people.
    public var title: String {
        switch origin {
        case .file(let path): "trace \(path)"
        case .synthetic(let trace): "trace by the law `\(trace.law.rawValue)`"
        }
    }

    /// Files that xz has compressed begin so, and hold no keys.
    private static let packed: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]

    /// Sends the keys and the accesses to a writer.
    ///
    /// - Parameter progress: called now and then, and at the end, with the number of keys sent so far.
    /// - Throws: when the file cannot be read, is empty, or is no list of keys.
    func stream(into writer: inout DatasetWriter, progress: (Int) -> Void) throws(GraphDataError) {
        let type = writer.intern("key")
        var rows: [UInt32: UInt32] = [:]
        var record = GraphRecord(type: type)
        try forEach { key throws(GraphDataError) in
            if let row = rows[key] { return try writer.access(row) }
            let row = UInt32(rows.count)
            rows[key] = row
            record.name = writer.intern("\(key)")
            try writer.add(record)
            try writer.access(row)
            if rows.count.isMultiple(of: progressInterval) { progress(rows.count) }
        }
        progress(rows.count)
    }

    private func forEach(_ body: (UInt32) throws(GraphDataError) -> Void) throws(GraphDataError) {
        switch origin {
        case .synthetic(let trace): try trace.forEach(body)
        case .file(let path):
            let file = try FileMapping(path: path)
            try Self.check(file.bytes, path)
            for offset in stride(from: 0, to: file.bytes.count, by: MemoryLayout<UInt32>.size) {
                try body(UInt32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }

    private static func check(_ bytes: UnsafeRawBufferPointer, _ path: String) throws(GraphDataError) {
        guard !bytes.isEmpty else { throw GraphDataError("is empty: a trace needs at least one key", path: path) }
        guard !bytes.starts(with: packed) else {
            throw GraphDataError("is compressed: unpack it with `xz -dk` and name the result", path: path)
        }
        guard bytes.count.isMultiple(of: MemoryLayout<UInt32>.size) else {
            throw GraphDataError(
                "has \(bytes.count) bytes: a trace is little-endian UInt32 keys of 4 bytes each, without a header",
                path: path)
        }
    }
}
