import BenchWorkload
import Histogram

/// The times of a lane's operations in a phase, of all its threads together.
struct LaneLatencies {
    /// The role's name; empty in a phase without roles.
    let role: String
    /// The mixture's name.
    let operation: String
    let entries: [Entry]
    /// How well the planned times were kept; nil in a closed loop.
    let audit: ScheduleAudit?

    /// The times of one kind of operation.
    struct Entry {
        let kind: OperationKind
        let quantity: LatencyQuantity
        let histogram: Histogram<UInt64>
    }

    /// Adds up what the lane's threads recorded in their last phase, into the first one's recorders. Once a phase.
    init(_ lane: PhaseLayout.Lane, _ equipment: PhaseEquipment) {
        role = lane.role
        operation = lane.specification.operationName
        let kinds = lane.specification.operations.map(\.kind)
        func entries(_ recorder: LatencyRecorder, _ quantity: LatencyQuantity) -> [Entry] {
            kinds.compactMap { kind in
                guard let histogram = recorder.histogram(of: kind), histogram.totalCount > 0 else { return nil }
                return Entry(kind: kind, quantity: quantity, histogram: histogram)
            }
        }
        if let arrival = lane.arrival {
            let own = equipment.schedules[lane.threads]
            let sum = own[own.startIndex]
            for other in own.dropFirst() { sum.absorb(other) }
            self.entries =
                entries(sum.service, .service) + entries(sum.queueing, .queueing) + entries(sum.response, .response)
            audit = ScheduleAudit(plannedRate: arrival.ratePerSecond, sum)
        } else {
            let own = equipment.recorders[lane.threads]
            let sum = own[own.startIndex]
            for other in own.dropFirst() { sum.absorb(other) }
            self.entries = entries(sum, .latency)
            audit = nil
        }
    }

    /// The lane's place in a sentence: empty in a phase without roles.
    var label: String { role.isEmpty ? "" : " of the role `\(role)`" }

    private init(role: String, operation: String, entries: [Entry], audit: ScheduleAudit?) {
        self.role = role
        self.operation = operation
        self.entries = entries
        self.audit = audit
    }

    /// The audit alone, for a phase whose times do not count.
    var withoutTimes: LaneLatencies {
        LaneLatencies(role: role, operation: operation, entries: [], audit: audit)
    }
}
