public import BenchResults
public import BenchWorkload

/// The arms of a scenario: the product of its lists.
public enum Arms {
    /// The allocator that is the reference under a second name: its arms must tie with the reference's.
    public static let placebo = "placebo"

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

    /// The arms of a scenario: those of each point of its sweep, one point after the other. A scenario whose workload
    /// is a program has an arm for each allocator with its options.
    public static func expand(_ scenario: Scenario, strategies: (String) -> Bool) -> [ArmKey] {
        guard !scenario.points.isEmpty else {
            guard !scenario.command.isEmpty else { return expand(scenario.arms, strategies: strategies) }
            return expand(
                ArmsSpecification(
                    subjects: [Scenario.commandSubject], allocators: scenario.arms.allocators,
                    allocatorOptions: scenario.arms.allocatorOptions, strategies: ["direct"], threads: [1])
            ) { _ in false }
        }
        return scenario.points.flatMap { point in
            expand(point.scenario, strategies: strategies).map { arm in
                var arm = arm
                arm.parameters = point.parameters
                return arm
            }
        }
    }

    /// The arms in the order of a block: forth in even blocks and back in odd ones, so that of two neighbours each is
    /// first in every other block. After each such pair of blocks the points of the sweep and, at each point, the
    /// allocators move on by one place, and when all allocators have been first, the arms of each allocator do: none
    /// always runs first, and what is compared stays together.
    public static func order(_ arms: [ArmKey], block: Int) -> [ArmKey] {
        let pair = block / 2
        let points = grouped(arms) { $0.parameters == $1.parameters }
        let order = rotated(points, by: pair).flatMap { arms in
            let groups = grouped(arms) {
                $0.allocator == $1.allocator && $0.allocatorOptions == $1.allocatorOptions
            }
            return rotated(groups, by: pair).flatMap { rotated($0, by: pair / groups.count) }
        }
        return block.isMultiple(of: 2) ? order : order.reversed()
    }

    /// Splits a list where neighbours differ.
    private static func grouped(_ arms: [ArmKey], by areAlike: (ArmKey, ArmKey) -> Bool) -> [[ArmKey]] {
        var groups: [[ArmKey]] = []
        for arm in arms {
            if let last = groups.last?.first, areAlike(last, arm) {
                groups[groups.count - 1].append(arm)
            } else {
                groups.append([arm])
            }
        }
        return groups
    }

    private static func rotated<T>(_ elements: [T], by count: Int) -> [T] {
        guard !elements.isEmpty else { return [] }
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
