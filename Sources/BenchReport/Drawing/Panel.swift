/// One drawing area of a figure.
struct Panel: Equatable, Sendable {
    /// A vertical line across the panel.
    struct Mark: Equatable, Sendable {
        var position: Double
        /// Written at the line's upper end, inside the panel; empty for none.
        var label: String
        /// Whether it is the line that values are compared with, drawn stronger.
        var isReference: Bool
        /// The line of text that the label stands in, counted from the top.
        var line = 0
        /// Whether the label stands before the line instead of behind it.
        var isBefore = false

        /// The middle of the first line of text below the panel's upper edge, in pixels.
        static let firstLine = 12.0
        /// The distance of two lines of text in pixels.
        static let lineHeight = 15.0
    }

    /// What stands above the panel; empty when the figure's title says it all.
    var title: String
    var x: Axis
    var y: Axis
    /// The height of the drawing area in pixels.
    var height: Double
    /// Clauses of gnuplot's `plot`, each drawing one index of the data file. `FILE` stands for the data file's name.
    var plots: [String]
    var marks: [Mark] = []
    /// Stretches of the vertical axis with a tinted ground, which lead the eye along the rows.
    var bands: [ClosedRange<Double>] = []

    /// Bands behind every other one of a number of rows.
    static func bands(rows: Int) -> [ClosedRange<Double>] {
        stride(from: 1, through: rows, by: 2).map { (Double($0) - 0.5)...(Double($0) + 0.5) }
    }
}

/// An entry of a figure's legend.
struct LegendEntry: Equatable, Sendable {
    enum Sample: Equatable, Sendable {
        case point
        case line
        case linePoint
    }

    var label: String
    var style: SeriesStyle
    var sample: Sample
}

/// A figure before layout: what stands in it, from top to bottom.
struct Figure: Equatable, Sendable {
    /// The file name without extension, `[a-z0-9-]+`.
    var name: String
    /// What is seen.
    var title: String
    /// How it is read: what the lines, points and whiskers are.
    var subtitle: String
    var legend: [LegendEntry]
    var panels: [Panel]
    /// Panels side by side.
    var columns = 1
    /// Whether panels side by side share the labels of the leftmost vertical axis, or each has its own.
    var sharesRows = true
}
