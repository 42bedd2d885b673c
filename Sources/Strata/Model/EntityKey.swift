/// The key of a slot: an index, the generation of the value in it, and the map that it is in.
///
/// A key never reaches another value: when a value is removed the slot's generation changes, and a slot whose
/// generations are used up is never filled again. `store` tells the maps of one process apart: no two of up to 256
/// maps that exist at once share it, so that a key of another map is refused rather than followed.
@frozen
public struct EntityKey: Hashable, Sendable, BitwiseCopyable {
    /// Index in bits 0 to 31, generation in bits 32 to 55, store in bits 56 to 63.
    public let rawValue: UInt64

    /// The largest generation, after which a slot is retired.
    @inlinable public static var maximumGeneration: UInt32 { 0xFF_FFFF }

    @inlinable
    public init(index: UInt32, generation: UInt32, store: UInt8) {
        rawValue = UInt64(index) | UInt64(generation & Self.maximumGeneration) << 32 | UInt64(store) << 56
    }

    @inlinable
    init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The key of a slot whose ``tag`` is known.
    @inlinable
    init(index: UInt32, tag: UInt32) { rawValue = UInt64(index) | UInt64(tag) << 32 }

    @inlinable public var index: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
    @inlinable public var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) & Self.maximumGeneration }
    @inlinable public var store: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 56) }

    /// Generation and store in one word, as they stand beside the value: one comparison checks both.
    @inlinable var tag: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}
