public import BenchResults
public import BenchWorkload

/// The arms of a scenario: the product of its lists.
public enum Arms {
    /// Expands the lists, in their order: subjects, then allocators, their options, strategies and threads.
    ///
    /// - Parameter strategies: whether the scenario's strategies apply to a subject. One to which they do not apply
    ///   gets one arm, with the strategy `direct`.
    public static func expand(_ specification: ArmsSpecification, strategies: (String) -> Bool) -> [ArmKey] {
        var arms: [ArmKey] = []
        for subject in specification.subjects {
            for allocator in specification.allocators {
                for options in specification.allocatorOptions[allocator] ?? [""] {
                    for strategy in strategies(subject) ? specification.strategies : ["direct"] {
                        for threads in specification.threads {
                            let arm = ArmKey(
                                subject: subject, allocator: allocator, allocatorOptions: options,
                                strategy: strategy, threads: threads)
                            if !arms.contains(arm) { arms.append(arm) }
                        }
                    }
                }
            }
        }
        return arms
    }

    /// The arms in the order of a block: rotated by one place from block to block, so that none always runs first.
    public static func order(_ arms: [ArmKey], block: Int) -> [ArmKey] {
        guard !arms.isEmpty else { return [] }
        let first = block % arms.count
        return Array(arms[first...] + arms[..<first])
    }

    /// Whether an arm reports the phases that run on one thread whatever the arm says: of the arms that differ in
    /// threads only, the one with the fewest does.
    static func reportsSingleThreadPhases(_ arm: ArmKey, among arms: [ArmKey]) -> Bool {
        !arms.contains { other in
            var same = other
            same.threads = arm.threads
            return same == arm && other.threads < arm.threads
        }
    }
}
