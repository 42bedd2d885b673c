import GraphData

/// Writes graphs as CSV, in as many ways as the format has.
struct CSVWriting {
    var generator: TextGraphGenerator
    /// Whether fields are quoted at random where they need not be.
    var quotesAtRandom = true
    var weights: [String]? = ["1", "", "1.0", "0.5", "-3e2"]
    private var lineEnd: String

    init(seed: UInt64) {
        generator = TextGraphGenerator(seed: seed)
        lineEnd = generator.chance(50) ? "\r\n" : "\n"
    }

    /// The bytes of `entities.csv`. A key that an entity has several times takes several columns.
    mutating func entities(_ graph: TextGraph) -> [UInt8] {
        var columns: [(key: Text, place: Int)] = []
        var keys: [Text] = []
        for key in graph.entities.flatMap({ $0.properties.map(\.key) }) where !keys.contains(key) { keys.append(key) }
        for key in keys {
            let most = graph.entities.map { entity in entity.properties.count { $0.key == key } }.max() ?? 0
            columns += (0..<most).map { (key, $0) }
        }
        var rows: [[Text?]] = [["id", "type"] + columns.map(\.key)]
        for entity in graph.entities {
            var row: [Text?] = [entity.name, entity.type]
            for column in columns {
                let values = entity.properties.filter { $0.key == column.key }.map(\.value)
                row.append(column.place < values.count ? values[column.place] : nil)
            }
            rows.append(row)
        }
        return bytes(rows)
    }

    /// The bytes of `relationships.csv`, those of different sources mixed; and how many have a weight other than 1.
    mutating func relationships(_ graph: TextGraph, mixed: Bool) -> (bytes: [UInt8], weighted: Int) {
        var next = Array(repeating: 0, count: graph.entities.count)
        var left = graph.entities.indices.filter { !graph.entities[$0].links.isEmpty }
        var rows: [[Text?]] = [["source", "type", "target"] + (weights == nil ? [] : ["weight"])]
        var weighted = 0
        while !left.isEmpty {
            let place = mixed ? generator.below(left.count) : 0
            let row = left[place]
            let link = graph.entities[row].links[next[row]]
            var fields: [Text?] = [graph.entities[row].name, link.type, link.target]
            if let weights {
                let weight = weights[generator.below(weights.count)]
                weighted += ["0.5", "-3e2"].contains(weight) ? 1 : 0
                fields.append(weight.isEmpty ? nil : Text(weight))
            }
            rows.append(fields)
            next[row] += 1
            if next[row] == graph.entities[row].links.count { left.remove(at: place) }
        }
        return (bytes(rows), weighted)
    }

    /// Records as bytes; a field that is nil is empty and without quotes.
    private mutating func bytes(_ rows: [[Text?]]) -> [UInt8] {
        var bytes: [UInt8] = generator.chance(20) ? [0xEF, 0xBB, 0xBF] : []
        for (index, row) in rows.enumerated() {
            for (column, field) in row.enumerated() {
                if column > 0 { bytes.append(UInt8(ascii: ",")) }
                if let field { append(field, to: &bytes) }
            }
            // The last record may end with the file.
            if index + 1 < rows.count || generator.chance(70) { bytes += Array(lineEnd.utf8) }
        }
        return bytes
    }

    private mutating func append(_ field: Text, to bytes: inout [UInt8]) {
        let special = Array("\",\r\n".utf8)
        let needsQuotes = field.bytes.isEmpty || field.bytes.contains { special.contains($0) }
        guard needsQuotes || quotesAtRandom && generator.chance(20) else {
            bytes += field.bytes
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in field.bytes { bytes += byte == UInt8(ascii: "\"") ? [byte, byte] : [byte] }
        bytes.append(UInt8(ascii: "\""))
    }
}
