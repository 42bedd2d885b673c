import GraphData

/// Writes graphs as N-Triples, in as many ways as the grammar has.
struct NTriplesWriting {
    var generator: TextGraphGenerator
    private let lineEnd: String

    init(seed: UInt64) {
        generator = TextGraphGenerator(seed: seed)
        lineEnd = ["\n", "\r\n", "\r", "\n\n", "\r\n\t\r\n"][generator.below(5)]
    }

    /// The statements of a graph. Names and link types are IRIs or `_:labels`; keys are what the source makes of
    /// predicate, language and datatype.
    ///
    /// - Parameter mixed: whether those of different entities are mixed; those of one keep their order.
    mutating func bytes(_ graph: TextGraph, mixed: Bool) -> [UInt8] {
        var lines: [[[UInt8]]] = graph.entities.map { entity in
            let subject = resource(entity.name)
            var lines: [[UInt8]] = []
            // An entity that nothing is said of can only be seen in another's statement.
            if entity.type != Text(NTriplesSource.untyped) {
                lines.append(line(subject, iri(Text(NTriplesSource.typePredicate)), resource(entity.type)))
            }
            for property in entity.properties {
                let (predicate, tag) = taken(property.key)
                lines.append(line(subject, iri(predicate), literal(property.value) + tag))
            }
            for link in entity.links { lines.append(line(subject, iri(link.type), resource(link.target))) }
            return lines
        }
        for index in lines.indices { lines[index].reverse() }
        var bytes: [UInt8] = []
        var left = lines.indices.filter { !lines[$0].isEmpty }
        while !left.isEmpty {
            let place = mixed ? generator.below(left.count) : 0
            bytes += lines[left[place]].removeLast()
            if lines[left[place]].isEmpty { left.remove(at: place) }
            if generator.chance(5) { bytes += Array("# a comment with \"quotes\" and é\(lineEnd)".utf8) }
            if !left.isEmpty || generator.chance(70) { bytes += Array(lineEnd.utf8) }
        }
        return bytes
    }

    /// A key as its predicate, and the tag of the literals that have it.
    private mutating func taken(_ key: Text) -> (predicate: Text, tag: [UInt8]) {
        if let marks = key.bytes.firstRange(of: Array("^^".utf8)) {
            return (
                Text(key.bytes[..<marks.lowerBound]), Array("^^".utf8) + iri(Text(key.bytes[marks.upperBound...]))
            )
        }
        guard let at = key.bytes.lastIndex(of: UInt8(ascii: "@")) else {
            let isExplicit = generator.chance(20)
            return (key, isExplicit ? Array("^^<\(NTriplesSource.stringDatatype)>".utf8) : [])
        }
        let language = key.bytes[(at + 1)...]
        return (Text(key.bytes[..<at]), language.isEmpty ? [] : [UInt8(ascii: "@")] + language)
    }

    private mutating func line(_ subject: [UInt8], _ predicate: [UInt8], _ object: [UInt8]) -> [UInt8] {
        func space(_ generator: inout TextGraphGenerator) -> [UInt8] {
            Array(["", " ", "\t", "  "][generator.below(4)].utf8)
        }
        var line = space(&generator)
        for part in [subject, predicate, object] { line += part + space(&generator) }
        line += Array(".".utf8) + space(&generator)
        return generator.chance(10) ? line + Array("# behind".utf8) : line
    }

    private mutating func resource(_ name: Text) -> [UInt8] {
        name.bytes.starts(with: Array("_:".utf8)) ? name.bytes : iri(name)
    }

    private mutating func iri(_ text: Text) -> [UInt8] {
        var bytes = Array("<".utf8)
        for scalar in text.string.unicodeScalars {
            bytes += generator.chance(10) ? escape(scalar) : Array(String(scalar).utf8)
        }
        return bytes + Array(">".utf8)
    }

    private mutating func literal(_ text: Text) -> [UInt8] {
        let short: [Unicode.Scalar: String] = [
            "\t": "\\t", "\u{8}": "\\b", "\n": "\\n", "\r": "\\r", "\u{C}": "\\f", "\"": "\\\"", "'": "\\'",
            "\\": "\\\\",
        ]
        var bytes = Array("\"".utf8)
        for scalar in text.string.unicodeScalars {
            let mustBeEscaped = "\"\\\n\r".unicodeScalars.contains(scalar)
            if let text = short[scalar], mustBeEscaped || generator.chance(50) {
                bytes += generator.chance(80) ? Array(text.utf8) : escape(scalar)
            } else {
                bytes += generator.chance(10) ? escape(scalar) : Array(String(scalar).utf8)
            }
        }
        return bytes + Array("\"".utf8)
    }

    /// A character as `\u` or `\U` and its digits.
    private mutating func escape(_ scalar: Unicode.Scalar) -> [UInt8] {
        let digits = String(scalar.value, radix: 16, uppercase: generator.chance(50))
        let isShort = scalar.value < 0x10000 && generator.chance(70)
        let zeros = String(repeating: "0", count: (isShort ? 4 : 8) - digits.count)
        return Array((isShort ? "\\u" : "\\U").utf8) + Array((zeros + digits).utf8)
    }
}
