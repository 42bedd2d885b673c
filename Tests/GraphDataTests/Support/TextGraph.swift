import Foundation
import GraphData

/// A text by its bytes: strings that are canonically equivalent are not the same here.
struct Text: Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    let bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
    init(_ string: String) { bytes = Array(string.utf8) }
    init(stringLiteral string: String) { self.init(string) }

    var string: String { String(decoding: bytes, as: UTF8.self) }
    var description: String { string.debugDescription }

    static func < (left: Text, right: Text) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// A graph as plain texts: what goes into a file of a test, and what must come out of it.
struct TextGraph: Equatable {
    struct Property: Equatable {
        var key: Text
        var value: Text
    }

    struct Link: Equatable {
        var type: Text
        /// The name of the entity that it leads to.
        var target: Text
    }

    struct Entity: Equatable {
        var name: Text
        var type: Text
        var properties: [Property] = []
        var links: [Link] = []
    }

    var entities: [Entity] = []

    /// The same with properties by rising key, those of one key in their order: what a file need not keep.
    var sortedByKey: TextGraph {
        var result = self
        for index in result.entities.indices {
            let keys = Set(result.entities[index].properties.map(\.key)).sorted()
            let properties = result.entities[index].properties
            result.entities[index].properties = keys.flatMap { key in properties.filter { $0.key == key } }
        }
        return result
    }

    /// The same with entities by rising name.
    var sortedByName: TextGraph {
        var result = self
        result.entities.sort { $0.name < $1.name }
        return result
    }
}

/// Keeps what a source sends as texts.
struct TextGraphSink: GraphTextSink {
    private var graph = TextGraph()
    private var targets: [[UInt32]] = []
    private(set) var isOpen = false
    /// Calls that came where they must not.
    private(set) var faults = 0

    /// The whole of a source, and what it says of itself.
    static func read(_ source: some GraphTextSource) throws(GraphDataError) -> (TextGraph, TextImportSummary) {
        var sink = TextGraphSink()
        let summary = try source.stream(texts: &sink, progress: { _ in })
        return (sink.finished, summary)
    }

    /// The graph, with the names of targets in the place of their rows.
    private var finished: TextGraph {
        var result = graph
        for (row, targets) in targets.enumerated() {
            for (index, target) in targets.enumerated() {
                result.entities[row].links[index].target = graph.entities[Int(target)].name
            }
        }
        return faults == 0 && !isOpen ? result : TextGraph()
    }

    mutating func entity(type: UnsafeBufferPointer<UInt8>, name: UnsafeBufferPointer<UInt8>) {
        faults += isOpen ? 1 : 0
        isOpen = true
        graph.entities.append(TextGraph.Entity(name: Text(name), type: Text(type)))
        targets.append([])
    }

    mutating func property(_ key: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        faults += isOpen ? 0 : 1
        graph.entities[graph.entities.count - 1].properties.append(
            TextGraph.Property(key: Text(key), value: Text(value)))
    }

    mutating func relationship(_ type: UnsafeBufferPointer<UInt8>, to target: UInt32) {
        faults += isOpen ? 0 : 1
        graph.entities[graph.entities.count - 1].links.append(TextGraph.Link(type: Text(type), target: ""))
        targets[targets.count - 1].append(target)
    }

    mutating func endEntity() {
        faults += isOpen ? 0 : 1
        isOpen = false
    }
}

extension TextGraph {
    /// What any source sends to a sink that numbers texts.
    init(_ source: some GraphSource) throws(GraphDataError) {
        let model = try ModelSink(source)
        func text(_ id: UInt32) -> Text { Text(model.strings[Int(id)]) }
        for record in model.records {
            entities.append(
                Entity(
                    name: record.name.map(text) ?? "", type: text(record.type),
                    properties: record.properties.map { Property(key: text($0.key), value: text($0.value)) },
                    links: record.relationships.map {
                        Link(type: text($0.type), target: model.records[Int($0.target)].name.map(text) ?? "")
                    }))
        }
    }
}

/// Makes graphs and texts for tests, from a seed.
struct TextGraphGenerator {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    mutating func chance(_ share: Int) -> Bool { below(100) < share }

    /// A text of what is awkward in files: quotes, commas, line ends, controls, other scripts.
    mutating func text(upTo length: Int) -> Text {
        let pieces = [
            "a", "b", "Z", "0", " ", ",", "\"", "\"\"", "\n", "\r", "\r\n", "\t", "\\", "\u{8}", "\u{C}", "\0", "'",
            ";",
            "é", "e\u{301}", "ß", "漢字", "\u{1F600}", "\u{10FFFF}", "\u{FEFF}", "<", ">", "\\u0041", "@en", "^^", ".",
            "word", "a longer piece of text that needs more than one machine word",
        ]
        return Text((0..<below(length + 1)).map { _ in pieces[below(pieces.count)] }.joined())
    }

    /// A graph whose names, types and keys come from `name`, which must give as many as are asked of it.
    mutating func graph(
        entities: Int, keys: [Text], types: [Text], linkTypes: [Text], name: (inout Self, Int) -> Text
    ) -> TextGraph {
        var graph = TextGraph()
        for index in 0..<entities {
            graph.entities.append(
                TextGraph.Entity(name: name(&self, index), type: types[below(types.count)]))
            for key in keys where chance(60) {
                for _ in 0..<(chance(20) ? 3 : 1) {
                    graph.entities[index].properties.append(TextGraph.Property(key: key, value: text(upTo: 6)))
                }
            }
        }
        for index in 0..<entities {
            // Now and then a hub.
            for _ in 0..<(chance(10) ? below(40) : below(4)) {
                let target = graph.entities[below(entities)].name
                graph.entities[index].links.append(
                    TextGraph.Link(type: linkTypes[below(linkTypes.count)], target: target))
            }
        }
        return graph
    }
}

/// How many random cases a property test tries: more when STRATA_LONG is set.
let randomCases: Range<UInt64> = 0..<(ProcessInfo.processInfo.environment["STRATA_LONG"] == nil ? 30 : 3_000)
