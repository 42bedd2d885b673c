/// Names of functions as a reader wants them: short, and one for all specializations of a function.
public enum FunctionName {
    /// A symbol, mangled or not, as `Strata.SlotMap.remove(_:)`: without its specialization, types of arguments and
    /// result. What is no function of Swift stays as it is.
    public static func short(_ symbol: String) -> String {
        let readable = MangledName.readable(symbol)
        guard readable != symbol else { return symbol }
        return simplified(readable)
    }

    /// A name as Swift's demangler writes it, shortened in the same way.
    public static func simplified(_ name: String) -> String {
        // What C++ declares would lose the types that tell its overloads apart.
        guard !name.contains("::") else { return name }
        // `(name in _0123...)` is a private name and the file that it belongs to.
        let plain = name.replacing(/\(([^()]+) in _[0-9A-F]{32}\)/) { String($0.output.1) }
        var rest = plain[...]
        // `generic specialization <...> of merged closure #1 (Int) -> () in Module.function(a: Int) -> Int`
        while let next = withoutPrefix(rest) { rest = next }
        return parts(of: rest, by: " in ").map(declaration).joined(separator: " in ")
    }

    private static let specializations = [
        "generic specialization <", "generic not re-abstracted specialization <",
        "function signature specialization <", "generic partial specialization <", "inlined generic function <",
        "generic pre-specialization <",
    ]
    private static let plainPrefixes = [
        "merged ", "partial apply forwarder for ", "partial apply for ", "protocol witness for ", "dispatch thunk of ",
    ]

    private static func withoutPrefix(_ name: Substring) -> Substring? {
        for prefix in specializations where name.hasPrefix(prefix) {
            let start = name.index(name.startIndex, offsetBy: prefix.count)
            guard let end = closing(name, from: start, open: "<", close: ">") else { return nil }
            let rest = name[name.index(after: end)...]
            return rest.hasPrefix(" of ") ? rest.dropFirst(4) : nil
        }
        for prefix in plainPrefixes where name.hasPrefix(prefix) { return name.dropFirst(prefix.count) }
        return nil
    }

    /// `Module.Type.function<A>(label: Type, Type) -> Result` as `Module.Type.function(label:_:)`.
    private static func declaration(_ text: Substring) -> String {
        let whole = parts(of: text, by: " -> ").first ?? text
        guard let open = topLevel("(", in: whole) else { return String(withoutGenerics(whole)) }
        guard let close = closing(whole, from: whole.index(after: open), open: "(", close: ")") else {
            return String(whole)
        }
        let arguments = whole[whole.index(after: open)..<close]
        let labels = arguments.isEmpty ? [] : parts(of: arguments, by: ", ").map(label)
        let name = withoutGenerics(whole[..<open])
        // `closure #1 (Int)` names no labels, and a type in brackets is no list of arguments.
        return name.hasSuffix(" ") ? String(name.dropLast()) : "\(name)(\(labels.joined()))"
    }

    /// `in: Type` as `in:`.
    private static func label(_ argument: Substring) -> String {
        guard let colon = topLevel(":", in: argument) else { return "_:" }
        return "\(argument[..<colon]):"
    }

    /// `function<A, B where ...>` as `function`, at the end only: `Array<Int>.append` names a type.
    private static func withoutGenerics(_ name: Substring) -> Substring {
        guard name.hasSuffix(">"), let open = topLevel("<", in: name, last: true), open != name.startIndex else {
            return name
        }
        let before = name[name.index(before: open)]
        return before.isLetter || before.isNumber ? name[..<open] : name
    }

    // MARK: Brackets

    /// Where the bracket that is open before `start` closes.
    private static func closing(
        _ text: Substring, from start: Substring.Index, open: Character, close: Character
    ) -> Substring.Index? {
        var depth = 1
        var before: Character = " "
        for index in text.indices[start...] {
            let character = text[index]
            if character == open { depth += 1 }
            // The head of an arrow closes nothing.
            if character == close, !(close == ">" && before == "-") {
                depth -= 1
                if depth == 0 { return index }
            }
            before = character
        }
        return nil
    }

    /// The first or last place of a character outside of all brackets but those that it opens itself.
    private static func topLevel(_ wanted: Character, in text: Substring, last: Bool = false) -> Substring.Index? {
        var depth = 0
        var before: Character = " "
        var found: Substring.Index?
        for index in text.indices {
            let character = text[index]
            if character == wanted, depth == 0 {
                if !last { return index }
                found = index
            }
            depth += change(of: depth, character, before)
            before = character
        }
        return found
    }

    /// The parts of a text between separators outside of all brackets.
    private static func parts(of text: Substring, by separator: String) -> [Substring] {
        var parts: [Substring] = []
        var depth = 0
        var before: Character = " "
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            if depth == 0, text[index...].hasPrefix(separator) {
                parts.append(text[start..<index])
                index = text.index(index, offsetBy: separator.count)
                start = index
                before = " "
                continue
            }
            depth += change(of: depth, text[index], before)
            before = text[index]
            index = text.index(after: index)
        }
        return parts + [text[start...]]
    }

    private static func change(of depth: Int, _ character: Character, _ before: Character) -> Int {
        switch character {
        case "(", "[", "{", "<": 1
        case ")", "]", "}": depth > 0 ? -1 : 0
        case ">": before != "-" && depth > 0 ? -1 : 0
        default: 0
        }
    }
}
