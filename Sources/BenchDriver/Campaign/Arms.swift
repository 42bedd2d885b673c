public import BenchResults
public import BenchWorkload

/// The arms of a scenario: the product of its lists.
public enum Arms {
    /// Expands the lists so that arms that are compared with each other stand side by side: an allocator with its
    /// options after the other, in it one number of threads after the other, then strategies, and innermost the
    /// subjects. Each list keeps its order.
    ///
    /// - Parameter strategies: whether the scenario's strategies apply to a subject. One to which they do not apply
    ///   gets one arm, with the strategy `direct`, beside the first strategy of the others.
    public static func expand(_ specification: ArmsSpecification, strategies: (String) -> Bool) -> [ArmKey] {
        var arms: [ArmKey] = []
        for allocator in specification.allocators {
            for options in specification.allocatorOptions[allocator] ?? [""] {
                for threads in specification.threads {
                    for (place, strategy) in specification.strategies.enumerated() {
                        for subject in specification.subjects where place == 0 || strategies(subject) {
                            let arm = ArmKey(
                                subject: subject, allocator: allocator, allocatorOptions: options,
                                strategy: strategies(subject) ? strategy : "direct", threads: threads)
                            if !arms.contains(arm) { arms.append(arm) }
                        }
                    }
                }
            }
        }
        return arms
    }

    /// The arms in the order of a block: forth in even blocks and back in odd ones, so that of two neighbours each is
    /// first in every other block. After each such pair of blocks the allocators move on by one place, and when all
    /// have been first, the arms of each allocator do: none always runs first, and an allocator's arms stay together.
    public static func order(_ arms: [ArmKey], block: Int) -> [ArmKey] {
        var groups: [[ArmKey]] = []
        for arm in arms {
            if let last = groups.last?.first, last.allocator == arm.allocator,
                last.allocatorOptions == arm.allocatorOptions
            {
                groups[groups.count - 1].append(arm)
            } else {
                groups.append([arm])
            }
        }
        guard !groups.isEmpty else { return [] }
        let pair = block / 2
        let order = rotated(groups, by: pair).flatMap { rotated($0, by: pair / groups.count) }
        return block.isMultiple(of: 2) ? order : order.reversed()
    }

    private static func rotated<T>(_ elements: [T], by count: Int) -> [T] {
        let first = count % elements.count
        return Array(elements[first...] + elements[..<first])
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
