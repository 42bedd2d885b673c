import Glibc

/// Looks for programs as a shell does.
public enum ToolSearch {
    /// The path of a program in one of the folders of `PATH`, or nil.
    public static func find(_ name: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in folders.split(separator: ":") {
            let path = "\(folder)/\(name)"
            if access(path, X_OK) == 0 { return path }
        }
        return nil
    }
}
