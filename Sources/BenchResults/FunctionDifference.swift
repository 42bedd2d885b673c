/// By how much one function of one phase does more or less than it did.
public struct FunctionDifference: Sendable, Codable, Hashable {
    /// The scenario's and the phase's name.
    public var scenario: String
    public var phase: String
    /// The function, in the language it was written in.
    public var function: String
    /// Instructions of the function itself before and after; 0 where it was not called.
    public var instructionsBefore: Int
    public var instructionsAfter: Int
    /// Allocations made from it before and after.
    public var allocationsBefore: Int
    public var allocationsAfter: Int
    /// The change of instructions as a fraction of the whole phase's before: 0.03 is 3 % of the phase. Nil where the
    /// phase had none.
    public var shareOfPhase: Double?

    /// More is worse.
    public var instructionChange: Int { instructionsAfter - instructionsBefore }
    public var allocationChange: Int { allocationsAfter - allocationsBefore }

    public init(
        scenario: String, phase: String, function: String, instructionsBefore: Int, instructionsAfter: Int,
        allocationsBefore: Int, allocationsAfter: Int, shareOfPhase: Double? = nil
    ) {
        self.scenario = scenario
        self.phase = phase
        self.function = function
        self.instructionsBefore = instructionsBefore
        self.instructionsAfter = instructionsAfter
        self.allocationsBefore = allocationsBefore
        self.allocationsAfter = allocationsAfter
        self.shareOfPhase = shareOfPhase
    }

    /// What is ranked first.
    public enum Order: Sendable {
        case instructions
        case allocations
    }

    /// The functions that changed most between two sets of rows, by the amount of the change whichever way it goes.
    ///
    /// Functions are matched by scenario, phase and name: one that was renamed shows as one that went and one that came.
    /// The arms of the rows are not looked at: give the rows of one arm each. Takes O(rows log rows).
    ///
    /// - Parameters:
    ///   - limit: how many at most, of each phase.
    /// - Returns: by scenario and phase, the largest change first; functions that did not change in `order` are left out.
    public static func largest(
        before: [FunctionRow], after: [FunctionRow], by order: Order, limit: Int = 10
    ) -> [FunctionDifference] {
        struct Phase: Hashable { var scenario: String, phase: String }
        struct Place: Hashable { var phase: Phase, function: String }
        var found: [Place: FunctionDifference] = [:]
        var totals: [Phase: Int] = [:]
        func note(_ row: FunctionRow, _ add: (inout FunctionDifference) -> Void) {
            let phase = Phase(scenario: row.scenario, phase: row.phase)
            add(
                &found[
                    Place(phase: phase, function: row.function),
                    default: FunctionDifference(
                        scenario: row.scenario, phase: row.phase, function: row.function, instructionsBefore: 0,
                        instructionsAfter: 0, allocationsBefore: 0, allocationsAfter: 0)])
        }
        for row in before {
            totals[Phase(scenario: row.scenario, phase: row.phase), default: 0] += row.instructions
            note(row) {
                $0.instructionsBefore += row.instructions
                $0.allocationsBefore += row.allocations
            }
        }
        for row in after {
            note(row) {
                $0.instructionsAfter += row.instructions
                $0.allocationsAfter += row.allocations
            }
        }
        var phases: [Phase: [FunctionDifference]] = [:]
        for (place, difference) in found {
            var difference = difference
            let total = totals[place.phase] ?? 0
            if total > 0 { difference.shareOfPhase = Double(difference.instructionChange) / Double(total) }
            if difference.size(order) > 0 { phases[place.phase, default: []].append(difference) }
        }
        return phases.sorted { ($0.key.scenario, $0.key.phase) < ($1.key.scenario, $1.key.phase) }.flatMap { _, all in
            all.sorted { (-$0.size(order), $0.function) < (-$1.size(order), $1.function) }.prefix(limit)
        }
    }

    private func size(_ order: Order) -> Int {
        switch order {
        case .instructions: abs(instructionChange)
        case .allocations: abs(allocationChange)
        }
    }
}
