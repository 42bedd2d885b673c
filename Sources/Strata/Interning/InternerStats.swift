/// What an interner holds. Every byte of its tables is in `totalBytes`; no figure wraps, those derived stop at the ends
/// of their range.
public struct InternerStats: Sendable, Equatable {
    /// Distinct strings.
    public var uniqueStrings: Int
    /// Strings for which an id was given, each time it was.
    public var references: Int
    /// Bytes of the distinct strings.
    public var uniqueBytes: Int
    /// Bytes of all the strings that were given, each time they were.
    public var referencedBytes: Int
    /// Bytes that the interner holds from the allocator: strings, unused room, tables.
    public var totalBytes: Int

    public init(uniqueStrings: Int, references: Int, uniqueBytes: Int, referencedBytes: Int, totalBytes: Int) {
        self.uniqueStrings = uniqueStrings
        self.references = references
        self.uniqueBytes = uniqueBytes
        self.referencedBytes = referencedBytes
        self.totalBytes = totalBytes
    }

    /// Bytes of interner and ids together: what stands for the references.
    public var internedBytes: Int {
        let (ids, overflow) = references.multipliedReportingOverflow(by: MemoryLayout<InternedString>.stride)
        return overflow ? .max : Self.saturating(ids.addingReportingOverflow(totalBytes), .max)
    }
    /// Bytes that holding each string once saves against holding each reference's bytes, tables and ids counted;
    /// negative when they cost more than they save.
    public var savedBytes: Int { Self.saturating(referencedBytes.subtractingReportingOverflow(internedBytes), .min) }
    /// ``savedBytes`` over ``referencedBytes``; nil before the first byte.
    public var savedShare: Double? {
        referencedBytes > 0 ? Double(savedBytes) / Double(referencedBytes) : nil
    }
    /// How many times the bytes of the references are those that stand for them, tables and ids counted; nil before the
    /// first byte.
    public var compressionRatio: Double? {
        referencedBytes > 0 ? Double(referencedBytes) / Double(internedBytes) : nil
    }
    /// Bytes held for each distinct string, its own and its share of the tables; nil before the first.
    public var bytesPerString: Double? {
        uniqueStrings > 0 ? Double(totalBytes) / Double(uniqueStrings) : nil
    }

    private static func saturating(_ result: (partialValue: Int, overflow: Bool), _ end: Int) -> Int {
        result.overflow ? end : result.partialValue
    }
}
