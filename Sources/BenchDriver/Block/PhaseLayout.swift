import BenchResults
import BenchWorkload

/// Who does what in a phase: its lanes, each with its threads and its part of the plan.
struct PhaseLayout {
    /// Threads of a phase that do the same: all of them in a phase without roles, otherwise those of one role.
    struct Lane {
        /// The role's name; empty in a phase without roles.
        let role: String
        /// The phase as the lane sees it.
        let specification: PhaseSpecification
        /// The numbers of its threads among the phase's.
        let threads: Range<Int>
        /// The places of its operations in the phase's plan.
        let plan: Range<Int>
        /// True for readers that do one operation and then hold on to what they read until the phase is over.
        let isStalled: Bool
        /// When its operations are due; nil in a closed loop.
        var arrival: ArrivalSpecification? { isStalled ? nil : specification.arrival }
    }

    let lanes: [Lane]

    /// The layout of a phase in an arm.
    ///
    /// - Parameters:
    ///   - count: the phase's operations; nil when it goes on for a time.
    ///   - entityCount: the rows of the data set.
    /// - Throws: when the phase's roles can come to no end, or to nothing.
    init(
        _ specification: PhaseSpecification, count: Int?, arm: ArmKey, entityCount: Int
    ) throws(DriverError) {
        guard !specification.roles.isEmpty else {
            let length = Self.planLength(specification, count: count, entityCount: entityCount)
            lanes = [
                Lane(
                    role: "", specification: specification,
                    threads: 0..<Self.threads(of: specification, arm: arm), plan: 0..<length, isStalled: false)
            ]
            return
        }
        guard specification.durationNanoseconds != nil else {
            throw DriverError("phase `\(specification.name)`: roles go on for a time; give the phase a duration")
        }
        guard specification.roles.contains(where: { !$0.isStalled }) else {
            throw DriverError("phase `\(specification.name)`: all roles are stalled; give one that works")
        }
        var lanes: [Lane] = []
        for role in specification.roles {
            let own = specification.specification(of: role)
            let threads = lanes.last?.threads.upperBound ?? 0
            let plan = lanes.last?.plan.upperBound ?? 0
            let length =
                role.isStalled
                ? role.threads : max(role.threads, Self.planLength(own, count: nil, entityCount: entityCount))
            lanes.append(
                Lane(
                    role: role.name, specification: own, threads: threads..<threads + role.threads,
                    plan: plan..<plan + length, isStalled: role.isStalled))
        }
        self.lanes = lanes
    }

    /// Whether the phase's threads do different things.
    var hasRoles: Bool { lanes.first?.role.isEmpty == false }
    /// The phase's threads in all.
    var threads: Int { lanes.last?.threads.upperBound ?? 1 }
    /// The operations to plan in all.
    var planLength: Int { lanes.last?.plan.upperBound ?? 0 }
    /// How many threads keep planned times, counted from the phase's first.
    var openThreads: Int { lanes.last { $0.arrival != nil }?.threads.upperBound ?? 0 }

    /// The part of the plan that a thread does: a contiguous one. In a phase with a duration each thread of a lane
    /// starts at another place of the ring.
    func slice(of thread: Int, in lane: Lane, _ operations: UnsafeBufferPointer<Operation>) -> PlanSlice {
        let place = thread - lane.threads.lowerBound
        let lower = lane.plan.lowerBound + lane.plan.count * place / lane.threads.count
        let upper = lane.plan.lowerBound + lane.plan.count * (place + 1) / lane.threads.count
        return PlanSlice(
            operations: UnsafeBufferPointer(rebasing: operations[lower..<upper]), firstIndex: UInt64(lower),
            specification: lane.specification,
            duration: lane.isStalled ? nil : lane.specification.durationNanoseconds, laneOperations: lane.plan.count)
    }

    /// The threads of a phase without roles: one where it changes the store or deals with it as a whole, otherwise the
    /// arm's.
    private static func threads(of specification: PhaseSpecification, arm: ArmKey) -> Int {
        let single = specification.operations.contains { $0.kind.changesTheStore || $0.kind.isWholeStore }
        return single ? 1 : max(1, arm.threads)
    }

    /// The operations to plan: all of a count, or a ring for a duration that is long enough to leave the caches'
    /// contents to the law of keys. An open loop does not need more than are due in its time.
    private static func planLength(_ specification: PhaseSpecification, count: Int?, entityCount: Int) -> Int {
        if let count { return count }
        if specification.isWholeStore { return 1 }
        let ring = min(max(4 * entityCount, 1 << 16), 1 << 22)
        guard let arrival = specification.arrival, let duration = specification.durationNanoseconds else { return ring }
        return max(1, Int(min(Double(ring), (arrival.ratePerSecond * Double(duration) / 1e9).rounded(.up))))
    }
}
