import BenchResults
import BenchStatistics

/// How the raw throughputs of a scenario are spread over panels, so that each shows the scatter of its blocks.
///
/// Where a series is an allocator, every phase and group has a panel with a row for each allocator. Else every phase has
/// one panel with a row for each arm, unless arms are so far apart that one axis would hide how each of them scatters:
/// then each has a panel of its own.
struct PanelSplit {
    /// What one panel shows.
    struct Part {
        var title: String
        var rows: [SampleRow]
    }

    let parts: [Part]
    /// The rows of every panel, from top to bottom; one without a name where the title says it all.
    let rowNames: [String]
    /// Panels side by side.
    let columns: Int
    private let names: ArmNames
    private let sharesAxis: Bool

    /// Arms whose medians differ by more than this have axes of their own.
    static let farthest = 3.0

    /// The panels of a scenario's throughputs.
    init(_ rows: [SampleRow], names: ArmNames) {
        self.names = names
        let places = Placement.all(rows)
        let groups = RunData.unique(names.arms.map(names.group))
        sharesAxis =
            !names.seriesAreAllocators && groups.count > 1
            && places.allSatisfy { place, _ in Self.areNear(rows.filter { Placement($0) == place }, names) }
        if sharesAxis {
            rowNames = groups
            columns = 2
            parts = places.map { place, label in
                Part(title: label, rows: rows.filter { Placement($0) == place })
            }
        } else {
            rowNames = names.seriesAreAllocators ? names.series : [""]
            columns = groups.count > 2 && groups.count != 4 ? 3 : 2
            parts = places.flatMap { place, label in
                groups.map { group in
                    Part(
                        title: groups.count > 1 ? "\(label): \(group)" : label,
                        rows: rows.filter { Placement($0) == place && names.group(of: $0.arm) == group })
                }
            }.filter { !$0.rows.isEmpty }
        }
    }

    /// The row in which an arm's blocks stand.
    func rowName(_ arm: ArmKey) -> String {
        sharesAxis ? names.group(of: arm) : names.seriesAreAllocators ? names.series(of: arm) : ""
    }

    /// Whether one axis shows the scatter of all arms at a place.
    private static func areNear(_ rows: [SampleRow], _ names: ArmNames) -> Bool {
        let medians = Dictionary(grouping: rows) { names.group(of: $0.arm) }.values.compactMap { own in
            median(own.map(\.value))
        }
        guard let least = medians.min(), let most = medians.max() else { return true }
        return least > 0 && most <= least * farthest
    }
}
