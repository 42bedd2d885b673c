/// A place in an ``OffsetArena``: 32 bits where a pointer takes 64.
///
/// It counts granules from the arena's start, 8 or 16 bytes each, and so reaches 32 or 64 GiB. It means something only
/// together with its arena, and stays right when the arena's bytes are copied elsewhere as a whole.
@frozen
public struct ArenaOffset<Value>: BitwiseCopyable, Hashable, Sendable {
    /// The number of granules from the arena's start; 0 for no place.
    public let rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// No place: an optional offset would take 8 bytes.
    @inlinable public static var none: ArenaOffset { ArenaOffset(rawValue: 0) }

    /// Whether this is ``none``.
    @inlinable public var isNone: Bool { rawValue == 0 }
}
