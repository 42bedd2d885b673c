/// How a series looks: colour, point and dash all differ, so that any one of them is enough to tell it apart.
struct SeriesStyle: Equatable, Sendable {
    /// `#rrggbb`, of the Okabe-Ito palette.
    var colour: String
    /// gnuplot's number of the point type.
    var point: Int
    /// The point's size, balanced so that all types look equally heavy.
    var pointSize: Double
    /// gnuplot's dash type.
    var dash: String

    /// Black, for what the others are compared with.
    static let reference = SeriesStyle(colour: "#000000", point: 7, pointSize: 0.75, dash: "solid")

    /// The other styles in the order of their distance from each other. Yellow is left out: it is lost on white.
    static let others: [SeriesStyle] = {
        let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
        let points: [(Int, Double)] = [
            (5, 0.75), (9, 0.95), (13, 0.95), (11, 0.95), (4, 0.75), (6, 0.75), (8, 0.95), (12, 0.95), (10, 0.95),
        ]
        let dashes = ["(14,4)", "(4,4)", "(14,4,4,4)", "(8,4)", "solid"]
        // 7, 9 and 5 have no common divisor: the same combination returns after 315 series.
        return (0..<63).map { index in
            let point = points[index % points.count]
            return SeriesStyle(
                colour: colours[index % colours.count], point: point.0, pointSize: point.1,
                dash: dashes[index % dashes.count])
        }
    }()

    /// Styles for series by name, the same in every chart of every run: known names have a fixed style, the rest follow
    /// in the order given.
    static func styles(for names: [String]) -> [String: SeriesStyle] {
        let fixed = [
            "glibc": reference, "standard": reference, "jemalloc": others[0], "mimalloc": others[1],
            "tcmalloc": others[2],
        ]
        var result: [String: SeriesStyle] = [:]
        for name in names { result[name] = fixed[name] }
        var free = others.filter { !result.values.contains($0) }[...]
        for name in names where result[name] == nil {
            result[name] = free.popFirst() ?? others[result.count % others.count]
        }
        return result
    }

    /// The clause for a line.
    var line: String { "lw 2 dt \(dash) lc rgb '\(colour)'" }
    /// The same point drawn as an outline, for dots that lie on each other and for what is not resolved.
    var outline: String {
        let open = [7: 6, 5: 4, 9: 8, 13: 12, 11: 10][point] ?? point
        return "pt \(open) ps \(DataFile.number(pointSize)) lw 1.4 lc rgb '\(colour)'"
    }
    /// The clause for a point.
    var mark: String { "pt \(point) ps \(DataFile.number(pointSize)) lc rgb '\(colour)'" }
}
