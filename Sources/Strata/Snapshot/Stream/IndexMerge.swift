import Glibc

/// The index from names to entities and the one from properties to entities, made by a thread of its own: they depend
/// on nothing that is done beside it.
struct IndexMerge: ~Copyable {
    /// The finished indices.
    struct Result {
        /// Positions of 4 bytes.
        let names: ScratchExtent
        /// The distinct pairs, as they are written.
        let pairs: ScratchExtent
        /// Numbers of 8 bytes.
        let offsets: ScratchExtent
        /// Positions, as they are written.
        let positions: ScratchExtent
        let positionCount: Int
    }

    private let work: Work
    private var thread: pthread_t?

    /// Starts the thread; where there can be none, the work is done by ``finish()``.
    init(
        names: consuming NumberMerge, values: consuming NumberMerge, _ shape: GraphReplay.Shape, _ memory: StreamMemory,
        _ space: ScratchSpace
    ) {
        work = Work(names: names, values: values, shape, memory, space)
        var handle = pthread_t()
        let argument = Unmanaged.passRetained(work)
        let code = pthread_create(
            &handle, nil,
            { argument in
                Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        if code == 0 { thread = handle } else { argument.release() }
    }

    // Whoever gives up does not leave a thread behind that writes.
    deinit { if let thread { pthread_join(thread, nil) } }

    /// Waits for the indices.
    mutating func finish() throws(StrataError) -> Result {
        if let thread { pthread_join(thread, nil) } else { work.run() }
        thread = nil
        return try work.outcome!.get()
    }
}

/// What the thread does.
private final class Work: @unchecked Sendable {
    // Unchecked: what is here is the thread's from its start to its end, and its owner's before and after.

    private(set) var outcome: Swift.Result<IndexMerge.Result, StrataError>?
    private var names: NumberMerge?
    private var values: NumberMerge?
    private let shape: GraphReplay.Shape
    private let memory: StreamMemory
    private let space: ScratchSpace

    init(
        names: consuming NumberMerge, values: consuming NumberMerge, _ shape: GraphReplay.Shape, _ memory: StreamMemory,
        _ space: ScratchSpace
    ) {
        self.names = consume names
        self.values = consume values
        self.shape = shape
        self.memory = memory
        self.space = space
    }

    func run() {
        do throws(StrataError) {
            outcome = .success(try merged(names.take()!, values.take()!))
        } catch {
            outcome = .failure(error)
        }
    }

    private func merged(
        _ names: consuming NumberMerge, _ values: consuming NumberMerge
    ) throws(StrataError) -> IndexMerge.Result {
        var named = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        while let number = try names.next() { try named.append(UInt32(truncatingIfNeeded: number)) }

        var pairs = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var offsets = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var positions = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        let positionStride = NumberColumn.stride(largest: UInt64(max(shape.counts.entities - 1, 0)))
        var count: UInt64 = 0
        var last: UInt128?
        while let number = try values.next() {
            // The same pair twice at one entity is one entry of the index.
            if number == last { continue }
            if last == nil || last! >> 64 != number >> 64 {
                try pairs.append(
                    shape.properties.number(
                        high: UInt32(truncatingIfNeeded: number >> 96), low: UInt32(truncatingIfNeeded: number >> 64)),
                    stride: shape.properties.stride)
                try offsets.append(count)
            }
            try positions.append(UInt64(truncatingIfNeeded: number), stride: positionStride)
            count += 1
            last = number
        }
        try offsets.append(count)
        return IndexMerge.Result(
            names: try named.finish(), pairs: try pairs.finish(), offsets: try offsets.finish(),
            positions: try positions.finish(), positionCount: Int(count))
    }
}
