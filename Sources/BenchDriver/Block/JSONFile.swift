import Foundation
import Glibc

/// JSON files that parent and child exchange: written under another name first, so that a reader never sees half.
enum JSONFile {
    static func read<T: Decodable>(_ type: T.Type, from path: String) throws(DriverError) -> T {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw DriverError("\(path): cannot be read: \(reason(error))")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw DriverError("\(path): does not hold a \(type): \(reason(error))")
        }
    }

    static func write(_ value: some Encodable, to path: String) throws(DriverError) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try encoder.encode(value).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DriverError("\(path): cannot be written: \(reason(error))")
        }
    }

    /// Why it failed, in a few words without a final stop.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? DecodingError { return reason(error) }
        if let error = error as? EncodingError, case .invalidValue(_, let context) = error {
            return "the value at \(place(context.codingPath)) cannot be written as JSON"
        }
        // The system's own words, which Foundation wraps, are the clearest.
        let wrapped = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
        for error in [wrapped, error].compactMap({ $0 }) {
            if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
            let error = error as NSError
            if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        }
        if let error = error as? CocoaError {
            switch error.code {
            case .fileReadNoSuchFile, .fileNoSuchFile: return "there is no such file"
            case .fileReadNoPermission, .fileWriteNoPermission: return "permission is denied"
            case .fileWriteOutOfSpace: return "no space is left on the disk"
            default: break
            }
        }
        return "the file system refused it"
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            return "the key `\(key.stringValue)` is missing at \(place(context.codingPath))"
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return "a value of type \(type) is expected at \(place(context.codingPath))"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is not JSON" : "the value at \(place(context.codingPath)) is not valid"
        @unknown default:
            return "it is not the JSON that is expected"
        }
    }

    /// `scenario.phases[2].name`, or `the top`.
    private static func place(_ path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text.isEmpty ? "the top" : "`\(text)`"
    }
}
