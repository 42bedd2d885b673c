/// The metrics of memory that is left after a drain.
enum Drain {
    private static let prefix = "resident_bytes_after_"

    /// `5s` of `resident_bytes_after_5s`; nil for any other metric.
    static func delay(of metric: String) -> String? {
        guard metric.hasPrefix(prefix), seconds(metric).isFinite else { return nil }
        return String(metric.dropFirst(prefix.count))
    }

    /// The delay in seconds; infinite for what is no such metric.
    static func seconds(_ metric: String) -> Double {
        guard metric.hasPrefix(prefix) else { return .infinity }
        let text = metric.dropFirst(prefix.count)
        for (ending, factor) in [("ms", 1e-3), ("s", 1.0)] where text.hasSuffix(ending) {
            if let number = Double(text.dropLast(ending.count)) { return number * factor }
        }
        return .infinity
    }

    /// The delay as people write it: `5 s`.
    static func text(_ delay: String) -> String {
        let digits = delay.prefix { $0.isNumber || $0 == "." }
        return "\(digits) \(delay.dropFirst(digits.count))"
    }
}
