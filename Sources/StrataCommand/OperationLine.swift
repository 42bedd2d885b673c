import Foundation
import Strata

/// One operation as a line of JSON tells it.
struct OperationLine {
    private enum Operation: String, CaseIterable {
        case insert, update, delete, relate, unrelate

        var keys: [String] {
            switch self {
            case .insert: ["op", "id", "name", "type", "properties", "embedding"]
            case .update: ["op", "id", "type", "properties", "embedding"]
            case .delete: ["op", "id"]
            case .relate, .unrelate: ["op", "source", "id", "from", "type", "target", "to"]
            }
        }
    }

    private let operation: Operation
    private let values: [String: Any]

    /// - Throws: one sentence about what is wrong.
    init(_ bytes: ArraySlice<UInt8>) throws {
        let object: Any
        do { object = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) } catch {
            throw Self.wrong("this is no JSON")
        }
        guard let values = object as? [String: Any] else { throw Self.wrong("this is no JSON object") }
        guard let word = values["op"] as? String else { throw Self.wrong("`op` is missing") }
        guard let operation = Operation(rawValue: word) else {
            let known = Operation.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong("`op` is `\(word)`, and not one of \(known)")
        }
        for key in values.keys.sorted() where !operation.keys.contains(key) {
            throw Self.wrong("`\(word)` has no `\(key)`; it has \(operation.keys.dropFirst().joined(separator: ", "))")
        }
        self.operation = operation
        self.values = values
    }

    private static func wrong(_ what: String) -> StrataError { StrataError(.invalidArgument, what) }

    /// Makes the change.
    func apply(_ transaction: inout DatabaseTransaction) throws(StrataError) {
        switch operation {
        case .insert: try insert(&transaction)
        case .update:
            let id = try entity(["id"], transaction)
            try transaction.update(id, try change())
        case .delete: try transaction.delete(try entity(["id"], transaction))
        case .relate, .unrelate:
            let source = try entity(["source", "id", "from"], transaction)
            let target = try entity(["target", "to"], transaction)
            let type = try requiredText("type")
            if operation == .relate {
                try transaction.relate(source, type, target)
            } else {
                try transaction.unrelate(source, type, target)
            }
        }
    }

    private func insert(_ transaction: inout DatabaseTransaction) throws(StrataError) {
        var entity = EntityText(type: try requiredText("type"), name: try text("name"))
        var number: UInt32?
        switch values["id"] {
        case nil: break
        case let name as String:
            guard entity.name == nil else { throw Self.wrong("`id` and `name` are both text; give one of them") }
            entity.name = name
        case let value?: number = try Self.number(value, "id")
        }
        for (key, texts) in try properties() {
            for value in texts { entity.properties.append(PropertyText(key, value)) }
        }
        entity.embedding = try embedding() ?? []
        try transaction.insert(entity, id: number)
    }

    private func change() throws(StrataError) -> EntityChange {
        EntityChange(type: try text("type"), properties: try properties(), embedding: try embedding())
    }

    // MARK: - Values

    /// The entity that the first of these keys names.
    private func entity(
        _ keys: [String], _ transaction: borrowing DatabaseTransaction
    ) throws(StrataError) -> UInt32 {
        guard let key = keys.first(where: { values[$0] != nil }), let value = values[key] else {
            throw Self.wrong("`\(keys[0])` is missing")
        }
        if let text = value as? String { return try transaction.requireID(text) }
        return try Self.number(value, key)
    }

    private func text(_ key: String) throws(StrataError) -> String? {
        guard let value = values[key] else { return nil }
        guard let text = value as? String else { throw Self.wrong("`\(key)` is no text") }
        return text
    }

    private func requiredText(_ key: String) throws(StrataError) -> String {
        guard let text = try text(key) else { throw Self.wrong("`\(key)` is missing") }
        return text
    }

    private static func number(_ value: Any, _ key: String) throws(StrataError) -> UInt32 {
        guard let number = value as? NSNumber, !isTruth(number), let id = UInt32(number.stringValue) else {
            throw wrong("`\(key)` is no text and no number from 0 to 4294967294")
        }
        return id
    }

    /// The values of each property; none for one that is to go.
    private func properties() throws(StrataError) -> [String: [String]] {
        guard let value = values["properties"] else { return [:] }
        guard let object = value as? [String: Any] else { throw Self.wrong("`properties` is no object") }
        var properties: [String: [String]] = [:]
        for (key, value) in object {
            var texts: [String] = []
            for value in value as? [Any] ?? (value is NSNull ? [] : [value]) {
                switch value {
                case let text as String: texts.append(text)
                case let number as NSNumber:
                    texts.append(Self.isTruth(number) ? (number.boolValue ? "true" : "false") : number.stringValue)
                default: throw Self.wrong("the property `\(key)` is no text, and no list of texts")
                }
            }
            properties[key] = texts
        }
        return properties
    }

    private func embedding() throws(StrataError) -> [Float]? {
        guard let value = values["embedding"] else { return nil }
        if value is NSNull { return [] }
        guard let list = value as? [Any] else { throw Self.wrong("`embedding` is no list of numbers") }
        var numbers: [Float] = []
        numbers.reserveCapacity(list.count)
        for value in list {
            guard let number = value as? NSNumber, !Self.isTruth(number) else {
                throw Self.wrong("`embedding` is no list of numbers")
            }
            numbers.append(number.floatValue)
        }
        return numbers
    }

    /// Whether a number is really `true` or `false`.
    private static func isTruth(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
