import Yams

/// Turns YAML text into nodes with places and key paths.
///
/// The parser refuses repeated keys itself, but names the first of them, not the repetition, and no key path. So the
/// first one is disguised (its first letter becomes a private-use scalar, which keeps all columns as they are), the text
/// is parsed again, and the repetition is found in the finished tree, where its path is known.
func compose(_ text: String, file: String, keyPath: String = "") throws(DocumentError) -> Node {
    var disguise = Disguise(text)
    while true {
        do {
            let parser = try Parser(yaml: disguise.text, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                return Node(.scalar(text: "", isPlain: true), at: Location(file: file), keyPath: keyPath)
            }
            var converter = Converter(file: file, disguise: disguise)
            return try converter.convert(root, keyPath: keyPath, depth: 0)
        } catch let error as DocumentError {
            throw error
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            if disguise.hide(at: context.mark) { continue }
            throw DocumentError(
                at: Location(file: file, line: context.mark.line, column: context.mark.column),
                "the key `\(keys.first ?? "")` stands twice in one mapping", suggestion: "remove one of the two")
        } catch let error as YamlError {
            throw documentError(error, text, file)
        } catch {
            throw DocumentError(at: Location(file: file), "\(error)")
        }
    }
}

/// Text in which the first letters of some keys are replaced by private-use scalars.
private struct Disguise {
    var lines: [[Unicode.Scalar]]
    var hidden: [Unicode.Scalar: Unicode.Scalar] = [:]
    static let limit: UInt32 = 256

    init(_ text: String) {
        lines = [[]]
        var afterReturn = false
        for scalar in text.unicodeScalars {
            // The parser's idea of a line: LF, CR, CR LF, NEL, LS and PS end one.
            if afterReturn, scalar != "\n" { lines.append([]) }
            lines[lines.count - 1].append(scalar)
            afterReturn = scalar == "\r"
            if ["\n", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) { lines.append([]) }
        }
    }

    var text: String {
        var view = String.UnicodeScalarView()
        for line in lines { view.append(contentsOf: line) }
        return String(view)
    }

    /// Replaces the key's first letter; false where that is not possible.
    mutating func hide(at mark: Mark) -> Bool {
        let line = mark.line - 1
        var column = mark.column - 1
        guard hidden.count < Self.limit, lines.indices.contains(line), lines[line].indices.contains(column) else {
            return false
        }
        if lines[line][column] == "\"" || lines[line][column] == "'" { column += 1 }
        guard lines[line].indices.contains(column) else { return false }
        let original = lines[line][column]
        guard original.properties.isAlphabetic || original.properties.numericType != nil else { return false }
        let substitute = Unicode.Scalar(0xE000 + UInt32(hidden.count))!
        guard !lines[line].contains(substitute) else { return false }
        lines[line][column] = substitute
        hidden[substitute] = original
        return true
    }

    /// The key as it was written.
    func revealed(_ key: String) -> String {
        guard let first = key.unicodeScalars.first, let original = hidden[first] else { return key }
        var view = key.unicodeScalars
        view.removeFirst()
        return String(original) + String(view)
    }
}

private struct Converter {
    let file: String
    let disguise: Disguise
    var count = 0

    /// Limits on what a few lines of aliases can grow into.
    static let nodeLimit = 200_000
    static let depthLimit = 64

    init(file: String, disguise: Disguise) {
        self.file = file
        self.disguise = disguise
    }

    mutating func convert(_ node: Yams.Node, keyPath path: String, depth: Int) throws(DocumentError) -> Node {
        let location = place(node)
        count += 1
        guard count <= Self.nodeLimit, depth <= Self.depthLimit else {
            throw DocumentError(at: location, keyPath: path, "the document is too large or too deep")
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return Node(.scalar(text: scalar.string, isPlain: isPlain), at: location, keyPath: path)
        case .alias:
            throw DocumentError(at: location, keyPath: path, "an alias stands for nothing here")
        case .sequence(let sequence):
            var elements: [Node] = []
            for element in sequence {
                let component = name(of: element).map { keyPath(path, $0) } ?? "\(path)[\(elements.count)]"
                elements.append(try convert(element, keyPath: component, depth: depth + 1))
            }
            return Node(.sequence(elements), at: location, keyPath: path)
        case .mapping(let mapping):
            var entries: [Node.Entry] = []
            var lines: [String: Int] = [:]
            for (key, value) in mapping {
                guard case .scalar(let scalar) = key else {
                    throw DocumentError(at: place(key), keyPath: path, "a key has to be a single word")
                }
                let text = disguise.revealed(scalar.string)
                let valuePath = keyPath(path, text)
                if let first = lines.updateValue(place(key).line, forKey: text) {
                    throw DocumentError(
                        at: place(key), keyPath: valuePath, "the key `\(text)` is repeated",
                        suggestion: "it stands in line \(first) already; remove one of the two")
                }
                let child = try convert(value, keyPath: valuePath, depth: depth + 1)
                entries.append(Node.Entry(key: text, location: place(key), value: child))
            }
            return Node(.mapping(entries), at: location, keyPath: path)
        }
    }

    private func place(_ node: Yams.Node) -> Location {
        Location(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    /// The `name` of a list's element, which is what paths call it.
    private func name(of element: Yams.Node) -> String? {
        guard case .mapping(let mapping) = element else { return nil }
        for (key, value) in mapping where key.scalar?.string == "name" {
            if let text = value.scalar?.string, !text.isEmpty { return text }
        }
        return nil
    }
}

/// The parser's complaint as our sentence.
private func documentError(_ error: YamlError, _ text: String, _ file: String) -> DocumentError {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
        .composer(let context, let problem, let mark, _):
        // A list or a text that nobody closed is noticed at the end of the file, but it is its start that helps.
        let lineCount = text.split(omittingEmptySubsequences: false) { $0.isNewline }.count
        let place = mark.line >= lineCount + (text.last?.isNewline == true ? 0 : 1) ? context?.mark ?? mark : mark
        let location = Location(file: file, line: place.line, column: place.column)
        return DocumentError(at: location, "this is not valid YAML: \(problem)", suggestion: advice(text, mark))
    case .reader(let problem, let offset, _, _):
        var location = Location(file: file)
        if let offset {
            let before = text.prefix(offset)
            location.line = before.count { $0.isNewline } + 1
            location.column =
                (before.lastIndex { $0.isNewline }.map { before[$0...].dropFirst() } ?? before)
                .unicodeScalars.count + 1
        }
        return DocumentError(at: location, "this is not YAML text: \(problem)")
    default:
        return DocumentError(at: Location(file: file), "this is not valid YAML: \(error)")
    }
}

private func advice(_ text: String, _ mark: Mark) -> String? {
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    guard lines.indices.contains(mark.line - 1) else { return nil }
    return lines[mark.line - 1].contains("\t") ? "indent with spaces, not with tabs" : nil
}
