import BenchYAML

/// Reads `sweep`: a mapping from dotted paths to lists of values, whose product is the points.
struct SweepReading {
    private struct Axis {
        var key: String
        var path: [String]
        var location: Location
        var values: [Node]

        /// A value as it was written, for messages.
        func text(_ index: Int) -> String { (try? values[index].scalarText()) ?? "" }
    }

    /// The most points of a sweep: each is a data set and arms of its own.
    static let pointLimit = 1_000
    /// The first components of the keys that change what is measured, and what arms do not list already.
    static let roots = ["dataset", "configuration", "phases", "command"]

    /// The scenario's tree without the sweep; where it lacks a key, with the first value of the sweep.
    let base: Node
    private let axes: [Axis]

    /// Reads the lists and puts what is missing into the base.
    init(_ node: Node, of root: Node) throws(DocumentError) {
        let null = Node(.scalar(text: "null", isPlain: true), at: node.location, keyPath: node.keyPath)
        var base = try root.setting(["sweep"], to: null, keyLocation: node.location)
        var axes: [Axis] = []
        for entry in try node.mapping().entries {
            let axis = try Self.axis(entry)
            if base.value(at: axis.path) == nil {
                base = try base.setting(axis.path, to: axis.values[0], keyLocation: axis.location)
            }
            axes.append(axis)
        }
        guard !axes.isEmpty else {
            throw node.error("`sweep` varies nothing", suggestion: "such as { dataset.entities: [1_000, 10_000] }")
        }
        var count = 1
        for axis in axes { count = min(count * axis.values.count, Self.pointLimit + 1) }
        guard count <= Self.pointLimit else {
            throw node.error(
                "the sweep has more than \(Self.pointLimit) points", suggestion: "points are the product of the lists")
        }
        self.base = base
        self.axes = axes
    }

    private static func axis(_ entry: Node.Entry) throws(DocumentError) -> Axis {
        func failure(_ message: String, _ suggestion: String?) -> DocumentError {
            DocumentError(at: entry.location, keyPath: entry.value.keyPath, message, suggestion: suggestion)
        }
        let path = try Scenario.components(entry.key, at: entry.location, keyPath: entry.value.keyPath)
        guard ScenarioKeys.scenario.contains(path[0]) else {
            throw failure("unknown key `\(path[0])`", BenchYAML.suggestion(for: path[0], among: roots))
        }
        guard roots.contains(path[0]) else {
            throw failure(
                "`\(entry.key)` cannot be swept",
                path[0] == "arms" ? "its lists are arms already" : "a sweep varies \(roots.joined(separator: ", "))")
        }
        if path == ["configuration", ConfigurationKey.allocationStrategy.rawValue] {
            throw failure("`\(entry.key)` cannot be swept", "list the strategies in arms.strategies")
        }
        guard path.count > 1, path.last != "name" else { throw failure("`\(entry.key)` cannot be swept", nil) }
        guard case .sequence(let nodes) = entry.value.content else {
            throw entry.value.expected("a list of values", suggestion: "such as \(entry.key): [1, 2]")
        }
        guard !nodes.isEmpty else { throw entry.value.error("the list must not be empty") }
        var values: [Node] = []
        for (index, node) in nodes.enumerated() {
            guard case .scalar(let text, _) = node.content, !node.isNull else {
                throw node.expected("a single value")
            }
            // The results name a point in one cell, with semicolons between the keys.
            guard !text.contains(where: { $0 == ";" || $0.isNewline }) else {
                throw node.error("a swept value is one line without semicolons")
            }
            values.append(Node(node.content, at: node.location, keyPath: "sweep.\(entry.key)[\(index)]"))
        }
        return Axis(key: entry.key, path: path, location: entry.location, values: values)
    }

    /// The axes with their values in one form, and the scenario at each point; the first key varies slowest.
    func read(_ vocabulary: ScenarioVocabulary) throws(DocumentError) -> (axes: [SweepAxis], points: [SweepPoint]) {
        var texts = axes.map { [String?](repeating: nil, count: $0.values.count) }
        var points: [SweepPoint] = []
        var places: [String: [Int]] = [:]
        var place = [Int](repeating: 0, count: axes.count)
        repeat {
            let scenario = try scenario(at: place, vocabulary)
            if let earlier = places.updateValue(place, forKey: scenario.hash) { throw repeated(place, earlier) }
            let printed = try Document(text: scenario.yaml(), file: scenario.name).root
            var parameters: [String] = []
            for (axis, index) in place.enumerated() {
                let text = Self.printed(axes[axis].path, printed) ?? axes[axis].text(index)
                texts[axis][index] = texts[axis][index] ?? text
                parameters.append("\(axes[axis].key)=\(text)")
            }
            points.append(SweepPoint(parameters: parameters.sorted().joined(separator: ";"), scenario: scenario))
        } while advance(&place)
        let read = zip(axes, texts).map { axis, texts in
            SweepAxis(key: axis.key, values: texts.map { $0 ?? "" })
        }
        return (read, points)
    }

    private func scenario(at place: [Int], _ vocabulary: ScenarioVocabulary) throws(DocumentError) -> Scenario {
        var root = base
        for (axis, index) in zip(axes, place) {
            root = try root.setting(axis.path, to: axis.values[index], keyLocation: axis.values[index].location)
        }
        do {
            return try Scenario(withoutSweep: root, vocabulary, .sweep)
        } catch {
            let point = zip(axes, place).map { "\($0.key)=\($0.text($1))" }.joined(separator: ";")
            throw ScenarioChange.sweep.blaming("at the point \(point) of the sweep", for: error)
        }
    }

    /// A value as the resolved scenario prints it.
    private static func printed(_ path: [String], _ root: Node) -> String? {
        guard case .scalar(let text, _)? = root.value(at: path)?.content else { return nil }
        return text
    }

    private func repeated(_ place: [Int], _ earlier: [Int]) -> DocumentError {
        let axis = place.indices.first { place[$0] != earlier[$0] } ?? 0
        return axes[axis].values[place[axis]].error(
            "`\(axes[axis].text(place[axis]))` gives the same point as `\(axes[axis].text(earlier[axis]))` before it",
            suggestion: "remove one of the two")
    }

    /// Moves on to the next place, the last axis first; false after the last place.
    private func advance(_ place: inout [Int]) -> Bool {
        for axis in place.indices.reversed() {
            place[axis] += 1
            if place[axis] < axes[axis].values.count { return true }
            place[axis] = 0
        }
        return false
    }
}
