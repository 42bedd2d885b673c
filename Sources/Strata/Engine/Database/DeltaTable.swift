import Synchronization

/// Records of one size that are numbered from 0 and never move, for one writer and any number of readers.
///
/// They lie in chunks of which each is twice as long as the one before, so that a number leads to its record in a few
/// instructions, and growing moves nothing. A record is reached through a number that was published after it was made.
///
/// Invariant: `chunks` leads to ``chunkCount`` addresses in the arena of the delta, those of the chunks or 0.
struct DeltaTable: BitwiseCopyable {
    private static let firstLogarithm = 6
    static let chunkCount = 32 - firstLogarithm + 1

    private let chunks: UnsafeMutablePointer<Atomic<UInt>>
    private let stride: Int

    init(stride: Int, in arena: inout BumpArena) throws(StrataError) {
        self.stride = stride
        let bytes = Self.chunkCount * MemoryLayout<Atomic<UInt>>.stride
        chunks = try arena.allocate(byteCount: bytes, alignment: 16)
            .bindMemory(to: Atomic<UInt>.self, capacity: Self.chunkCount)
        for index in 0..<Self.chunkCount { (chunks + index).initialize(to: Atomic(0)) }
    }

    /// The chunk of a record, and its place there.
    @inline(__always)
    private static func place(_ number: UInt32) -> (chunk: Int, index: Int) {
        let position = UInt64(number) + 1 << firstLogarithm
        let chunk = 63 - position.leadingZeroBitCount - firstLogarithm
        return (chunk, Int(position) - 1 << (firstLogarithm + chunk))
    }

    /// The record of a number that there is.
    @inline(__always)
    func record(_ number: UInt32) -> UnsafeMutableRawPointer {
        let (chunk, index) = Self.place(number)
        let start = UnsafeMutableRawPointer(bitPattern: chunks[chunk].load(ordering: .acquiring)).unsafelyUnwrapped
        return start + index * stride
    }

    /// Room for the record of the next number.
    func makeRoom(for number: UInt32, in arena: inout BumpArena) throws(StrataError) -> UnsafeMutableRawPointer {
        let (chunk, index) = Self.place(number)
        if index == 0, chunks[chunk].load(ordering: .relaxed) == 0 {
            let memory = try arena.allocate(byteCount: stride << (Self.firstLogarithm + chunk), alignment: 16)
            chunks[chunk].store(UInt(bitPattern: memory), ordering: .releasing)
        }
        return record(number)
    }
}
