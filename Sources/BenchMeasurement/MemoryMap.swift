import Glibc

/// A mapping of `/proc/self/maps`.
public struct MemoryMapping: Sendable, Equatable {
    /// First address.
    public var start: UInt64
    /// Address after the last.
    public var end: UInt64
    /// `r`, `w`, `x` and `p` or `s`, as printed.
    public var permissions: String
    /// The mapped file, a pseudo name such as `[heap]`, or empty.
    public var path: String

    /// The mappings of this process, in order of address.
    public static func ofProcess() throws(MeasurementError) -> [MemoryMapping] {
        try parse(ProcText.read("/proc/self/maps"))
    }

    /// Parses the text of `maps`: `start-end permissions offset device inode   path`.
    public static func parse(_ text: String) throws(MeasurementError) -> [MemoryMapping] {
        var mappings: [MemoryMapping] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            let range = fields.first?.split(separator: "-") ?? []
            guard fields.count >= 5, range.count == 2, let start = UInt64(range[0], radix: 16),
                let end = UInt64(range[1], radix: 16), start < end
            else {
                throw MeasurementError("the line '\(line)' is not of the known form", source: "/proc/self/maps")
            }
            mappings.append(
                MemoryMapping(
                    start: start, end: end, permissions: String(fields[1]),
                    path: fields.count > 5 ? fields[5].trimmed : ""))
        }
        return mappings
    }
}
