import Glibc

/// Reads the small text files of `/proc` and `/sys`.
enum ProcText {
    /// The whole text of a file whose size the kernel does not tell beforehand.
    static func read(_ path: String) throws(MeasurementError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw MeasurementError("the file cannot be opened", source: path, errno: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        let step = 16_384
        while true {
            var count = 0
            let old = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: step))
            repeat {
                count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + old, step) }
            } while count < 0 && errno == EINTR
            guard count >= 0 else {
                throw MeasurementError("the file cannot be read", source: path, errno: errno)
            }
            bytes.removeLast(step - count)
            if count == 0 { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text without surrounding white space, or nil where the file is not there or not readable: for facts
    /// that a machine may lack.
    static func readIfPresent(_ path: String) -> String? {
        guard let text = try? read(path) else { return nil }
        let trimmed = text.trimmed
        return trimmed.isEmpty ? nil : trimmed
    }

    /// The number after `key` in lines of the form `Key:   123 kB`, in bytes where the line says kB.
    static func quantity(_ key: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(key) && line.dropFirst(key.count).first == ":" {
            let fields = line.dropFirst(key.count + 1).split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let first = fields.first, let number = UInt64(first) else { return nil }
            return fields.count > 1 && fields[1] == "kB" ? number * 1024 : number
        }
        return nil
    }
}

extension StringProtocol {
    /// The text without white space at both ends.
    var trimmed: String {
        var slice = self[...]
        while let first = slice.first, first.isWhitespace { slice = slice.dropFirst() }
        while let last = slice.last, last.isWhitespace { slice = slice.dropLast() }
        return String(slice)
    }
}
