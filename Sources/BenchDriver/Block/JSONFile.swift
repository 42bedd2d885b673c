import Foundation

/// JSON files that parent and child exchange: written under another name first, so that a reader never sees half.
enum JSONFile {
    static func read<T: Decodable>(_ type: T.Type, from path: String) throws(DriverError) -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw DriverError("\(path): cannot be read as a \(type): \(error)")
        }
    }

    static func write(_ value: some Encodable, to path: String) throws(DriverError) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try encoder.encode(value).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DriverError("\(path): cannot be written: \(error)")
        }
    }
}
