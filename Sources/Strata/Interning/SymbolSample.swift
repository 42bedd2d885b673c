/// A sample of texts for ``SymbolTable/init(training:)``: bounded memory however many are added, and the same for the
/// same texts in the same order.
///
/// Every n-th text is kept; when 128 KiB are, every other one of them is dropped and n doubles. Of a text longer than
/// 512 bytes one piece is kept.
public struct SymbolSample: ~Copyable {
    static var limit: Int { 128 << 10 }
    static var pieceLimit: Int { 512 }

    private(set) var bytes: [UInt8] = []
    /// Where each kept piece ends in `bytes`.
    private(set) var ends: [Int] = []
    private var stride = 1
    private var seen = 0

    public init() {}

    /// Adds a text; most of many are counted only.
    ///
    /// - Complexity: O(1), and O(length) for a text that is kept.
    public mutating func add(_ text: Span<UInt8>) {
        defer { seen += 1 }
        guard seen % stride == 0, !text.isEmpty else { return }
        let count = min(text.count, Self.pieceLimit)
        // Pieces of long texts are spread over them by the golden ratio: their beginnings may be all alike.
        let spread = UInt64(truncatingIfNeeded: seen &+ 1) &* 0x9E37_79B9_7F4A_7C15
        let start = text.count == count ? 0 : Int(spread.multipliedFullWidth(by: UInt64(text.count - count)).high)
        for index in start..<(start + count) { bytes.append(text[index]) }
        ends.append(bytes.count)
        if bytes.count > Self.limit { halve() }
    }

    private mutating func halve() {
        // Empty texts keep no piece, so "every other piece" is not "every other kept text" exactly, which does not matter.
        var kept: [UInt8] = []
        var keptEnds: [Int] = []
        for index in Swift.stride(from: 0, to: ends.count, by: 2) {
            kept.append(contentsOf: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
            keptEnds.append(kept.count)
        }
        bytes = kept
        ends = keptEnds
        stride *= 2
    }
}
