import Foundation

/// The colours of a chart that follow the page's theme. A chart's file has the light ones; inside the page they become
/// variables of the style sheet, so that one and the same picture is readable on white and on black.
enum ChartTheme {
    /// A colour of the charts and what it becomes on a dark page.
    private static let pairs: [(light: String, dark: String)] = [
        // Ground, rows, grid, borders, lines of reference, texts.
        ("ffffff", "1d2127"), ("f5f6f7", "252a31"), ("e2e2e2", "363d46"), ("999999", "7d8794"), ("777777", "8e98a5"),
        ("666666", "a4adb8"), ("555555", "aeb7c2"), ("222222", "e6e9ed"),
        // Series that would drown in the dark; the other colours of the palette are clear of both grounds.
        ("000000", "f2f4f7"), ("0072b2", "4aa8e8"), ("009e73", "2cc295"), ("d55e00", "f07f2e"),
    ]

    private static let known = Set(pairs.map(\.light))

    /// The variables for the style sheet's light part.
    static let light = pairs.map { "--c-\($0.light): #\($0.light);" }.joined(separator: " ")
    /// The variables for the style sheet's dark part.
    static let dark = pairs.map { "--c-\($0.light): #\($0.dark);" }.joined(separator: " ")

    /// The SVG with variables in the place of the colours that have one. Colours stand in gnuplot's attributes as
    /// `rgb(34,34,34)`, `#ffffff` and `black`; texts hold no quotes of their own, since gnuplot escapes them.
    static func applied(to svg: String) -> String {
        let parts = svg.components(separatedBy: "rgb(")
        var text = parts[0]
        for part in parts.dropFirst() {
            guard let end = part.firstIndex(of: ")"), text.hasSuffix("\"") || text.hasSuffix("'"),
                let name = hexadecimal(part[..<end]), known.contains(name)
            else {
                text += "rgb(" + part
                continue
            }
            text += "var(--c-\(name))" + part[part.index(after: end)...]
        }
        for (name, variable) in [("#ffffff", "ffffff"), ("#FFFFFF", "ffffff"), ("black", "000000")] {
            for quote in ["\"", "'"] {
                text = text.replacingOccurrences(
                    of: "=\(quote)\(name)\(quote)", with: "=\(quote)var(--c-\(variable))\(quote)")
            }
        }
        return text
    }

    /// `222222` of `34,34,34`; nil for what is no colour.
    private static func hexadecimal(_ text: Substring) -> String? {
        let numbers = text.split(separator: ",").compactMap { UInt8($0.trimmingCharacters(in: .whitespaces)) }
        guard numbers.count == 3 else { return nil }
        return numbers.map { String(format: "%02x", $0) }.joined()
    }
}
