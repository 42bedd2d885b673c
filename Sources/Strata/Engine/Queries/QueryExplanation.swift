/// How a question was answered: what `EXPLAIN` is elsewhere.
public struct QueryExplanation: Sendable, Equatable {
    /// One step of the answer.
    public struct Step: Sendable, Equatable {
        /// What the step answers.
        public var question: String
        /// The sections of the snapshot that lead to its matches.
        public var index: String
        /// Where those were read.
        public var tier: Tier
        /// The matches of all steps up to this one as they were estimated; nil where nothing was.
        public var estimatedRows: Double?
        /// Its matches; nil where they are not counted.
        public var rows: Int?
        /// The entries of the index that were looked at, apart from searches in sorted ones; nil where they are not
        /// counted.
        public var entriesRead: Int?
        /// Their bytes.
        public var bytesRead: Int?

        public init(
            _ question: String, index: String, tier: Tier = .mappedSnapshot, estimatedRows: Double? = nil,
            rows: Int? = nil, entriesRead: Int? = nil, bytesRead: Int? = nil
        ) {
            self.question = question
            self.index = index
            self.tier = tier
            self.estimatedRows = estimatedRows
            self.rows = rows
            self.entriesRead = entriesRead
            self.bytesRead = bytesRead
        }
    }

    /// Where something is read.
    public enum Tier: String, Sendable, Equatable {
        /// In the mapped snapshot, in place.
        case mappedSnapshot = "mapped snapshot"
        /// Among the answers that are kept.
        case answerCache = "cache of answers"
    }

    /// The steps, in the order in which they were taken.
    public var steps: [Step] = []

    public init(steps: [Step] = []) { self.steps = steps }
}

extension ZeroCopyKnowledgeEngine {
    /// The bytes of the current snapshot that some question has touched since it was opened: whole blocks, each checked
    /// when it was first touched.
    ///
    /// - Complexity: O(blocks).
    public func touchedBytes() throws(StrataError) -> Int {
        try root.read { root throws(StrataError) in root.snapshot.touchedBytes }
    }

    /// The matches of patterns, found one by one as they are asked for.
    ///
    /// - Throws: `notFound` when an entity that a pattern names is not there, `invalidArgument` when there is no pattern
    ///   or a variable stands for an entity and for a type, `limitExceeded` when there are more than
    ///   ``GraphPattern/maximumCount``. A type, key or value that the snapshot does not have gives no match.
    /// - Complexity: of the call O(2^patterns); of the answer, what the best order of the patterns makes of it.
    public func match(_ patterns: [GraphPattern]) throws(StrataError) -> PatternMatches {
        // The matches keep the snapshot by a reference of their own, beyond the pin.
        let root = try askRoot { root throws(StrataError) in Kept(root) }
        return try PatternMatches(patterns, root: root.root)
    }

    /// A reference to a root that may outlive its pin.
    private struct Kept {
        let root: Root
        init(_ root: borrowing Root) { self.root = copy root }
    }
}

extension Snapshot {
    /// The bytes of the blocks that were checked so far.
    fileprivate var touchedBytes: Int {
        let tree = storage.places.pointee.blocks.details.tree
        var bytes = 0
        for block in 0..<tree.blockCount where storage.places.pointee.blocks.isChecked(block) {
            bytes += tree.bytes(ofBlock: block).count
        }
        return bytes
    }
}
