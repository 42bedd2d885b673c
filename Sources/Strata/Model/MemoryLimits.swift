/// The bytes at which a store starts to give back, and those that it never holds more than.
public struct MemoryLimits: Sendable, Equatable {
    /// Stands for no limit, in bytes: more than any address space has, and far from overflow.
    public static let none = 1 << 60
    /// The least hard limit that a store can work in, in bytes: its tables are half of it when they are empty.
    public static let leastHardLimit = 1 << 20

    /// Where the store starts to give back, in bytes.
    public var soft: Int
    /// What the store never holds more than, in bytes.
    public var hard: Int

    /// Limits; without a soft one it is the hard one, and without a hard one there is ``none``.
    public init(soft: Int? = nil, hard: Int = Self.none) {
        self.soft = soft ?? hard
        self.hard = hard
    }

    /// Checks that the limits are in bounds.
    ///
    /// - Throws: `invalidArgument`.
    public func validate() throws(StrataError) {
        guard (Self.leastHardLimit...Self.none).contains(hard) else {
            throw StrataError(
                .invalidArgument, "a hard limit of \(hard) bytes is out of bounds",
                remedy: "give \(Self.leastHardLimit) bytes or more")
        }
        guard (0...hard).contains(soft) else {
            throw StrataError(
                .invalidArgument, "a soft limit of \(soft) bytes does not lie below the hard one of \(hard)",
                remedy: "give at most the hard limit")
        }
    }
}

extension MemoryConfiguration {
    /// The limits in force, with what the keys leave open filled in.
    ///
    /// Without a `memory_hard_limit` the store keeps within the control group's limit, less what the rest of the
    /// process needs: an eighth of it, and at least 32 MiB, but never more than half. Without a `memory_soft_limit` it
    /// starts to give back at seven eighths of the hard limit. A soft limit that was given and lies over a hard limit
    /// that was not is lowered to it.
    ///
    /// - Parameter controlGroupLimit: the smallest `memory.max` over the process, in bytes; nil for none.
    public func memoryLimits(controlGroupLimit: Int?) -> MemoryLimits {
        var limits = MemoryLimits()
        if let memoryHardLimit {
            limits.hard = memoryHardLimit == 0 ? MemoryLimits.none : Swift.min(memoryHardLimit, MemoryLimits.none)
        } else if let controlGroupLimit {
            let rest = Swift.min(Swift.max(controlGroupLimit / 8, 32 << 20), controlGroupLimit / 2)
            limits.hard = Swift.max(
                Swift.min(controlGroupLimit - rest, MemoryLimits.none), MemoryLimits.leastHardLimit)
        }
        switch memorySoftLimit {
        case 0: limits.soft = limits.hard
        case let soft?: limits.soft = Swift.min(soft, limits.hard)
        case nil: limits.soft = limits.hard == MemoryLimits.none ? limits.hard : limits.hard - limits.hard / 8
        }
        return limits
    }
}
