import Foundation
public import Histogram

/// What one block recorded: an interval of a histogram log.
public struct HistogramInterval<Count: FixedWidthInteger & Codable & Sendable>: Sendable {
    /// What the interval belongs to: an arm's label. Commas and white space become `_`.
    public var tag: String
    /// When it began, in seconds since 1970, UTC.
    public var startSeconds: Double
    /// How long it lasted, in seconds.
    public var lengthSeconds: Double
    /// The values, in nanoseconds.
    public var histogram: Histogram<Count>

    /// An interval by its parts.
    public init(tag: String, startSeconds: Double, lengthSeconds: Double, histogram: Histogram<Count>) {
        self.tag = tag
        self.startSeconds = startSeconds
        self.lengthSeconds = lengthSeconds
        self.histogram = histogram
    }
}

/// Histograms as files that HdrHistogram's own tools read.
public enum HistogramFiles {
    /// The name of an arm's files without their ending: `wordnet.get.strata-glibc-bump-1.get`. What a file name should
    /// not hold becomes `-`.
    public static func name(scenario: String, phase: String, arm: ArmKey, operation: String) -> String {
        let scalars = "\(scenario).\(phase).\(arm.label).\(operation)".unicodeScalars.map { scalar in
            let isPlain =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "._=+".unicodeScalars.contains(scalar)
            return isPlain ? Character(scalar) : "-"
        }
        return String(scalars)
    }

    /// Writes `histograms/NAME.hgrm`, the percentiles of all intervals together in nanoseconds, and
    /// `histograms/NAME.hlog`, the log with one line for each interval.
    ///
    /// - Throws: `ResultsError` when there is no value, the intervals differ in layout, or a file cannot be written.
    public static func write<Count>(
        _ intervals: [HistogramInterval<Count>], name: String, to run: RunDirectory
    ) throws(ResultsError) {
        let total = try sum(intervals, name: name)
        try run.write(text: percentileText(total), to: "histograms/\(name).hgrm")
        try run.write(text: logText(intervals), to: "histograms/\(name).hlog")
    }

    /// The percentile distribution in HdrHistogram's text form, values in nanoseconds.
    public static func percentileText<Count>(_ histogram: Histogram<Count>) -> String {
        var text = ""
        histogram.outputPercentileDistribution(to: &text, outputValueUnitScalingRatio: 1)
        return text
    }

    /// A histogram log of the format 1.3: starts are offsets from the first interval's start, the largest values are in
    /// milliseconds, the histograms are compressed (version 2) and in base64.
    public static func logText<Count>(_ intervals: [HistogramInterval<Count>]) -> String {
        logText(
            lines: intervals.map { interval in
                HistogramLine(
                    tag: interval.tag, startSeconds: interval.startSeconds, lengthSeconds: interval.lengthSeconds,
                    maximumMilliseconds: Double(interval.histogram.max) / 1_000_000,
                    payload: Data(HistogramEncoding.compressed(interval.histogram)).base64EncodedString())
            })
    }

    /// A histogram log of lines whose histograms are encoded already.
    public static func logText(lines: [HistogramLine]) -> String {
        let origin = lines.map(\.startSeconds).min() ?? 0
        var text = "#[Histogram log format version 1.3]\n"
        text += "#[StartTime: \(fixed(origin)) (seconds since epoch), \(utcText(origin))]\n"
        text += "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
        for line in lines {
            text += "Tag=\(plainTag(line.tag)),\(fixed(line.startSeconds - origin)),"
            text += "\(fixed(line.lengthSeconds)),\(fixed(line.maximumMilliseconds)),\(line.payload)\n"
        }
        return text
    }

    private static func sum<Count>(
        _ intervals: [HistogramInterval<Count>], name: String
    ) throws(ResultsError) -> Histogram<Count> {
        guard var total = intervals.first?.histogram else {
            throw ResultsError("the histogram `\(name)` has no interval")
        }
        total.autoResize = true
        for interval in intervals.dropFirst() {
            let next = interval.histogram
            guard next.lowestDiscernibleValue == total.lowestDiscernibleValue,
                next.numberOfSignificantValueDigits == total.numberOfSignificantValueDigits
            else { throw ResultsError("the intervals of the histogram `\(name)` differ in their layout") }
            total.add(next)
        }
        guard total.totalCount > 0 else { throw ResultsError("the histogram `\(name)` holds no value") }
        return total
    }

    private static func plainTag(_ tag: String) -> String {
        let scalars = tag.unicodeScalars.map { scalar in
            scalar == "," || scalar == " " || scalar.value < 0x20 ? "_" : Character(scalar)
        }
        return String(scalars)
    }

    /// A number with three digits after the point.
    private static func fixed(_ value: Double) -> String {
        let thousandths = Int64((value * 1000).rounded())
        let fraction = String(thousandths.magnitude % 1000)
        let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
        return "\(thousandths < 0 ? "-" : "")\(thousandths.magnitude / 1000).\(padded)"
    }

    private static func utcText(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds.rounded(.down)).ISO8601Format()
    }
}
