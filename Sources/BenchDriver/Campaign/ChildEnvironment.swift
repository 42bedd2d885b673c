import Glibc

/// The environment of a child: the same for all arms but for the preload and the allocator's options, and of one length.
///
/// What a program finds on its stack moves with the length of its environment and the number of its variables, and
/// caches notice: so both are the same whatever the arm is.
enum ChildEnvironment {
    /// Variables that are passed on to a worker where the parent has them.
    private static let inherited = ["HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ"]
    /// The name of the variable that fills the environment up; with a number, of those that fill the list up.
    private static let padding = "STRATA_PADDING"
    /// All environments have a multiple of this length, in bytes with terminators.
    static let length = 4_096
    /// What an arm's own variables may take without making the environment longer than another arm's.
    private static let armLength = 1_024
    private static let armVariables = 8

    /// The environment of a worker: nothing is inherited but what a program needs to start.
    ///
    /// - Parameters:
    ///   - preload: the library to preload, or several with colons between them.
    ///   - allocatorKind: the allocator whose options these are.
    ///   - options: in the form of ``AllocatorVariables``; malformed ones, which a campaign refuses, set nothing.
    static func make(
        preload: String?, allocatorKind: String, options: String, parent: (String) -> String? = Self.variable
    ) -> [String] {
        var common: [String] = []
        for name in inherited {
            if let value = parent(name) { common.append("\(name)=\(value)") }
        }
        common.append("SWIFT_DETERMINISTIC_HASHING=1")
        return padded(common, own: own(preload, allocatorKind, options))
    }

    /// The environment of a user's own program: all of the parent's, and the arm's variables.
    ///
    /// - Parameter parent: the parent's environment, `NAME=value` each.
    static func full(
        preload: String?, allocatorKind: String, options: String, parent: [String] = Self.variables
    ) -> [String] {
        var preload = preload
        // The user's own preloads stay, behind the arm's.
        if let users = parent.first(where: { $0.hasPrefix("LD_PRELOAD=") })?.dropFirst("LD_PRELOAD=".count),
            !users.isEmpty
        {
            preload = preload.map { "\($0):\(users)" } ?? String(users)
        }
        let own = own(preload, allocatorKind, options)
        let names = Set(own.map { name(of: $0) } + ["LD_PRELOAD"])
        return padded(parent.filter { !names.contains(name(of: $0)) }, own: own)
    }

    private static func own(_ preload: String?, _ allocatorKind: String, _ options: String) -> [String] {
        let variables = (try? AllocatorVariables.parse(allocator: allocatorKind, options: options)) ?? []
        return (preload.map { ["LD_PRELOAD=\($0)"] } ?? []) + variables.map { "\($0.name)=\($0.value)" }
    }

    /// The variables with others behind them, so that neither their number nor their length tells the arm.
    private static func padded(_ common: [String], own: [String]) -> [String] {
        var pairs = common + own
        for number in 0..<max(0, armVariables - own.count) { pairs.append("\(padding)_\(number)=") }
        let filler = (0..<armVariables).reduce(0) { $0 + "\(padding)_\($1)=".utf8.count + 1 }
        let frame = padding.utf8.count + 2
        let allowed = bytes(common) + max(armLength, bytes(own)) + filler + frame
        let total = (allowed + length - 1) / length * length
        pairs.append("\(padding)=\(String(repeating: "x", count: total - bytes(pairs) - frame))")
        return pairs
    }

    private static func bytes(_ pairs: [String]) -> Int { pairs.reduce(0) { $0 + $1.utf8.count + 1 } }

    private static func name(of pair: String) -> Substring { pair.prefix { $0 != "=" } }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static var variables: [String] {
        var result: [String] = []
        var entry = environ
        while let text = entry.pointee {
            result.append(String(cString: text))
            entry += 1
        }
        return result
    }
}
