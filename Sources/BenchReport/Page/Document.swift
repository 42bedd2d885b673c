/// A report before it is rendered: the page and the Markdown text are made from one and the same document, so that
/// they cannot tell different stories. Texts are plain; each renderer escapes them.
struct Document: Equatable, Sendable {
    var title: String
    var blocks: [Block] = []

    enum Block: Equatable, Sendable {
        /// A heading of level 2 or 3.
        case heading(Int, String)
        case paragraph([Inline])
        case list([[Inline]])
        case table(Table)
        case chart(Picture)
        /// Something that a reader has to know before trusting the figures.
        case notice([Inline])
        case code(String)
        /// Blocks that are folded away on the page.
        case details(String, [Block])
    }

    enum Inline: Equatable, Sendable {
        case text(String)
        case strong(String)
        case code(String)
        case link(String, to: String)
        case verdict(Verdict)
        /// What follows stands on a line of its own.
        case lineBreak
        /// A text of lesser weight.
        case aside(String)
    }

    /// A word that carries a judgement and, on the page, its colour.
    enum Verdict: String, Equatable, Sendable {
        case met
        case missed
        case notMeasured = "not measured"
        case none = "–"
    }

    struct Table: Equatable, Sendable {
        enum Alignment: Equatable, Sendable {
            case left
            case right
        }

        struct Column: Equatable, Sendable {
            var title: String
            var alignment: Alignment
        }

        var columns: [Column]
        var rows: [[[Inline]]]
        /// Whether the first column stays in sight while the others are scrolled on a narrow screen.
        var pinsFirstColumn = false
        /// Whether each row becomes a card on a narrow screen, one cell below the other with its column's title.
        var stacksWhenNarrow = false
    }

    /// A chart that was drawn, by its files' name without extension.
    struct Picture: Equatable, Sendable {
        var name: String
        var title: String
        var caption: String
    }
}

extension Document.Inline {
    /// A plain text.
    init(_ text: String) { self = .text(text) }
}

extension [Document.Inline] {
    /// One plain text.
    static func plain(_ text: String) -> [Document.Inline] { [.text(text)] }

    /// A sentence of the harness, in which names stand between backticks: they become code, the rest is text. A
    /// backtick without its partner stays what it is.
    static func sentence(
        _ text: String, as inline: (String) -> Document.Inline = { .text($0) }
    ) -> [Document.Inline] {
        var result: [Document.Inline] = []
        var rest = text[...]
        while let opening = rest.firstIndex(of: "`"),
            let closing = rest[rest.index(after: opening)...].firstIndex(of: "`")
        {
            let name = rest[rest.index(after: opening)..<closing]
            // Two in a row hold no name.
            guard !name.isEmpty else { break }
            if opening > rest.startIndex { result.append(inline(String(rest[..<opening]))) }
            result.append(.code(String(name)))
            rest = rest[rest.index(after: closing)...]
        }
        if !rest.isEmpty || result.isEmpty { result.append(inline(String(rest))) }
        return result
    }
}
