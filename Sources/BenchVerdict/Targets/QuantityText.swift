/// A figure with its unit as people read it: `1.23 M operations/s`, `85.2 us`, `1.5 GiB`, `72 %`, `12.3 x`.
public func quantityText(_ value: Double, unit: String) -> String {
    switch unit {
    case "x": return "\(digits(value)) x"
    case "fraction": return "\(digits(value * 100)) %"
    case "ns": return scaled(value, [(1e9, "s"), (1e6, "ms"), (1e3, "us"), (1, "ns")])
    case "s": return scaled(value * 1e9, [(1e9, "s"), (1e6, "ms"), (1e3, "us"), (1, "ns")])
    case "bytes": return scaled(value, [(1_073_741_824, "GiB"), (1_048_576, "MiB"), (1024, "KiB"), (1, "B")])
    case "bytes/s": return scaled(value, [(1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"), (1, "B/s")])
    default:
        let name = unit == "count" ? "" : unit
        return trimmed(scaled(value, [(1e9, "G \(name)"), (1e6, "M \(name)"), (1e3, "k \(name)"), (1, name)]))
    }
}

/// The unit that a metric of the contract has by its name; `count` for a metric that only counts.
func conventionalUnit(ofMetric metric: String) -> String {
    if metric == "throughput" { return "operations/s" }
    if metric.contains("latency") || metric.hasSuffix("_time") || metric.hasSuffix("_age") { return "ns" }
    if metric.contains("bytes") { return "bytes" }
    if metric == "fragmentation_ratio" { return "x" }
    if metric.contains("_saving") { return "fraction" }
    let fractions = ["_ratio", "_share", "_error", "_rate", "_gap"]
    return fractions.contains { metric.hasSuffix($0) } || metric.hasPrefix("recall_") ? "fraction" : "count"
}

/// A whole number with its thousands apart: `1,000,000`.
func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
        text.append(digit)
    }
    return number < 0 ? "-" + text : text
}

/// The value in the largest of the units that it fills.
private func scaled(_ value: Double, _ units: [(size: Double, name: String)]) -> String {
    let magnitude = value.magnitude
    let unit = units.first { magnitude >= $0.size } ?? units[units.count - 1]
    return "\(digits(value / unit.size)) \(unit.name)"
}

/// Three significant digits and no exponent: `0.0123`, `1.23`, `12.3`, `123`, `1234`.
private func digits(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    var scale = 1.0
    var places = 0
    while value.magnitude * scale < 100, places < 9 {
        scale *= 10
        places += 1
    }
    let rounded = Int64(exactly: (value * scale).rounded()) ?? 0
    if rounded == 0 { return value.description }
    let whole = String(rounded.magnitude)
    let padded = String(repeating: "0", count: max(0, places + 1 - whole.count)) + whole
    var text = String(padded.dropLast(places))
    let fraction = padded.suffix(places)
    if let last = fraction.lastIndex(where: { $0 != "0" }) { text += "." + fraction[...last] }
    return (rounded < 0 ? "-" : "") + text
}

private func trimmed(_ text: String) -> String { text.last == " " ? String(text.dropLast()) : text }
