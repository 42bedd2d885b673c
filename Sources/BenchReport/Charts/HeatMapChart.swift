import BenchResults
import Foundation

/// Allocators against phases: the colour of a cell is the throughput relative to the reference allocator, and the figure
/// stands in it.
///
/// Panels are the phases where there are more combinations of subject, strategy and threads than phases; otherwise the
/// panels are those combinations, and the rows are phases.
struct HeatMapChart {
    /// A cell's figure.
    struct Cell: Equatable, Sendable {
        var arm: ArmKey
        var row: String
        var ratio: Double
        var verdict: ComparisonVerdict
    }

    var name: String
    var scenario: String
    var reference: String
    var rows: [String]
    var cells: [Cell]
    var names: ArmNames

    /// The ratio, to either side, at which a colour is at its strongest.
    static let strongest = 2.0

    func make() -> ChartResult {
        let drawn = cells.filter { $0.ratio.isFinite && $0.ratio > 0 }
        let columns = names.series.filter { $0 != reference && series(drawn).contains($0) }
        guard !columns.isEmpty else {
            return .leftOut(
                LeftOutChart(name: name, reason: "no phase has comparable throughput of two allocators"))
        }
        let groups = names.panels.filter { group in drawn.contains { names.group(of: $0.arm) == group } }
        let phases = rows.filter { row in drawn.contains { $0.row == row } }
        guard phases.count > 1 || groups.count > 1 else {
            return .leftOut(LeftOutChart(name: name, reason: "one phase of one arm needs no map"))
        }
        let phasesArePanels = groups.count > phases.count
        let panelNames = phasesArePanels ? phases : groups
        let rowNames = phasesArePanels ? groups : phases
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "column", meaning: "the allocator's number from the left"),
                .init(name: "row", meaning: "the row's number from the top"),
                .init(name: "left", meaning: "the cell's left edge"), .init(name: "right", meaning: "its right edge"),
                .init(name: "top", meaning: "its upper edge"), .init(name: "bottom", meaning: "its lower edge"),
                .init(name: "colour", meaning: "red * 65536 + green * 256 + blue"),
                .init(
                    name: "ratio",
                    meaning: "throughput relative to \(reference); geometric mean over the pairs of blocks"),
                .init(name: "text", meaning: "the ratio as it is written in the cell"),
                .init(name: "verdict", meaning: "faster, slower, tie or unresolved"),
                .init(name: "phase", meaning: "name of the phase"),
                .init(name: "arm", meaning: "subject/allocator/strategy/threads"),
            ])
        var panels: [Panel] = []
        for panel in panelNames {
            let inside = drawn.filter { (phasesArePanels ? $0.row : names.group(of: $0.arm)) == panel }
            let data: [[DataFile.Cell]] = inside.compactMap { cell in
                let rowName = phasesArePanels ? names.group(of: cell.arm) : cell.row
                guard let column = columns.firstIndex(of: names.series(of: cell.arm)),
                    let row = rowNames.firstIndex(of: rowName)
                else { return nil }
                let (x, y) = (Double(column + 1), Double(row + 1))
                return [
                    .number(x), .number(y), .number(x - 0.48), .number(x + 0.48), .number(y - 0.46),
                    .number(y + 0.46), .number(Double(Self.colour(cell.ratio))), .number(cell.ratio),
                    .text(Self.text(cell)), .text(cell.verdict.rawValue), .text(cell.row), .text(cell.arm.label),
                ]
            }
            let index = file.add(panel.isEmpty ? title : panel, rows: data)
            panels.append(
                Panel(
                    title: panelNames.count > 1 ? panel : "", x: axis(columns, panelNames.count),
                    y: Axis.rows("", rowNames), height: Double(rowNames.count) * 26,
                    plots: [
                        "FILE index \(index) using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 noborder"
                            + " lc rgb variable notitle",
                        "FILE index \(index) using 1:2:9 with labels font 'sans-serif,13' tc rgb '#111111' notitle",
                    ]))
        }
        let figure = Figure(
            name: name, title: title,
            subtitle: subtitle(
                hasGaps: drawn.count < panelNames.count * rowNames.count * columns.count), legend: [], panels: panels,
            columns: Self.columns(panels.count))
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .heat))
    }

    private func series(_ cells: [Cell]) -> Set<String> { Set(cells.map { names.series(of: $0.arm) }) }

    private static func columns(_ panels: Int) -> Int { Swift.min(panels, 2) }

    /// An axis of the allocators' names, cut to the width of a column.
    private func axis(_ labels: [String], _ panels: Int) -> Axis {
        let width = 560.0 / Double(Self.columns(panels)) / Double(labels.count)
        return Axis(
            title: "", isLogarithmic: false, low: 0.5, high: Double(labels.count) + 0.5,
            ticks: labels.enumerated().map {
                .init(position: Double($0.offset + 1), label: TextMetrics.cut($0.element, size: 14, width: width))
            }, hasGrid: false)
    }

    /// A figure without the sign that every cell would repeat; a mark tells what is not clear of the tolerance.
    private static func text(_ cell: Cell) -> String {
        let number = Unit.threeDigits(cell.ratio)
        return cell.verdict == .unresolved ? "\(number) ?" : number
    }

    /// Blue for faster, orange for slower, near white for equal: light enough for dark figures, and told apart by people
    /// who do not tell red from green.
    static func colour(_ ratio: Double) -> Int {
        let depth = Swift.min(1, abs(log(ratio)) / log(strongest))
        let far: (Double, Double, Double) = ratio >= 1 ? (107, 174, 224) : (240, 150, 85)
        func mixed(_ end: Double) -> Int { Int((247 + (end - 247) * depth).rounded()) }
        return mixed(far.0) << 16 | mixed(far.1) << 8 | mixed(far.2)
    }

    private var title: String { "\(scenario): map of the allocators, throughput relative to \(reference)" }

    private func subtitle(hasGaps: Bool) -> String {
        let common = names.common.isEmpty ? "" : " All with \(names.common)."
        return "1 is as fast as \(reference) in the same row; blue is faster, orange slower, strongest from"
            + " \(Unit.ratio.shortText(Self.strongest)). A question mark: not resolved."
            + (hasGaps ? " An empty place: that arm did not run that phase." : "") + common
    }
}
