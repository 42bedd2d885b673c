public import GraphData

/// One operation of a plan: 12 bytes, the same on every machine.
@frozen
public struct Operation: Sendable, BitwiseCopyable, Hashable {
    /// The raw value of the ``OperationKind``.
    public var kind: UInt8
    /// Zero: a plan's bytes are hashed, so that none may be left to chance.
    @usableFromInline var padding: UInt8 = 0
    /// How many: `k` of `similar`, depth of `traverse`, entities of `get_batch`. For `allocate` and `free` 1 where what
    /// goes is given back by another thread than the one that took it. Otherwise 0.
    public var limit: UInt16
    /// The row of the data set, which is the entity's id, and the number of a slot for `allocate` and `free`; 0 for
    /// operations on the whole store.
    public var key: UInt32
    /// More about the operation, by its kind.
    ///
    /// - `update` and `replace`: the revision, counted from 1 within the phase over both.
    /// - `find`: a number drawn at random; the property looked for is number `argument % n` of the `n` properties of
    ///   the row `key`.
    /// - `get_batch`: 0 for the rows that follow `key`, otherwise where the draws of its other keys start from; see
    ///   ``batchKey(at:entityCount:)``.
    /// - `allocate`: how many bytes, at least 1.
    /// - otherwise 0.
    public var argument: UInt32

    /// An operation as it stands in a plan.
    @inlinable
    public init(kind: OperationKind, limit: UInt16 = 0, key: UInt32, argument: UInt32 = 0) {
        self.kind = kind.rawValue
        self.limit = limit
        self.key = key
        self.argument = argument
    }

    /// Whether what an `allocate` or a `free` gives back is to be given back by another thread.
    @inlinable
    public var isRemoteFree: Bool { limit != 0 }

    /// What the operation does, or nil for a byte that no kind has.
    @inlinable
    public var operationKind: OperationKind? { OperationKind(rawValue: kind) }

    /// The `index`-th key of a `get_batch`, from 0 to `limit - 1`; key 0 is `key` itself.
    ///
    /// The others are uniform over the rows, or follow `key` row by row where the phase is sequential. Takes about a
    /// nanosecond.
    ///
    /// - Parameter entityCount: how many rows are loaded.
    @inlinable
    public func batchKey(at index: Int, entityCount: Int) -> UInt32 {
        if index == 0 { return key }
        if argument == 0 { return UInt32((Int(key) &+ index) % entityCount) }
        var draws = SplitMix64(seed: UInt64(argument) << 32 | UInt64(key))
        draws.skip(UInt64(index))
        return UInt32(draws.below(UInt64(entityCount)))
    }
}
