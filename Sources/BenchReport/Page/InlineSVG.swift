import Foundation

/// Makes gnuplot's SVG fit to stand inside of a page beside others.
enum InlineSVG {
    /// The `svg` element alone, with a name for screen readers, and with ids that belong to this chart: gnuplot gives
    /// all its pictures the same ones, and on one page each has to be unique.
    static func text(_ svg: String, name: String, title: String) -> String {
        guard let start = svg.range(of: "<svg"), let end = svg.range(of: "</svg>", options: .backwards) else {
            return ""
        }
        var text = String(svg[start.lowerBound..<end.upperBound])
        text = removing("<title>", "</title>", from: text, all: true)
        text = removing("<desc>", "</desc>", from: text, all: true)
        for quote in ["'", "\""] {
            text = text.replacing(" id=\(quote)", with: " id=\(quote)\(name)-")
            text = text.replacing("href=\(quote)#", with: "href=\(quote)#\(name)-")
        }
        text = ChartTheme.applied(to: text.replacing("url(#", with: "url(#\(name)-"))
        return text.replacing(
            "<svg", with: "<svg role=\"img\" aria-label=\"\(HTMLRenderer.escape(title))\"", maxReplacements: 1)
    }

    private static func removing(_ open: String, _ close: String, from text: String, all: Bool) -> String {
        var rest = text[...]
        var kept = ""
        while let start = rest.range(of: open), let end = rest[start.upperBound...].range(of: close) {
            kept += rest[..<start.lowerBound]
            rest = rest[end.upperBound...]
            if !all { break }
        }
        return kept + rest
    }
}
