/// What the parts of the memory layer are measured with: 48 bytes, six words that are all written.
struct MemoryRecord: BitwiseCopyable {
    /// The row or the operation that made it.
    var id: UInt64
    var kind: UInt64 = 1
    var degree: UInt64 = 2
    var offset: UInt64 = 3
    /// What an update changes.
    var revision: UInt64 = 4
    var last: UInt64 = 5

    init(_ id: UInt64) { self.id = id }

    init(_ id: UInt64, revision: UInt32) {
        self.id = id
        self.revision = UInt64(revision)
    }

    /// What reading it answers.
    @inline(__always)
    var answer: UInt64 { id ^ revision &<< 32 }

    /// Whether the words that nothing changes are those that were written.
    var isWhole: Bool { kind == 1 && degree == 2 && offset == 3 && last == 5 }
}
