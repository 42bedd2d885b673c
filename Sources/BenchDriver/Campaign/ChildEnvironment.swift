import Glibc

/// The environment of a worker process: the same for all arms but for the preload, and of one length.
///
/// What a program finds on its stack moves with the length of its environment, and caches notice: so the length is
/// the same whatever the arm is and whoever runs it. Nothing is inherited but what a program needs to start.
enum ChildEnvironment {
    /// Variables that are passed on where the parent has them.
    private static let inherited = ["HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ"]
    /// The name of the variable that fills the environment up.
    private static let padding = "STRATA_PADDING"
    /// All environments have a multiple of this length, in bytes with terminators.
    static let length = 4_096

    /// The environment for an allocator's library and options.
    static func make(
        preload: String?, allocatorKind: String, options: String, parent: (String) -> String? = Self.variable
    ) -> [String] {
        var pairs: [String] = []
        for name in inherited {
            if let value = parent(name) { pairs.append("\(name)=\(value)") }
        }
        pairs.append("SWIFT_DETERMINISTIC_HASHING=1")
        if let preload { pairs.append("LD_PRELOAD=\(preload)") }
        if !options.isEmpty, allocatorKind == "jemalloc" { pairs.append("MALLOC_CONF=\(options)") }
        let used = pairs.reduce(0) { $0 + $1.utf8.count + 1 }
        let frame = padding.utf8.count + 2
        let total = (used + frame + length - 1) / length * length
        pairs.append("\(padding)=\(String(repeating: "x", count: total - used - frame))")
        return pairs
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
