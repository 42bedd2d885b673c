import Foundation

/// A chart ready to be written: its data and the script that draws it.
struct Chart: Equatable, Sendable {
    /// The file name without extension, `[a-z0-9-]+`.
    var name: String
    /// What is seen, as the page's heading and the picture's title.
    var title: String
    /// What is shown and how it is read, in a sentence or two.
    var caption: String
    /// The scenario that it belongs to.
    var scenario: String
    var kind: Kind
    /// The text of `NAME.dat`.
    var data: String
    /// The text of `NAME.gp`.
    var script: String

    enum Kind: Int, Sendable, CaseIterable {
        case speedup
        case allocators
        case heat
        case frontier
        case roles
        case scaling
        case throughput
        case latency
        case openLoop
        case memory
        case drain
        case blocks
        case distribution
        case history
    }

    init(figure: Figure, data: DataFile, scenario: String, kind: Kind) {
        name = figure.name
        title = figure.title
        caption = figure.subtitle
        self.scenario = scenario
        self.kind = kind
        self.data = data.text
        script = FigureScript.text(for: figure)
    }

    /// The same chart under another name, in its script too.
    func renamed(_ name: String) -> Chart {
        var copy = self
        copy.name = name
        for ending in [".svg", ".dat", ".gp"] {
            copy.script = copy.script.replacing("\(self.name)\(ending)", with: "\(name)\(ending)")
        }
        return copy
    }

    /// A file name from parts: lower case letters, digits and hyphens, never empty.
    static func name(_ parts: String...) -> String {
        var name = ""
        for character in parts.joined(separator: "-").lowercased() {
            let isKept = character.isASCII && (character.isLetter || character.isNumber)
            if isKept {
                name.append(character)
            } else if !name.isEmpty, !name.hasSuffix("-") {
                name.append("-")
            }
        }
        while name.hasSuffix("-") { name.removeLast() }
        return name.isEmpty ? "chart" : String(name.prefix(120))
    }
}

/// A chart that was not drawn, and why.
public struct LeftOutChart: Sendable, Hashable, CustomStringConvertible {
    /// The chart's file name without extension.
    public let name: String
    /// Why there is none, in a sentence without its final stop.
    public let reason: String

    /// A chart and why there is none.
    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }

    public var description: String { "\(name): \(reason)" }
}

/// What became of the wish for a chart.
enum ChartResult: Equatable, Sendable {
    case chart(Chart)
    case leftOut(LeftOutChart)
}
