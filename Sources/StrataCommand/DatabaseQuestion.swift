import Foundation
import Strata

/// A question to a database: what one entity has is looked up in place; for what goes through the whole graph it is written as a
/// snapshot first, which is removed again.
final class DatabaseQuestion {
    private let database: GraphDatabase
    private var copy: String?

    /// Nil when the path is not that of a folder.
    init?(_ path: String) throws(StrataError) {
        guard try RealFileSystem().kind(of: path) == .folder else { return nil }
        database = try GraphDatabase(reading: path)
    }

    deinit { if let copy { try? FileManager.default.removeItem(atPath: copy) } }

    /// The answer; nil when ``snapshot()`` has to be asked.
    func answer(
        _ verb: QueryCommand.Verb, _ words: [String], type: String?, _ direction: Direction
    ) throws(StrataError) -> QueryAnswer? {
        let reader = try database.reader()
        switch verb {
        case .entity: return .entity(try reader.entity(try reader.requireID(words[0]))!)
        case .neighbors:
            return .neighbors(try reader.neighbors(of: try reader.requireID(words[0]), type: type, direction))
        case .find: return .found(try reader.find(words[0], words[1]))
        default: return nil
        }
    }

    /// The path of a snapshot that has what the database has, for as long as this lives.
    func snapshot() throws(StrataError) -> String {
        if let copy { return copy }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString).strata")
            .path
        try database.backup(to: path)
        copy = path
        return path
    }
}
