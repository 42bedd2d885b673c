import BenchResults
import BenchVerdict

/// The roles and phases of a scenario whose operations were sent at planned times. Their throughput is what the plan asks
/// for: who keeps up is told, and ratios of it are not.
struct Paces {
    /// A subject below this share of the planned rate does not keep it.
    static let kept = 0.95
    /// Below this share it as good as stands still.
    static let standstill = 0.01

    private struct Place: Hashable {
        var phase: String
        var role: String
    }

    private struct Entry {
        var place: Place
        var arm: ArmKey
        var planned: Double
        var share: Double
    }

    private let places: Set<Place>
    private let entries: [Entry]

    /// The paces of one scenario's samples.
    init(_ samples: [SampleRow]) {
        let rows = summarize(samples.filter { ["planned_rate", "throughput"].contains($0.metric) })
        let planned = rows.filter { $0.metric == "planned_rate" && $0.median > 0 }
        places = Set(planned.map { Place(phase: $0.phase, role: $0.role) })
        entries = planned.compactMap { plan in
            rows.first {
                $0.metric == "throughput" && $0.phase == plan.phase && $0.role == plan.role && $0.arm == plan.arm
            }.map { row in
                Entry(
                    place: Place(phase: plan.phase, role: plan.role), arm: plan.arm, planned: plan.median,
                    share: row.median / plan.median)
            }
        }
    }

    /// Whether the throughput of a phase's role is the plan's.
    func isPaced(phase: String, role: String) -> Bool { places.contains(Place(phase: phase, role: role)) }

    /// Who keeps the planned rates, a sentence for each place; empty without such a place.
    func sentences(_ names: ArmNames) -> [String] {
        var order: [Place] = []
        for entry in entries where !order.contains(entry.place) { order.append(entry.place) }
        return order.map { place in
            let own = entries.filter { $0.place == place }
            let who = place.role.isEmpty ? "operations are" : "the role `\(place.role)` is"
            let rates = RunData.unique(own.map { Unit.rate.shortText($0.planned) })
            let parts = RunData.unique(own.map { names.name(of: $0.arm) }).compactMap { name -> String? in
                let shares = own.filter { names.name(of: $0.arm) == name }.map(\.share)
                guard let least = shares.min() else { return nil }
                if least < Self.standstill { return "\(name) stands still (\(Unit.fraction.shortText(least)) of it)" }
                if least < Self.kept { return "\(name) falls behind (\(Unit.fraction.shortText(least)) of it)" }
                return "\(name) keeps it"
            }
            return "In `\(place.phase)` \(who) sent at \(Wording.joined(rates)): \(Wording.joined(parts))."
        }
    }
}
