/// Finds room for a text beside each point of a panel, so that no text covers another one or a point.
///
/// Greedy: the points are served in their order, and each takes the nearest free place, to the right of it first. Takes
/// O(points² * places).
enum LabelPlacement {
    /// Where a text stands, in pixels from the panel's upper left corner.
    struct Place: Equatable, Sendable {
        /// The end of the text that is next to the point.
        var x: Double
        /// The middle of the text.
        var y: Double
        /// Whether the text extends to the right of `x`, or else to the left.
        var extendsRight: Bool
        /// Whether a line has to lead from the point to the text.
        var needsLine: Bool
    }

    private struct Box {
        var left: Double
        var right: Double
        var top: Double
        var bottom: Double

        func meets(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    /// Half the height of a text of 12 pixels, and of the largest point.
    private static let half = 7.5
    /// The distance of two lines of text.
    private static let step = 15.0
    /// A text is at most so many lines away from its point.
    private static let mostLines = 12

    /// A place for each text; nil where none is free.
    ///
    /// - Parameters:
    ///   - points: the points in pixels from the panel's upper left corner.
    ///   - widths: the widths of their texts.
    ///   - size: the panel's size.
    static func places(
        _ points: [(x: Double, y: Double)], widths: [Double], size: (width: Double, height: Double)
    ) -> [Place?] {
        let marks = points.map { Box(left: $0.x - half, right: $0.x + half, top: $0.y - half, bottom: $0.y + half) }
        var taken: [Box] = []
        return zip(points, widths).map { point, width in
            for place in candidates(beside: point) {
                let box = Box(
                    left: place.extendsRight ? place.x : place.x - width,
                    right: place.extendsRight ? place.x + width : place.x, top: place.y - half,
                    bottom: place.y + half)
                let isInside = box.left >= 0 && box.right <= size.width && box.top >= 0 && box.bottom <= size.height
                guard isInside, !marks.contains(where: box.meets), !taken.contains(where: box.meets) else { continue }
                taken.append(box)
                return place
            }
            return nil
        }
    }

    /// The places beside a point, the nearest first.
    private static func candidates(beside point: (x: Double, y: Double)) -> [Place] {
        (0...mostLines).flatMap { lines -> [Place] in
            let away = lines == 0 ? 11.0 : 20.0
            let shifts = lines == 0 ? [0] : [-Double(lines) * step, Double(lines) * step]
            return shifts.flatMap { shift in
                [true, false].map { toRight in
                    Place(
                        x: point.x + (toRight ? away : -away), y: point.y + shift, extendsRight: toRight,
                        needsLine: lines > 0)
                }
            }
        }
    }
}
