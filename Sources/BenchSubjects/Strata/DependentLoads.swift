import Strata

/// How many cache misses a random get waits for one after the other: its time when each next id is known only from the
/// record before, as a multiple of what one load takes that is met in the same way.
enum DependentLoads {
    private static let steps = 100_000

    /// - Parameter snapshot: its ids are positions, and there are some.
    static func perGet(_ snapshot: borrowing Snapshot) throws(StrataError) -> Double {
        let count = snapshot.entityCount
        // As much memory as the records take, each of which starts with its own number.
        let stride = MemoryLayout<ZeroCopyEntity>.stride
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * stride, alignment: 64)
        defer { memory.deallocate() }
        for index in 0..<count { memory.storeBytes(of: UInt32(index), toByteOffset: index * stride, as: UInt32.self) }
        var (plain, ours) = (Double.infinity, Double.infinity)
        var missed: UInt32 = 0
        for _ in 0..<3 {
            plain = min(
                plain,
                Stopwatch.nanoseconds {
                    var chain = Chain(count)
                    for _ in 0..<steps {
                        chain.follow(memory.load(fromByteOffset: Int(chain.index) * stride, as: UInt32.self))
                    }
                    missed |= chain.missed
                })
            ours = min(
                ours,
                try Stopwatch.nanoseconds { () throws(StrataError) in
                    var chain = Chain(count)
                    for _ in 0..<steps { chain.follow(try snapshot.entity(withID: chain.index)?.record.id ?? 0) }
                    missed |= chain.missed
                })
        }
        return missed == 0 ? ours / plain : .nan
    }

    /// Random numbers below a count, each known when the one before was found.
    private struct Chain {
        private let count: UInt64
        private var state: UInt32 = 1
        private(set) var index: UInt32 = 0
        /// Bits that what was found has wrong.
        private(set) var missed: UInt32 = 0

        init(_ count: Int) { self.count = UInt64(count) }

        /// - Parameter found: what stood at `index`, which is `index` itself: only the processor does not know.
        @inline(__always)
        mutating func follow(_ found: UInt32) {
            // No comparison: a processor would guess its result, and go on before the load is done.
            missed |= found ^ index
            state = (state &* 747_796_405 &+ 2_891_336_453) ^ (found ^ index)
            index = UInt32(truncatingIfNeeded: (UInt64(state) &* count) >> 32)
        }
    }
}
