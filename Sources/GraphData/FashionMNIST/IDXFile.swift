import CZlib
import Glibc

/// An array of bytes in the IDX format (LeCun's files of handwritten digits), read whole; compressed with gzip or not.
///
/// The head is big-endian: two bytes of zero, the element's type (8: unsigned byte, the only one read here), the number
/// of dimensions, and the size of each in four bytes. The elements follow, the last dimension fastest.
public struct IDXFile: Sendable {
    /// The size of each dimension, the slowest first.
    public let sizes: [Int]
    /// All elements.
    public let elements: [UInt8]

    /// Elements an item of the first dimension has.
    public var itemCount: Int { sizes.dropFirst().reduce(1, *) }

    /// What a file may hold: far above any data set of this format, and little enough to be asked for.
    private static let mostBytes = 1 << 30

    /// Reads a file.
    ///
    /// - Parameter dimensions: how many the array has to have.
    /// - Throws: when the file cannot be read, is not of this format, or is longer or shorter than its head says, with
    ///   the byte of the uncompressed file.
    /// - Complexity: O(bytes).
    public init(path: String, dimensions: Int) throws(GraphDataError) {
        guard access(path, F_OK) == 0 else {
            throw GraphDataError("does not exist; run `make setup`, or `apt install dataset-fashion-mnist`", path: path)
        }
        guard let file = gzopen(path, "rb") else { throw .system("cannot be opened", path: path) }
        defer { gzclose(file) }
        gzbuffer(file, 1 << 17)
        var head = [UInt8](repeating: 0, count: 4 + 4 * dimensions)
        let read = try Self.read(file, into: &head, path: path)
        guard read == head.count else {
            throw GraphDataError("ends at byte \(read), in the head of \(head.count) bytes", path: path)
        }
        guard head[0] == 0, head[1] == 0, head[2] == 8, Int(head[3]) == dimensions else {
            throw GraphDataError(
                "is no IDX file of bytes with \(dimensions) dimensions: it begins with "
                    + head[..<4].map { String($0, radix: 16) }.joined(separator: " "), path: path)
        }
        var sizes: [Int] = []
        var bytes = 1
        for dimension in 0..<dimensions {
            let size = head[(4 + 4 * dimension)..<(8 + 4 * dimension)].reduce(0) { $0 << 8 | Int($1) }
            sizes.append(size)
            let (product, overflows) = bytes.multipliedReportingOverflow(by: size)
            guard !overflows, product <= Self.mostBytes else {
                throw GraphDataError("says at byte \(4 + 4 * dimension) that it holds over 1 GiB", path: path)
            }
            bytes = product
        }
        self.sizes = sizes
        // One more than there should be tells a file that goes on.
        var elements = [UInt8](repeating: 0, count: bytes + 1)
        let count = try Self.read(file, into: &elements, path: path)
        guard count == bytes else {
            throw GraphDataError(
                count < bytes
                    ? "ends at byte \(head.count + count), where \(head.count + bytes) bytes should be"
                    : "goes on after byte \(head.count + bytes), where it should end", path: path)
        }
        elements.removeLast()
        self.elements = elements
    }

    /// Fills a buffer, or as much of it as the file has.
    private static func read(
        _ file: gzFile, into buffer: inout [UInt8], path: String
    ) throws(GraphDataError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let most = UInt32(min(buffer.count - filled, 1 << 24))
            let count = buffer.withUnsafeMutableBytes { gzread(file, $0.baseAddress! + filled, most) }
            guard count >= 0 else {
                var code: Int32 = 0
                let reason = gzerror(file, &code).map { String(cString: $0) } ?? "error \(code)"
                throw GraphDataError("cannot be unpacked after byte \(filled): \(reason)", path: path)
            }
            if count == 0 { break }
            filled += Int(count)
        }
        // A file that was cut inside its compressed data ends early without another sign.
        var code: Int32 = 0
        if filled < buffer.count, let text = gzerror(file, &code), code != 0 {
            throw GraphDataError(
                "cannot be unpacked after byte \(filled): \(code == Z_BUF_ERROR ? "it ends early" : String(cString: text))",
                path: path)
        }
        return filled
    }
}
