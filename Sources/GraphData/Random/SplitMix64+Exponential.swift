extension SplitMix64 {
    /// A number from the exponential law of mean 1, as the gaps between independent arrivals are distributed: the
    /// inverse of the law at a uniform number. The same seed gives the same numbers on every machine; none is above 37.
    @inlinable
    public mutating func exponential() -> Double { -PortableMath.log(1 - unit()) }
}
