/// What a search of an index asks for.
public struct IndexQuery: Sendable, Equatable {
    /// Matches wanted, at least 1.
    public var limit: Int
    /// How widely to look: in a graph the count of near nodes that are kept and looked around from (`ef`), in inverted
    /// lists the count of lists that are read (`nprobe`). More finds more true neighbours and takes longer. In a graph
    /// never below `limit`.
    public var breadth: Int

    /// Whether to ask the index also where comparing all vectors would take less: for measurements.
    public var prefersIndex: Bool

    public init(limit: Int = 10, breadth: Int = 64, prefersIndex: Bool = false) {
        self.limit = limit
        self.breadth = breadth
        self.prefersIndex = prefersIndex
    }

    /// Largest `limit` and `breadth`.
    public static var largest: Int { 1 << 20 }

    func check() throws(StrataError) {
        guard 1...Self.largest ~= limit else {
            throw StrataError(
                .invalidArgument, "a search asks for \(limit) matches", remedy: "ask for 1 to \(Self.largest)")
        }
        guard 1...Self.largest ~= breadth else {
            throw StrataError(
                .invalidArgument, "a search has a breadth of \(breadth)", remedy: "give 1 to \(Self.largest)")
        }
    }
}
