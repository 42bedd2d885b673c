/// The properties of an entity in words: what ``InternedProperties`` says by the ids of one interner.
///
/// It is `Codable`, so that Foundation's `JSONEncoder` and `JSONDecoder`, or any other coder, bring properties out and
/// in; this library itself needs neither.
///
/// ```swift
/// let texts = properties.texts { engine.text(of: $0) }
/// let json = try JSONEncoder().encode(texts)
/// let again = try InternedProperties(JSONDecoder().decode(PropertyTexts.self, from: json)) { text throws(StrataError) in
///     try engine.intern(text)
/// }
/// ```
///
/// Encoded, it is an object: `{"name": "dog", "gloss": ["a first value", "a second"]}`, a string for a key that has one
/// value and an array for one that has several. Texts are kept byte for byte. Coders compare the keys of objects as Swift
/// compares strings, by which differently encoded forms of a character are equal, and would lose one of two such keys:
/// properties that have them are encoded as an array of pairs, `[["é", "1"], ["é", "2"]]`. Both forms are
/// decoded.
public struct PropertyTexts: Sendable {
    /// A key and one of its values.
    public struct Pair: Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The pairs, in order; the values of a key are in the order in which they are its values.
    public var pairs: [Pair]

    public init(_ pairs: [Pair] = []) { self.pairs = pairs }

    /// Keys in the order of their first pair, byte for byte different, and the values of each.
    var grouped: [(key: String, values: [String])] {
        var groups: [(key: String, values: [String])] = []
        var places: [[UInt8]: Int] = [:]
        for pair in pairs {
            let bytes = Array(pair.key.utf8)
            if let place = places[bytes] {
                groups[place].values.append(pair.value)
            } else {
                places[bytes] = groups.count
                groups.append((pair.key, [pair.value]))
            }
        }
        return groups
    }
}

extension PropertyTexts: Equatable {
    /// Whether the pairs are the same, byte for byte and in the same order.
    public static func == (left: Self, right: Self) -> Bool { left.pairs == right.pairs }
}

extension PropertyTexts.Pair: Equatable {
    /// Whether both texts are the same, byte for byte.
    public static func == (left: Self, right: Self) -> Bool {
        left.key.utf8.elementsEqual(right.key.utf8) && left.value.utf8.elementsEqual(right.value.utf8)
    }
}

// MARK: Coding

extension PropertyTexts: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public func encode(to encoder: any Encoder) throws {
        let groups = grouped
        guard Set(groups.map(\.key)).count == groups.count else {
            var list = encoder.unkeyedContainer()
            for pair in pairs { try list.encode([pair.key, pair.value]) }
            return
        }
        var object = encoder.container(keyedBy: Key.self)
        for (key, values) in groups {
            if values.count == 1 {
                try object.encode(values[0], forKey: Key(stringValue: key))
            } else {
                try object.encode(values, forKey: Key(stringValue: key))
            }
        }
    }

    /// - Throws: `DecodingError` when there is neither an object of strings and arrays of strings nor an array of pairs of
    ///   strings. What is not UTF-8 is refused by the decoder.
    public init(from decoder: any Decoder) throws {
        var pairs: [Pair] = []
        if let object = try? decoder.container(keyedBy: Key.self) {
            for key in object.allKeys {
                let values: [String]
                if var list = try? object.nestedUnkeyedContainer(forKey: key) {
                    var several: [String] = []
                    while !list.isAtEnd { several.append(try list.decode(String.self)) }
                    values = several
                } else {
                    values = [try object.decode(String.self, forKey: key)]
                }
                for value in values { pairs.append(Pair(key: key.stringValue, value: value)) }
            }
        } else {
            var list = try decoder.unkeyedContainer()
            while !list.isAtEnd {
                var pair = try list.nestedUnkeyedContainer()
                let (key, value) = (try pair.decode(String.self), try pair.decode(String.self))
                guard pair.isAtEnd else {
                    throw DecodingError.dataCorruptedError(
                        in: pair, debugDescription: "a pair of key and value has a third element")
                }
                pairs.append(Pair(key: key, value: value))
            }
        }
        self.pairs = pairs
    }
}

extension InternedProperties {
    /// The properties in words.
    ///
    /// - Parameter text: the text of an id, such as ``StringInterner/text(of:)`` of the interner that gave the ids.
    public func texts(_ text: (InternedString) -> String) -> PropertyTexts {
        PropertyTexts(pairs.map { PropertyTexts.Pair(key: text($0.key), value: text($0.value)) })
    }

    /// The properties that are these texts.
    ///
    /// - Parameter intern: the id of a text, such as ``StringInterner/intern(_:)-(String)`` of the interner that the
    ///   properties will belong to.
    /// - Throws: what `intern` throws.
    public init(
        _ texts: PropertyTexts, intern: (String) throws(StrataError) -> InternedString
    ) throws(StrataError) {
        var pairs: [InternedProperty] = []
        pairs.reserveCapacity(texts.pairs.count)
        for pair in texts.pairs {
            pairs.append(InternedProperty(key: try intern(pair.key), value: try intern(pair.value)))
        }
        self.init(pairs)
    }
}
