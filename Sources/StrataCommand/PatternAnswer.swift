import BenchYAML
import Foundation
import Strata

/// The answer to patterns, printed row by row as it is found: what is in memory is one row, however many there are.
struct PatternAnswer {
    private let words: [String]
    private let limit: Int?
    private let json: Bool
    private let explain: Bool

    /// - Parameter words: three for each pattern.
    init(_ words: [String], limit: Int?, json: Bool, explain: Bool) {
        self.words = words
        self.limit = limit
        self.json = json
        self.explain = explain
    }

    /// Asks, and prints to standard output. Of a question with one pattern a row is the statement, of several the values
    /// of their variables.
    func print(from engine: ZeroCopyKnowledgeEngine) throws {
        let measurement = try ExplanationMeasurement(engine)
        let patterns = try patterns(engine)
        let types = try engine.relationshipTypes()
        for case .relationship(_, .type(let type), _) in patterns where !types.contains(type) {
            let nearest = nearestName(to: type, in: types)
            Terminal.note(
                "strata: no relationship has the type `\(type)`" + (nearest.map { "; did you mean `\($0)`?" } ?? ""))
        }
        var matches = try engine.match(patterns)
        let names = patterns.count == 1 ? ["subject", "predicate", "object"] : matches.variables
        var output = BufferedOutput()
        if json { output.append("{\"results\":[") }
        var rows = 0
        while rows < limit ?? .max, try matches.next() {
            var values: [String] = []
            if patterns.count == 1 {
                values = try statement(patterns[0], matches)
            } else {
                for variable in names.indices { values.append(try matches.text(try matches.value(variable))) }
            }
            if json {
                let pairs = zip(names, values).map { "\(JSONText.quoted($0)):\(JSONText.quoted($1))" }.sorted()
                output.append("\(rows == 0 ? "" : ",\n"){\(pairs.joined(separator: ","))}")
            } else {
                output.append((names.isEmpty ? "yes" : values.joined(separator: "  ")) + "\n")
            }
            rows += 1
        }
        let explanation = explain ? try measurement.end(matches.explanation) : nil
        if json {
            output.append("]")
            if let explanation { output.append(",\"explain\":\(try JSONText.encoded(explanation))") }
            output.append("}\n")
        } else {
            if rows == 0 { output.append("none\n") }
            if let explanation { output.append("\n\(explanation.text)\n") }
        }
        output.flush()
    }

    /// Subject, predicate and object of the one pattern's match.
    private func statement(
        _ pattern: GraphPattern, _ matches: borrowing PatternMatches
    ) throws(StrataError) -> [String] {
        switch pattern {
        case .relationship: break
        case .property(let subject, let key, let value): return [try text(subject, matches), key, value]
        case .type(let subject, let type): return [try text(subject, matches), Self.typeWord, type]
        }
        guard let triple = try matches.triple(0) else { return [] }
        return [
            try matches.text(.entity(triple.subject)), try matches.text(.relationshipType(triple.type)),
            try matches.text(.entity(triple.object)),
        ]
    }

    /// The one entity of a property or a type.
    private func text(
        _ end: GraphPattern.End, _ matches: borrowing PatternMatches
    ) throws(StrataError) -> String {
        if case .entity(let id) = end { return try matches.text(.entity(id)) }
        let value = try matches.value(0)
        return try matches.text(value)
    }

    // MARK: Words

    /// In the place of a predicate: the object is an entity's type.
    private static let typeWord = ":type"

    private func patterns(_ engine: ZeroCopyKnowledgeEngine) throws(StrataError) -> [GraphPattern] {
        var patterns: [GraphPattern] = []
        for start in stride(from: 0, to: words.count, by: 3) {
            let (subject, predicate, object) = (words[start], words[start + 1], words[start + 2])
            let isAlone = predicate == Self.typeWord || object.hasPrefix("=")
            let subjectEnd = try end(subject, engine, isAlone: isAlone)
            if predicate == Self.typeWord {
                guard !object.hasPrefix("?") else {
                    throw StrataError(
                        .invalidArgument, "`\(object)` is open where \(Self.typeWord) asks for a type",
                        remedy: "name the type")
                }
                patterns.append(.type(subjectEnd, object))
            } else if object.hasPrefix("=") {
                guard !predicate.hasPrefix("?") else {
                    throw StrataError(
                        .invalidArgument, "`\(predicate)` is open where `\(object)` asks for a property's value",
                        remedy: "name the property's key")
                }
                patterns.append(.property(subjectEnd, key: predicate, value: String(object.dropFirst())))
            } else {
                patterns.append(.relationship(subjectEnd, relation(predicate), try end(object, engine)))
            }
        }
        return patterns
    }

    private func relation(_ word: String) -> GraphPattern.Relation {
        if word == "?" { return .any }
        return word.hasPrefix("?") ? .variable(String(word.dropFirst())) : .type(word)
    }

    /// - Parameter isAlone: whether the pattern has no other place: then its value is printed, name or not.
    private func end(
        _ word: String, _ engine: ZeroCopyKnowledgeEngine, isAlone: Bool = false
    ) throws(StrataError) -> GraphPattern.End {
        // A name that nobody can type.
        if word == "?", isAlone, words.count == 3 { return .variable("?") }
        if word == "?" { return .any }
        if word.hasPrefix("?") { return .variable(String(word.dropFirst())) }
        return .entity(try engine.requireID(word))
    }
}

/// Standard output in pieces of 64 KiB.
private struct BufferedOutput {
    private var bytes: [UInt8] = []

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        if bytes.count >= 1 << 16 { flush() }
    }

    mutating func flush() {
        FileHandle.standardOutput.write(Data(bytes))
        bytes.removeAll(keepingCapacity: true)
    }
}

/// Pieces of JSON.
private enum JSONText {
    /// A text in quotes, as RFC 8259 has it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    static func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
