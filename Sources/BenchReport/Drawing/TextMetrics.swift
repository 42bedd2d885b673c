/// How wide a text will be in a sans-serif font: gnuplot's SVG terminal does not know the font either, so the layout
/// leaves room by this estimate, which is on the generous side.
enum TextMetrics {
    /// The width in pixels at a font size.
    static func width(_ text: String, size: Double) -> Double {
        var units = 0.0
        for character in text {
            switch character {
            case "i", "l", "j", "t", "f", "I", ".", ",", ":", ";", "'", "|", "!", "(", ")", "[", "]", "/", " ":
                units += 0.36
            case "m", "w", "M", "W", "@", "%": units += 0.92
            case "A"..."Z": units += 0.7
            default: units += 0.6
            }
        }
        return units * size
    }

    /// The text in lines of at most a width, broken at spaces.
    static func wrap(_ text: String, size: Double, width limit: Double) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if !line.isEmpty, width(longer, size: size) > limit {
                lines.append(line)
                line = String(word)
            } else {
                line = longer
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// The text cut to a width, with an ellipsis where something is missing.
    static func cut(_ text: String, size: Double, width limit: Double) -> String {
        guard width(text, size: size) > limit else { return text }
        var kept = text
        while !kept.isEmpty, width(kept + "…", size: size) > limit { kept.removeLast() }
        return kept + "…"
    }
}
