import Foundation
import Strata

/// The answer to a question, as JSON for programs and as text for people.
enum QueryAnswer {
    case entity(ZeroCopyEntityInfo)
    case neighbors([ZeroCopyNeighbor])
    case path([ZeroCopyEntityName]?)
    case paths([[ZeroCopyEntityName]])
    case hops([Int])
    case found([ZeroCopyEntityName])
    case similar([ZeroCopySearchResult])
    case top([ZeroCopyDegree])

    /// For people: one thing a line.
    var text: String {
        switch self {
        case .entity(let entity):
            var rows = [
                ["id", "\(entity.id)"], ["name", entity.name ?? "-"], ["type", entity.type],
                ["degree", "\(entity.degree)"],
            ]
            for property in entity.properties {
                rows.append([property.key, property.values.joined(separator: ", ")])
            }
            return Terminal.columns(rows)
        case .neighbors(let neighbors):
            return neighbors.isEmpty ? "none" : Terminal.columns(neighbors.map { [$0.type, $0.name ?? "\($0.id)"] })
        case .path(let path): return path.map(Self.line) ?? "no path"
        case .paths(let paths): return paths.isEmpty ? "no path" : paths.map(Self.line).joined(separator: "\n")
        case .hops(let levels):
            return Terminal.columns(levels.enumerated().map { ["\($0.offset)", "\($0.element)"] })
                + "\n\(levels.reduce(0, +)) entities"
        case .found(let found):
            return found.isEmpty ? "none" : found.map { $0.name ?? "\($0.id)" }.joined(separator: "\n")
        case .similar(let results):
            return results.isEmpty
                ? "none" : Terminal.columns(results.map { [String(format: "%.6f", $0.score), $0.name ?? "\($0.id)"] })
        case .top(let results):
            return results.isEmpty ? "none" : Terminal.columns(results.map { ["\($0.degree)", $0.name ?? "\($0.id)"] })
        }
    }

    private static func line(_ path: [ZeroCopyEntityName]) -> String {
        path.map { $0.name ?? "\($0.id)" }.joined(separator: " ")
    }
}

extension QueryAnswer: Encodable {
    private enum Key: String, CodingKey {
        case id, name, type, degree, properties, neighbors, path, paths, levels, count, results, score
    }

    /// A key that comes from the data.
    private struct PropertyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Row: Encodable {
        let id: UInt32
        let name: String
        var type: String?
        var degree: Int?
        var score: Double?
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        switch self {
        case .entity(let entity):
            try values.encode(entity.id, forKey: .id)
            try values.encode(entity.name ?? "\(entity.id)", forKey: .name)
            try values.encode(entity.type, forKey: .type)
            try values.encode(entity.degree, forKey: .degree)
            var properties = values.nestedContainer(keyedBy: PropertyKey.self, forKey: .properties)
            for property in entity.properties {
                // One value is text; several are a list.
                let key = PropertyKey(stringValue: property.key)
                if property.values.count == 1 {
                    try properties.encode(property.values[0], forKey: key)
                } else {
                    try properties.encode(property.values, forKey: key)
                }
            }
        case .neighbors(let neighbors):
            try values.encode(
                neighbors.map { Row(id: $0.id, name: Self.name($0.name, $0.id), type: $0.type) }, forKey: .neighbors)
        case .path(let path):
            try values.encode((path ?? []).map { Self.name($0.name, $0.id) }, forKey: .path)
        case .paths(let paths):
            try values.encode(paths.map { path in path.map { Self.name($0.name, $0.id) } }, forKey: .paths)
        case .hops(let levels):
            try values.encode(levels, forKey: .levels)
            try values.encode(levels.reduce(0, +), forKey: .count)
        case .found(let found):
            try values.encode(found.map { Row(id: $0.id, name: Self.name($0.name, $0.id)) }, forKey: .results)
        case .similar(let results):
            try values.encode(
                results.map { Row(id: $0.id, name: Self.name($0.name, $0.id), score: $0.score) }, forKey: .results)
        case .top(let results):
            try values.encode(
                results.map { Row(id: $0.id, name: Self.name($0.name, $0.id), degree: $0.degree) }, forKey: .results)
        }
    }

    /// An entity without an external name is called by its number.
    private static func name(_ name: String?, _ id: UInt32) -> String { name ?? "\(id)" }
}
