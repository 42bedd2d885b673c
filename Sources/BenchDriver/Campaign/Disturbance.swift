public import BenchResults

/// When a round of blocks counts as disturbed, and how often such rounds are repeated.
///
/// A round is repeated for all its arms together, never for one: whatever was chosen for one arm alone would favour it.
public struct Disturbance: Sendable, Hashable {
    /// The largest share of the time on all processors that the hypervisor may give to others.
    public var stolenShare = 0.02
    /// Stolen time up to this says nothing: the kernel counts it in ticks of 10 ms.
    public var stolenSecondsAtLeast = 0.02
    /// By how much the reference loop may be slower than it usually is in this run.
    public var referenceFactor = 1.3
    /// So many times of the reference loop must be known before one counts as unusual.
    public var referencesAtLeast = 5
    /// The largest share of the time in which some task may wait for a processor.
    public var pressureShare = 0.25
    /// The largest share of a scenario's rounds that may be repeated.
    public var repeatedShare = 0.25

    /// The usual limits.
    public init() {}

    /// Why a block is disturbed, in a few words, or nil when it is not. What the machine does not tell disturbs
    /// nothing.
    ///
    /// - Parameters:
    ///   - processors: how many processors stolen time is counted on.
    ///   - references: the times of the reference loop in the run so far, in nanoseconds, ascending.
    public func reason(for block: BlockRow, processors: Int, references: [Double]) -> String? {
        guard block.seconds > 0 else { return nil }
        let processorSeconds = block.seconds * Double(max(1, processors))
        if let stolen = block.stolenSeconds, stolen > stolenSecondsAtLeast, stolen > stolenShare * processorSeconds {
            return "\(Self.percent(stolen / processorSeconds)) of the processors' time was stolen"
        }
        if let reference = block.referenceNanoseconds, references.count >= referencesAtLeast {
            let usual = references[references.count / 2]
            if usual > 0, reference > referenceFactor * usual {
                return "the reference loop was \(Self.percent(reference / usual - 1)) slower than it usually is"
            }
        }
        if let pressure = block.cpuPressureSeconds, pressure > pressureShare * block.seconds {
            return "for \(Self.percent(pressure / block.seconds)) of the time some task waited for a processor"
        }
        return nil
    }

    /// Whether a disturbed round is repeated: once at most, and not more than a share of all rounds.
    ///
    /// - Parameters:
    ///   - attempt: how often the round was run before.
    ///   - repeated: how many rounds of the scenario were repeated before.
    ///   - rounds: how many rounds the scenario has.
    public func allowsRepeat(attempt: Int, repeated: Int, rounds: Int) -> Bool {
        attempt == 0 && Double(repeated + 1) <= repeatedShare * Double(rounds)
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
