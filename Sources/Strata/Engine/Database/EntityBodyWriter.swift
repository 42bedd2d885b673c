/// Appends an ``EntityBody`` to bytes: first the type, the name and the embedding, then the properties by rising key.
struct EntityBodyWriter {
    private let start: Int
    private var propertyCount: UInt32 = 0

    /// Begins a body behind the bytes that are there.
    init(
        to bytes: inout [UInt8], type: UnsafeBufferPointer<UInt8>, name: UnsafeBufferPointer<UInt8>?,
        embedding: UnsafeRawBufferPointer
    ) {
        start = bytes.count
        bytes.append(littleEndian: UInt32(type.count))
        bytes.append(littleEndian: name.map { UInt32($0.count) } ?? EntityBody.noName)
        bytes.append(littleEndian: 0 as UInt32)
        bytes.append(littleEndian: UInt32(embedding.count / 4))
        bytes.append(contentsOf: embedding)
        bytes.append(contentsOf: type)
        if let name { bytes.append(contentsOf: name) }
    }

    mutating func add(
        _ key: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]
    ) {
        bytes.append(littleEndian: UInt32(clamping: key.count))
        bytes.append(littleEndian: UInt32(clamping: value.count))
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: value)
        propertyCount += 1
    }

    /// Ends the body. Nothing else was appended meanwhile.
    func finish(in bytes: inout [UInt8]) {
        let count = propertyCount.littleEndian
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: count, toByteOffset: start + 8, as: UInt32.self) }
    }
}

extension [UInt8] {
    @inline(__always)
    mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends a text's length and its bytes.
    mutating func append(counted text: String) {
        let utf8 = text.utf8
        append(littleEndian: UInt32(clamping: utf8.count))
        append(contentsOf: utf8)
    }
}
