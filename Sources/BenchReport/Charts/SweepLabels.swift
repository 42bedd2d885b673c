/// Names the points of a sweep, `dataset.entities=1000;threads=2`, by what differs between them: `entities 1000`.
struct SweepLabels {
    /// The keys that have more than one value, in their order.
    let varying: [String]
    /// What the points have in common, as a label; empty when there is nothing.
    let common: String
    private let names: [String: String]

    init(_ points: some Sequence<String>) {
        let parsed = Set(points).map(Self.parts)
        var values: [String: Set<String>] = [:]
        for point in parsed {
            for part in point { values[part.key, default: []].insert(part.value) }
        }
        let keys = values.keys.sorted()
        // A key that only some points have varies as well.
        let varying = keys.filter { key in
            values[key, default: []].count > 1 || !parsed.allSatisfy { $0.contains { $0.key == key } }
        }
        let shortNames = Dictionary(grouping: keys, by: Self.lastComponent)
        var names: [String: String] = [:]
        for key in keys {
            let short = Self.lastComponent(key)
            names[key] = shortNames[short]?.count == 1 ? short : key
        }
        self.varying = varying
        self.names = names
        let shared = (parsed.first ?? []).filter { !varying.contains($0.key) }
        common = shared.map { "\(names[$0.key] ?? $0.key) \(Self.text($0.value))" }.joined(separator: ", ")
    }

    /// What tells a point from the others; empty when nothing does.
    func label(_ point: String) -> String {
        Self.parts(point).filter { varying.contains($0.key) }.map { "\(name(of: $0.key)) \(Self.text($0.value))" }
            .joined(separator: ", ")
    }

    /// A value with its thousands apart where it is a large whole number.
    private static func text(_ value: String) -> String {
        guard value.count > 4, let number = Int(value), number > 0 else { return value }
        return Unit.grouped(Double(number))
    }

    /// A key without the part of its path that says nothing.
    func name(of key: String) -> String { names[key] ?? key }

    /// The keys and values of a point, in their order.
    static func parts(_ point: String) -> [(key: String, value: String)] {
        point.split(separator: ";").map { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(sides[0]), sides.count > 1 ? String(sides[1]) : "")
        }
    }

    /// The value of a key as a number, or nil when the point has none.
    static func number(of key: String, in point: String) -> Double? {
        parts(point).first { $0.key == key }.flatMap { Double($0.value.replacing("_", with: "")) }
    }

    /// A point without one of its keys.
    static func without(_ key: String, _ point: String) -> String {
        parts(point).filter { $0.key != key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
    }

    /// Whether a point comes before another: values that are numbers are compared as numbers.
    static func isLess(_ left: String, _ right: String) -> Bool {
        for (first, second) in zip(parts(left), parts(right)) {
            if first.key != second.key { return first.key < second.key }
            guard first.value != second.value else { continue }
            if let low = number(of: first.key, in: left), let high = number(of: second.key, in: right) {
                return low < high
            }
            return first.value < second.value
        }
        return left.count < right.count
    }

    private static func lastComponent(_ key: String) -> String {
        key.split(separator: ".").last.map(String.init) ?? key
    }
}
