/// Call stacks with a weight each: samples, allocations or bytes. What flame graphs are drawn of.
///
/// The text form is that of Brendan Gregg's tools: a line for each stack, `outermost;...;innermost weight`.
public struct FoldedStacks: Sendable, Hashable {
    /// Weight by stack, the outermost frame first.
    public private(set) var weights: [[String]: Int] = [:]

    /// No stacks.
    public init() {}

    /// Adds weight to a stack. Takes O(frames).
    public mutating func add(_ stack: [String], _ weight: Int) {
        guard weight != 0, !stack.isEmpty else { return }
        weights[stack, default: 0] += weight
    }

    /// The weight of all stacks.
    public var total: Int { weights.values.reduce(0, +) }

    /// A frame as the text form can hold it.
    public static func frame(_ name: String) -> String {
        String(name.map { $0 == ";" ? "," : $0.isNewline ? " " : $0 })
    }

    // MARK: Functions

    /// What one function weighs.
    public struct Function: Sendable, Hashable {
        /// The function.
        public var name: String
        /// Weight of the stacks that end in it.
        public var own: Int
        /// Weight of the stacks that it stands in, however often.
        public var total: Int

        /// A function by its parts.
        public init(name: String, own: Int, total: Int) {
            self.name = name
            self.own = own
            self.total = total
        }
    }

    /// The functions, those with the most weight of their own first. Takes O(frames).
    public var functions: [Function] {
        var found: [String: Function] = [:]
        for (stack, weight) in weights {
            for name in Set(stack) { found[name, default: Function(name: name, own: 0, total: 0)].total += weight }
            if let last = stack.last { found[last]?.own += weight }
        }
        return found.values.sorted { ($1.own, $1.total, $0.name) < ($0.own, $0.total, $1.name) }
    }

    // MARK: Text

    /// The text form, sorted, so that the same stacks are the same text.
    public var text: String {
        weights.map { "\($0.key.joined(separator: ";")) \($0.value)\n" }.sorted().joined()
    }

    /// Reads the text form. Takes O(bytes).
    ///
    /// - Parameter path: what errors name.
    /// - Throws: `ResultsError` with the line for one without a weight at its end.
    public init(parsing text: String, path: String) throws(ResultsError) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            // Names hold blanks: the weight stands behind the last one.
            guard let blank = line.lastIndex(of: " "), blank != line.startIndex,
                let weight = Int(line[line.index(after: blank)...]), weight >= 0
            else {
                throw ResultsError(
                    "a line of stacks ends in a blank and a whole number", path: path, line: index + 1,
                    remedy: "give a file that strata wrote, such as cpu.folded")
            }
            add(line[..<blank].split(separator: ";", omittingEmptySubsequences: false).map(String.init), weight)
        }
    }
}
