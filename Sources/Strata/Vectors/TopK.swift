/// A row of a column and its score.
@frozen
public struct ScoredRow: Sendable, Equatable, BitwiseCopyable {
    public var row: UInt32
    public var score: Double

    @inlinable
    public init(row: UInt32, score: Double) {
        self.row = row
        self.score = score
    }

    /// Higher scores come first; equal ones in order of the row.
    @inlinable
    public static func precedes(_ left: ScoredRow, _ right: ScoredRow) -> Bool {
        left.score != right.score ? left.score > right.score : left.row < right.row
    }
}

/// The best `capacity` of the rows that it was offered, in a heap whose root is the worst of them.
///
/// An offer costs O(1) when the row is worse than all that are kept, else O(log capacity). Used again after
/// ``removeAll(capacity:)`` it allocates only when its capacity grows past what it ever was.
struct TopK {
    private(set) var capacity: Int
    private(set) var heap: [ScoredRow] = []

    init(capacity: Int) {
        self.capacity = capacity
        heap.reserveCapacity(capacity)
    }

    /// The score that a row must pass to be kept, once `capacity` rows are.
    var threshold: Double { heap.count < capacity ? -.infinity : heap[0].score }

    /// Starts again.
    mutating func removeAll(capacity: Int) {
        heap.removeAll(keepingCapacity: true)
        self.capacity = capacity
        heap.reserveCapacity(capacity)
    }

    mutating func offer(_ candidate: ScoredRow) {
        if heap.count < capacity {
            heap.append(candidate)
            var child = heap.count - 1
            while child > 0 {
                let parent = (child - 1) / 2
                guard ScoredRow.precedes(heap[parent], heap[child]) else { break }
                heap.swapAt(parent, child)
                child = parent
            }
        } else if capacity > 0, ScoredRow.precedes(candidate, heap[0]) {
            heap[0] = candidate
            sink(in: heap.count)
        }
    }

    /// Restores the heap of the first `count` after its root was replaced.
    private mutating func sink(in count: Int) {
        var parent = 0
        while true {
            var worst = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < count {
                if ScoredRow.precedes(heap[worst], heap[child]) { worst = child }
            }
            guard worst != parent else { break }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }

    /// What is kept, best first.
    func sorted() -> [ScoredRow] { heap.sorted(by: ScoredRow.precedes) }

    /// Puts what is kept in order, best first, without another array; only ``removeAll(capacity:)`` may follow.
    mutating func sort() {
        var count = heap.count
        while count > 1 {
            count -= 1
            heap.swapAt(0, count)
            sink(in: count)
        }
    }
}
