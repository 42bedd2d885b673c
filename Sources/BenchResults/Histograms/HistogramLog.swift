import Foundation
import Histogram

/// A line of a histogram log: an interval whose histogram is still encoded.
public struct HistogramLine: Sendable, Hashable {
    /// What the interval belongs to.
    public var tag: String
    /// When it began, in seconds since 1970, UTC.
    public var startSeconds: Double
    /// How long it lasted, in seconds.
    public var lengthSeconds: Double
    /// Its largest value, in milliseconds.
    public var maximumMilliseconds: Double
    /// The histogram, compressed and in base64.
    public var payload: String

    /// A line by its parts.
    public init(
        tag: String, startSeconds: Double, lengthSeconds: Double, maximumMilliseconds: Double, payload: String
    ) {
        self.tag = tag
        self.startSeconds = startSeconds
        self.lengthSeconds = lengthSeconds
        self.maximumMilliseconds = maximumMilliseconds
        self.payload = payload
    }
}

/// Reads the histogram logs that `HistogramFiles` writes, so that runs can be joined.
public enum HistogramLog {
    /// The intervals of a log, in its order.
    ///
    /// Reads the format 1.3 with a start time, intervals relative to it, and histograms of version 2 in stored zlib
    /// streams: what `HistogramFiles.logText` writes. Takes O(bytes).
    ///
    /// - Parameter path: what errors name.
    /// - Throws: `ResultsError` with the line for anything else.
    public static func intervals(
        of text: String, path: String
    ) throws(ResultsError) -> [HistogramInterval<UInt64>] {
        var intervals: [HistogramInterval<UInt64>] = []
        try read(text, path: path) { line, bytes, refused throws(ResultsError) in
            guard let histogram = HistogramDecoding.histogram(bytes) else {
                throw refused("the histogram is damaged or of another version")
            }
            intervals.append(
                HistogramInterval(
                    tag: line.tag, startSeconds: line.startSeconds, lengthSeconds: line.lengthSeconds,
                    histogram: histogram))
        }
        return intervals
    }

    /// The lines of a log, in its order, as ``intervals(of:path:)`` reads them, but without looking into the
    /// histograms. Takes O(bytes).
    ///
    /// - Throws: `ResultsError` with the line for what is no interval.
    public static func lines(of text: String, path: String) throws(ResultsError) -> [HistogramLine] {
        var lines: [HistogramLine] = []
        try read(text, path: path) { line, bytes, refused throws(ResultsError) in
            guard bytes.starts(with: HistogramEncoding.bigEndian(HistogramEncoding.compressedCookie)) else {
                throw refused("the histogram is damaged or of another version")
            }
            lines.append(line)
        }
        return lines
    }

    private static func read(
        _ text: String, path: String,
        _ each: (HistogramLine, [UInt8], (String) -> ResultsError) throws(ResultsError) -> Void
    ) throws(ResultsError) {
        var origin = 0.0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            func refused(_ message: String) -> ResultsError {
                ResultsError(message, path: path, line: index + 1, remedy: "give logs that strata wrote")
            }
            if line.hasPrefix("#[StartTime: ") {
                let number = line.dropFirst("#[StartTime: ".count).prefix { $0 != " " }
                guard let seconds = Double(number) else { throw refused("the start time is no number") }
                origin = seconds
            }
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("\"") { continue }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 5, fields[0].hasPrefix("Tag="), let start = Double(fields[1]),
                let length = Double(fields[2]), let maximum = Double(fields[3]),
                let payload = Data(base64Encoded: String(fields[4]))
            else { throw refused("this is no interval of a histogram log") }
            try each(
                HistogramLine(
                    tag: String(fields[0].dropFirst(4)), startSeconds: origin + start, lengthSeconds: length,
                    maximumMilliseconds: maximum, payload: String(fields[4])),
                Array(payload), refused)
        }
    }
}

/// Undoes `HistogramEncoding`; nil for whatever is not whole.
enum HistogramDecoding {
    static func histogram(_ bytes: [UInt8]) -> Histogram<UInt64>? {
        var outer = ByteReader(bytes[...])
        guard outer.number(UInt32.self) == HistogramEncoding.compressedCookie,
            let length = outer.number(UInt32.self), outer.rest.count == Int(length),
            let plain = ZlibStored.decode(Array(outer.rest))
        else { return nil }
        return decodePlain(plain)
    }

    private static func decodePlain(_ bytes: [UInt8]) -> Histogram<UInt64>? {
        var reader = ByteReader(bytes[...])
        guard reader.number(UInt32.self) == HistogramEncoding.plainCookie, let length = reader.number(UInt32.self),
            reader.number(UInt32.self) == 0, let digitCount = reader.number(UInt32.self), digitCount <= 5,
            let digits = SignificantDigits(rawValue: Int8(digitCount)), let lowest = reader.number(UInt64.self),
            let highest = reader.number(UInt64.self), reader.number(UInt64.self) == Double(1).bitPattern,
            reader.rest.count == Int(length), lowest >= 1, highest >= 2, highest / 2 >= lowest
        else { return nil }
        let layout = HistogramLayout(lowestDiscernibleValue: lowest, significantDigits: Int(digitCount))
        var histogram = Histogram<UInt64>(
            lowestDiscernibleValue: lowest, highestTrackableValue: highest, numberOfSignificantValueDigits: digits)
        histogram.autoResize = true
        var index = 0
        while !reader.rest.isEmpty {
            guard let number = reader.zigZag() else { return nil }
            if number < 0 {
                let (next, overflow) = index.subtractingReportingOverflow(Int(number))
                guard !overflow else { return nil }
                index = next
                continue
            }
            if number > 0 {
                guard let value = layout.value(at: index) else { return nil }
                histogram.record(value, count: UInt64(number))
            }
            index += 1
        }
        return histogram
    }
}

/// Takes big-endian numbers off the front of bytes.
private struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let width = Number.bitWidth / 8
        guard rest.count >= width else { return nil }
        defer { rest = rest.dropFirst(width) }
        return rest.prefix(width).reduce(0) { $0 << 8 | Number($1) }
    }

    /// A ZigZag LEB128 number of at most nine bytes, whose ninth holds eight bits.
    mutating func zigZag() -> Int64? {
        var word: UInt64 = 0
        for position in 0..<9 {
            guard let byte = rest.popFirst() else { return nil }
            word |= UInt64(position == 8 ? byte : byte & 0x7F) << UInt64(7 * position)
            if position == 8 || byte & 0x80 == 0 { break }
        }
        return Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1)
    }
}
