/// The properties of an entity as pairs of interned ids, grouped by key.
///
/// Pairs of one key stand together, in the order in which they were appended, and keys in order of their ids. The same
/// pairs therefore give the same row, whatever the order of the keys was.
public struct InternedProperties: Sendable, Equatable {
    /// The pairs, in order.
    public private(set) var pairs: [InternedProperty] = []

    public init() {}

    /// Properties from pairs in any order.
    ///
    /// - Complexity: O(n log n).
    public init(_ pairs: some Sequence<InternedProperty>) {
        self.pairs = Array(pairs)
        Self.group(&self.pairs)
    }

    /// Properties from pairs in any order.
    ///
    /// - Complexity: O(n log n).
    public init(_ pairs: Span<InternedProperty>) {
        self.init((0..<pairs.count).map { pairs[$0] })
    }

    /// Number of pairs.
    public var count: Int { pairs.count }

    /// The first value of a key, or nil.
    ///
    /// - Complexity: O(log n).
    public func value(for key: InternedString) -> InternedString? {
        let range = self.range(of: key)
        return range.isEmpty ? nil : pairs[range.lowerBound].value
    }

    /// All values of a key, in order.
    public func values(for key: InternedString) -> [InternedString] { pairs[range(of: key)].map(\.value) }

    /// Makes `value` the only value of a key.
    ///
    /// - Complexity: O(n).
    public mutating func set(_ key: InternedString, to value: InternedString) {
        pairs.replaceSubrange(range(of: key), with: CollectionOfOne(InternedProperty(key: key, value: value)))
    }

    /// Adds a value after those that the key has.
    ///
    /// - Complexity: O(n).
    public mutating func append(_ value: InternedString, to key: InternedString) {
        pairs.insert(InternedProperty(key: key, value: value), at: range(of: key).upperBound)
    }

    /// Takes all values of a key away.
    public mutating func remove(_ key: InternedString) { pairs.removeSubrange(range(of: key)) }

    /// Groups pairs by key in place; equal keys keep their order.
    static func group(_ pairs: inout [InternedProperty]) {
        guard !zip(pairs, pairs.dropFirst()).allSatisfy({ $0.key <= $1.key }) else { return }
        // The standard sort is stable.
        pairs.sort { $0.key < $1.key }
    }

    private func range(of key: InternedString) -> Range<Int> {
        var low = 0
        var high = pairs.count
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle].key < key { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < pairs.count, pairs[end].key == key { end += 1 }
        return low..<end
    }
}
