/// Lays a figure out on a canvas and writes the plain gnuplot script that draws it.
///
/// All positions are computed here, in pixels from the upper left corner: legends stand above the panels and never
/// cover data, and texts have the room that they need.
struct FigureScript {
    let figure: Figure

    private static let width = 800.0
    private static let margin = 16.0
    private static let titleSize = 18.0
    private static let textSize = 14.0
    private static let smallSize = 13.0
    private static let ink = "#222222"
    private static let faint = "#555555"

    private var lines: [String] = []
    private var height = 0.0
    private var nextLabel = 1
    private var nextArrow = 1

    /// The script of a figure.
    static func text(for figure: Figure) -> String {
        var script = FigureScript(figure: figure)
        return script.make()
    }

    private init(figure: Figure) { self.figure = figure }

    // MARK: Layout

    private struct Placed {
        var panel: Panel
        var left: Double
        var right: Double
        var top: Double
        var showsRowLabels: Bool
        var showsTitle: Bool
    }

    private var inner: Double { Self.width - 2 * Self.margin }

    private func titleLines() -> [String] {
        TextMetrics.wrap(figure.title, size: Self.titleSize, width: inner)
    }

    private func subtitleLines() -> [String] {
        TextMetrics.wrap(figure.subtitle, size: Self.smallSize, width: inner)
    }

    /// The legend's entries in rows, each with its left edge.
    private func legendRows() -> [[(x: Double, entry: LegendEntry)]] {
        var rows: [[(Double, LegendEntry)]] = []
        var row: [(Double, LegendEntry)] = []
        var x = Self.margin
        for entry in figure.legend {
            let width = (entry.sample == .point ? 34 : 58) + TextMetrics.width(entry.label, size: Self.textSize)
            if !row.isEmpty, x + width > Self.width - Self.margin {
                rows.append(row)
                row = []
                x = Self.margin
            }
            row.append((x, entry))
            x += width + 12
        }
        if !row.isEmpty { rows.append(row) }
        return rows
    }

    /// The room for the labels of the vertical axes, and what those labels may take of it.
    private func leftMargin() -> Double {
        let longest =
            figure.panels.flatMap(\.y.ticks).map { TextMetrics.width($0.label, size: Self.textSize) }.max() ?? 0
        return Self.margin + 26 + Swift.min(longest, figure.columns > 1 ? 160 : 250) + 8
    }

    private func place(from top: Double) -> (panels: [Placed], bottom: Double) {
        let left = leftMargin()
        // The labels of neighbours' outermost ticks stand side by side, half of each outside of its panel.
        let widest = figure.panels.flatMap(\.x.outermostLabels).map { TextMetrics.width($0, size: Self.textSize) }.max()
        let gap = Swift.max(figure.sharesRows ? 36 : left - Self.margin - 6, (widest ?? 0) + 6)
        let right = Self.width - Self.margin - 14
        let columns = Double(figure.columns)
        let panelWidth = (right - left - gap * (columns - 1)) / columns
        // A title that all panels share stands once, below the last row.
        let isShared = Set(figure.panels.map(\.x.title)).count == 1
        let lastRow = (figure.panels.count - 1) / figure.columns
        var placed: [Placed] = []
        var y = top
        var rowHeight = 0.0
        for (index, panel) in figure.panels.enumerated() {
            let column = index % figure.columns
            if column == 0, index > 0 {
                y += rowHeight
                rowHeight = 0
            }
            let head = panel.title.isEmpty ? 8.0 : 30.0
            let x = left + Double(column) * (panelWidth + gap)
            let showsTitle = !isShared || index / figure.columns == lastRow
            placed.append(
                Placed(
                    panel: panel, left: x, right: x + panelWidth, top: y + head,
                    showsRowLabels: column == 0 || !figure.sharesRows,
                    showsTitle: showsTitle))
            rowHeight = Swift.max(rowHeight, head + panel.height + (showsTitle ? 54 : 32))
        }
        return (placed, y + rowHeight)
    }

    // MARK: Writing

