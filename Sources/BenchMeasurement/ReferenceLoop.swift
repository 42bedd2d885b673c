import CStrata

/// A piece of work that is always the same, timed beside a measurement: what it takes longer than at other times is the
/// machine's doing, not the subject's.
///
/// Half of it is a chain of dependent integer arithmetic, which feels the processor's clock and who else computes on
/// the core; half follows pointers through a mebibyte, which feels who else uses the caches. All memory is taken when it
/// is made, in a mapping that counts as shared.
public final class ReferenceLoop {
    /// Turns of arithmetic: about 3 ms on a processor of 3 GHz.
    static let turns: UInt64 = 1_700_000
    /// Steps through memory: about 3 ms where a mebibyte fits the second cache.
    static let steps: UInt64 = 500_000
    /// Cache lines that are walked, of 64 bytes each.
    static let lines = 1 << 14
    private static let wordsPerLine = 8

    private let next: SharedMapping<UInt64>

    /// Takes the memory and lays the walk through it: one cycle through all lines in an order that the processor cannot
    /// foresee, the same each time.
    public init() throws(MeasurementError) {
        next = try SharedMapping(count: Self.lines * Self.wordsPerLine)
        // Sattolo's shuffle: exchanging only with earlier places leaves one single cycle.
        var order = Array(0..<Self.lines)
        var state: UInt64 = 0x5354_5241_5441
        for place in stride(from: Self.lines - 1, to: 0, by: -1) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            order.swapAt(place, Int((state >> 33) % UInt64(place)))
        }
        for (line, target) in order.enumerated() {
            next.elements[line * Self.wordsPerLine] = UInt64(target * Self.wordsPerLine)
        }
    }

    /// Does the work once on the calling thread. About 6 ms, no allocation.
    ///
    /// - Returns: how long it took, in nanoseconds.
    public func run() -> Double {
        let start = MonotonicClock.now()
        _ = strata_work_chain(1, Self.turns)
        _ = walk(Self.steps)
        return Double(MonotonicClock.now() - start)
    }

    /// Where so many steps from the first line lead.
    func walk(_ steps: UInt64) -> UInt64 {
        guard let base = next.elements.baseAddress else { return 0 }
        return strata_work_chase(base, 0, steps)
    }
}
