public import BenchResults
import Foundation

/// A flame graph as one SVG without a script: a row for each depth of the stack, a box for each function as wide as its
/// share, callers below callees, names in alphabetical order (Gregg, "The Flame Graph", CACM 59(6), 2016). The full
/// name and the figures of a box are its tooltip.
public struct FlameGraph: Sendable {
    /// The stacks that are drawn.
    public var stacks: FoldedStacks
    /// The stacks of another run, which the colours compare with: red grew, blue shrank. Nil for a single run.
    public var before: FoldedStacks?
    /// What is seen.
    public var title: String
    /// How it is read, or on what it stands.
    public var subtitle: String
    /// What a unit of weight is: `samples`, `allocations`, `bytes`.
    public var unit: String

    /// A graph by its parts.
    public init(
        _ stacks: FoldedStacks, before: FoldedStacks? = nil, title: String, subtitle: String = "", unit: String
    ) {
        self.stacks = stacks
        self.before = before
        self.title = title
        self.subtitle = subtitle
        self.unit = unit
    }

    private static let width = 1200.0
    private static let margin = 10.0
    private static let rowHeight = 17.0
    private static let fontSize = 11.0
    /// Boxes that are narrower are not drawn: single samples would make towers that nobody can read.
    private static let leastWidth = 1.0

    /// The picture. Takes O(frames log frames).
    public func svg() -> String {
        let root = FrameNode(stacks, before)
        let inner = Self.width - 2 * Self.margin
        let scale = root.weight > 0 ? inner / Double(root.weight) : 0
        let depth = root.depth { Double($0.weight) * scale >= Self.leastWidth }
        let head = subtitle.isEmpty ? 34.0 : 52.0
        let height = head + Double(depth) * Self.rowHeight + Self.margin
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Self.number(height))" \
            width="\(Int(Self.width))" height="\(Self.number(height))" font-family="sans-serif" font-size="11" \
            role="img" aria-label="\(HTMLRenderer.escape(title))">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="\(Self.number(Self.margin))" y="21" font-size="16" fill="#222222">\(HTMLRenderer.escape(title))</text>

            """
        if !subtitle.isEmpty {
            text += "<text x=\"\(Self.number(Self.margin))\" y=\"40\" font-size=\"12\" fill=\"#555555\">"
            text += "\(HTMLRenderer.escape(subtitle))</text>\n"
        }
        draw(root, x: Self.margin, y: height - Self.margin - Self.rowHeight, scale: scale, root: root, into: &text)
        return text + "</svg>\n"
    }

    private func draw(
        _ node: FrameNode, x: Double, y: Double, scale: Double, root: FrameNode, into text: inout String
    ) {
        let width = Double(node.weight) * scale
        guard width >= Self.leastWidth else { return }
        text += "<g><title>\(HTMLRenderer.escape(tooltip(node, root)))</title>"
        text += "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(max(width - 0.3, 0.3)))\""
        text += " height=\"\(Self.number(Self.rowHeight - 1))\" rx=\"1\" fill=\"\(colour(node, root))\"/>"
        let label = TextMetrics.cut(node.name, size: Self.fontSize, width: width - 6)
        if label.count > 2 {
            text += "<text x=\"\(Self.number(x + 3))\" y=\"\(Self.number(y + 12))\" fill=\"#111111\">"
            text += "\(HTMLRenderer.escape(label))</text>"
        }
        text += "</g>\n"
        var left = x
        for child in node.sortedChildren {
            draw(child, x: left, y: y - Self.rowHeight, scale: scale, root: root, into: &text)
            left += Double(child.weight) * scale
        }
    }

    private func tooltip(_ node: FrameNode, _ root: FrameNode) -> String {
        let share = Self.percent(node.share(of: root))
        let text = "\(node.name): \(Unit.grouped(Double(node.weight))) \(unit), \(share)"
        guard before != nil else { return text }
        let difference = node.share(of: root) - node.shareBefore(of: root)
        return text + "; before \(Self.percent(node.shareBefore(of: root))), \(difference < 0 ? "" : "+")"
            + "\(Unit.fixed(difference * 100, 2)) points"
    }

    /// A hue for what a frame belongs to and a shade for its name, the same in every picture; compared with another
    /// run, white for what stayed, red for what grew, blue for what shrank, fully from five points on.
    private func colour(_ node: FrameNode, _ root: FrameNode) -> String {
        if before != nil {
            let difference = node.share(of: root) - node.shareBefore(of: root)
            let rest = Int((1 - min(difference.magnitude / 0.05, 1)) * 190) + 50
            return difference < 0 ? Self.hex(rest, rest, 250) : Self.hex(250, rest, rest)
        }
        let shade = node.name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 } >> 8
        let spread = Int(shade % 40)
        switch FrameNode.Kind(node.name) {
        case .root, .unknown: return Self.hex(200 + spread / 2, 200 + spread / 2, 200 + spread / 2)
        case .allocator: return Self.hex(120 + spread, 200 + spread / 2, 130 + spread)
        case .runtime: return Self.hex(240, 200 + spread / 2, 90 + spread)
        case .program: return Self.hex(245, 120 + spread * 2, 70 + spread)
        }
    }

    private static func percent(_ share: Double) -> String { "\(Unit.fixed(share * 100, 2)) %" }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : Unit.fixed(value, 2)
    }

    private static func hex(_ red: Int, _ green: Int, _ blue: Int) -> String {
        "#" + [red, green, blue].map { String(format: "%02x", min(max($0, 0), 255)) }.joined()
    }
}