    private mutating func make() -> String {
        let titles = titleLines()
        let subtitles = subtitleLines()
        let legend = legendRows()
        let titleTop = 14.0
        let subtitleTop = titleTop + Double(titles.count) * 22 + 2
        let legendTop = subtitleTop + Double(subtitles.count) * 18 + (legend.isEmpty ? 0 : 8)
        let panelsTop = legendTop + Double(legend.count) * 22 + 6
        let (placed, bottom) = place(from: panelsTop)
        height = bottom + 6

        head()
        for (index, line) in titles.enumerated() {
            label(line, x: Self.margin, y: titleTop + Double(index) * 22 + 9, font: "sans-serif,18", ink: Self.ink)
        }
        for (index, line) in subtitles.enumerated() {
            label(line, x: Self.margin, y: subtitleTop + Double(index) * 18 + 9, font: "sans-serif,13", ink: Self.faint)
        }
        for (row, entries) in legend.enumerated() {
            for (x, entry) in entries { sample(entry, x: x, y: legendTop + Double(row) * 22 + 11) }
        }
        verticalTitle(placed)
        let isMany = placed.count > 1
        if isMany { lines.append("set multiplot") }
        for (index, panel) in placed.enumerated() {
            if index == 1 { lines.append("unset label; unset arrow") }
            draw(panel, isFirst: index == 0)
        }
        if isMany { lines.append("unset multiplot") }
        lines.append("unset output")
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func head() {
        lines += [
            "# \(Self.comment(figure.title))",
            "# Draws \(figure.name).svg from \(figure.name).dat: gnuplot \(figure.name).gp",
            "reset",
            "set encoding utf8",
            "set terminal svg size \(Self.text(Self.width)),\(Self.text(height)) dynamic noenhanced"
                + " font 'sans-serif,14' background '#ffffff'",
            "set termoption noenhanced",
            "set output '\(figure.name).svg'",
            "set datafile separator \"\\t\"",
            "set datafile missing 'NaN'",
            "set border 3 lc rgb '#777777'",
            "set tics nomirror scale 0.5 textcolor rgb '\(Self.ink)'",
            "set errorbars small",
            "unset key",
        ]
    }

    private mutating func sample(_ entry: LegendEntry, x: Double, y: Double) {
        if entry.sample != .point {
            lines.append(
                "set arrow \(nextArrow) from \(screen(x, y)) to \(screen(x + 40, y)) nohead \(entry.style.line)")
            nextArrow += 1
        }
        if entry.sample == .line {
            label(entry.label, x: x + 48, y: y, font: "sans-serif,14", ink: Self.ink)
            return
        }
        let pointX = entry.sample == .point ? x + 9 : x + 20
        lines.append("set label \(nextLabel) '' at \(screen(pointX, y)) point \(entry.style.mark)")
        nextLabel += 1
        label(entry.label, x: x + (entry.sample == .point ? 23 : 48), y: y, font: "sans-serif,14", ink: Self.ink)
    }

    /// The title of the vertical axes, once for all panels.
    private mutating func verticalTitle(_ placed: [Placed]) {
        guard let first = placed.first, let last = placed.last, !first.panel.y.title.isEmpty else { return }
        let middle = (first.top + last.top + last.panel.height) / 2
        lines.append(
            "set label \(nextLabel) \(Self.quoted(first.panel.y.title)) at \(screen(Self.margin + 6, middle))"
                + " center rotate by 90 font 'sans-serif,14' tc rgb '\(Self.faint)'")
        nextLabel += 1
    }

    private mutating func draw(_ placed: Placed, isFirst: Bool) {
        let panel = placed.panel
        let bottom = placed.top + panel.height
        lines += [
            "",
            "# \(Self.comment(panel.title.isEmpty ? "The panel" : panel.title))",
            "set lmargin at screen \(Self.text(placed.left / Self.width))",
            "set rmargin at screen \(Self.text(placed.right / Self.width))",
            "set tmargin at screen \(Self.text(1 - placed.top / height))",
            "set bmargin at screen \(Self.text(1 - bottom / height))",
        ]
        if !isFirst {
            nextLabel = 1
            nextArrow = 1
        }
        if !panel.title.isEmpty {
            let title = TextMetrics.cut(
                panel.title, size: 15, width: placed.right - placed.left + 10)
            label(title, x: placed.left, y: placed.top - 12, font: "sans-serif,15", ink: Self.ink)
        }
        axis("x", panel.x, showsLabels: true, limit: .infinity)
        axis("y", panel.y, showsLabels: placed.showsRowLabels, limit: leftMargin() - Self.margin - 33.5)
        if placed.showsTitle, !panel.x.title.isEmpty {
            lines.append(
                "set label \(nextLabel) \(Self.quoted(panel.x.title)) at"
                    + " \(screen((placed.left + placed.right) / 2, bottom + 40)) center tc rgb '\(Self.faint)'")
            nextLabel += 1
        }
        lines.append("unset object")
        for (index, band) in panel.bands.enumerated() {
            lines.append(
                "set object \(index + 1) rectangle from graph 0, first \(DataFile.number(band.lowerBound))"
                    + " to graph 1, first \(DataFile.number(band.upperBound)) behind fc rgb '#f5f6f7' fs noborder")
        }
        lines.append(
            panel.x.hasGrid || panel.y.hasGrid
                ? "set grid \(panel.x.hasGrid ? "xtics" : "noxtics") \(panel.y.hasGrid ? "ytics" : "noytics")"
                    + " lt 1 lc rgb '#e2e2e2' lw 1"
                : "unset grid")
        for mark in panel.marks {
            let position = DataFile.number(mark.position)
            lines.append(
                "set arrow \(nextArrow) from first \(position), graph 0 to first \(position), graph 1 nohead back"
                    + (mark.isReference ? " lw 1.5 lc rgb '#777777'" : " lw 1 dt (2,4) lc rgb '#999999'"))
            nextArrow += 1
            guard !mark.label.isEmpty else { continue }
            let height = 1 - (Panel.Mark.firstLine + Double(mark.line) * Panel.Mark.lineHeight) / panel.height
            lines.append(
                "set label \(nextLabel) \(Self.quoted(mark.label)) at first \(position), graph \(DataFile.number(height))"
                    + (mark.isBefore ? " right offset -0.5,0" : " left offset 0.5,0")
                    + " font 'sans-serif,12' tc rgb '\(Self.faint)'")
            nextLabel += 1
        }
        let plots = panel.plots.map { $0.replacing("FILE", with: "'\(figure.name).dat'") }
        lines.append("plot \(plots.joined(separator: ", \\\n     "))")
        // The next panel of a multiplot starts without the marks of this one.
        if figure.panels.count > 1, !isFirst { lines.append("unset label; unset arrow") }
    }

    private mutating func axis(_ name: String, _ axis: Axis, showsLabels: Bool, limit: Double) {
        lines.append(axis.isLogarithmic ? "set logscale \(name) 10" : "unset logscale \(name)")
        lines.append("set \(name)range [\(DataFile.number(axis.low)):\(DataFile.number(axis.high))]")
        let ticks = axis.ticks.map { tick in
            let label = showsLabels ? TextMetrics.cut(tick.label, size: Self.textSize, width: limit) : ""
            // A tick's label is a format, in which a percent sign stands for itself only when doubled.
            return "\(Self.quoted(label.replacing("%", with: "%%"))) \(DataFile.number(tick.position))"
        }
        lines.append("set \(name)tics (\(ticks.joined(separator: ", ")))")
    }

    private mutating func label(_ text: String, x: Double, y: Double, font: String, ink: String) {
        lines.append(
            "set label \(nextLabel) \(Self.quoted(text)) at \(screen(x, y)) left font '\(font)' tc rgb '\(ink)'")
        nextLabel += 1
    }

    private func screen(_ x: Double, _ y: Double) -> String {
        "screen \(Self.text(x / Self.width)),\(Self.text(1 - y / height))"
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() ? Unit.fixed(value, 0) : Unit.fixed(value, 5)
    }

    /// A string in gnuplot's single quotes, in which only the quote itself is special.
    static func quoted(_ text: String) -> String {
        "'" + String(text.map { $0.isControl || $0.isNewline ? " " : $0 }).replacing("'", with: "''") + "'"
    }

    /// A text for a comment: on one line, and not ending in a backslash, which would join the next line to it.
    private static func comment(_ text: String) -> String {
        String(text.map { $0.isControl || $0.isNewline || $0 == "\\" ? " " : $0 })
    }
}
