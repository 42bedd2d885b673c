import Foundation

/// How a program is found by its name. Tests put another one in place of the search path.
public struct ExecutableLookup: Sendable {
    /// The absolute path of a program, or nil when there is none.
    public let find: @Sendable (_ name: String) -> String?

    /// A lookup by a function of one's own.
    public init(_ find: @escaping @Sendable (_ name: String) -> String?) { self.find = find }

    /// The first executable file of that name in the folders of a search path, `folder:folder...`.
    public static func searching(_ path: String) -> ExecutableLookup {
        ExecutableLookup { name in
            for folder in path.split(separator: ":") {
                let candidate = "\(folder)/\(name)"
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue,
                    FileManager.default.isExecutableFile(atPath: candidate)
                {
                    return candidate
                }
            }
            return nil
        }
    }

    /// The search path of this process.
    public static var environment: ExecutableLookup {
        searching(ProcessInfo.processInfo.environment["PATH"] ?? "")
    }
}
