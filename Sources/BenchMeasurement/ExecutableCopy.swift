import Glibc

/// Copies of executables for tools that cannot read all that is in them.
public enum ExecutableCopy {
    /// Copies an ELF executable under another name and hides its debug information: the sections stay where they are,
    /// and what their names began with, `.debug_`, is overwritten. The symbol table stays, so that functions keep their
    /// names.
    ///
    /// valgrind before 3.20 gives up on programs with the DWARF 5 that clang writes for C; without debug information
    /// it goes by the symbols.
    public static func withoutDebugInformation(of path: String, at copy: String) throws(MeasurementError) {
        var bytes = try contents(of: path)
        guard let names = sectionNames(bytes) else {
            throw MeasurementError("this is not a 64-bit little-endian ELF file with section names", source: path)
        }
        let prefix = Array(".debug_".utf8)
        var place = names.lowerBound
        while place + prefix.count <= names.upperBound {
            if bytes[place..<place + prefix.count].elementsEqual(prefix) {
                bytes.replaceSubrange(place..<place + prefix.count, with: Array(".hidden".utf8))
                place += prefix.count
            } else {
                place += 1
            }
        }
        try write(bytes, to: copy)
    }

    /// Where the names of the sections stand, or nil for what is no such file.
    private static func sectionNames(_ bytes: [UInt8]) -> Range<Int>? {
        func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - MemoryLayout<T>.size else { return nil }
            let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
            return Int(exactly: T(littleEndian: value))
        }
        // Magic, 64 bits, little-endian. The header's fields: e_shoff, e_shentsize, e_shstrndx.
        guard bytes.count >= 64, bytes[..<6].elementsEqual([0x7F, 0x45, 0x4C, 0x46, 2, 1]),
            let table = number(UInt64.self, at: 0x28), let size = number(UInt16.self, at: 0x3A),
            let index = number(UInt16.self, at: 0x3E), table > 0, table < bytes.count
        else { return nil }
        // The section's header: sh_offset and sh_size.
        let header = table + index * size
        guard let offset = number(UInt64.self, at: header + 0x18), let length = number(UInt64.self, at: header + 0x20),
            offset <= bytes.count, length <= bytes.count - offset
        else { return nil }
        return offset..<offset + length
    }

    private static func contents(of path: String) throws(MeasurementError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MeasurementError("cannot be read", source: path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw MeasurementError("cannot be read", source: path, errno: errno)
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MeasurementError("cannot be read", source: path, errno: errno) }
            done += count
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(MeasurementError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
        guard descriptor >= 0 else { throw MeasurementError("cannot be made", source: path, errno: errno) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MeasurementError("cannot be written", source: path, errno: errno) }
            done += count
        }
    }
}
