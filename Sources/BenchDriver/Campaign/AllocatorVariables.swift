/// The environment variables that hand options to an allocator.
///
/// | allocator | options | variables |
/// | --- | --- | --- |
/// | `jemalloc` | `dirty_decay_ms:0,narenas:2` | `MALLOC_CONF` |
/// | `glibc` | `glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0` | `GLIBC_TUNABLES` |
/// | `mimalloc` | `MIMALLOC_PURGE_DELAY=0`, or `purge_delay=0` for short | a variable each |
/// | `tcmalloc` | `TCMALLOC_RELEASE_RATE=5`, or `release_rate=5` for short | a variable each |
/// | any other | `NAME=value` | a variable each |
///
/// Pairs of variables are separated by spaces or commas. Only the form is checked: which options a release knows, it
/// alone can tell, and what it took is read back from it.
public enum AllocatorVariables {
    /// The variables for an allocator's options, none for empty options.
    ///
    /// - Throws: when the options do not have the form that the allocator reads.
    public static func parse(
        allocator: String, options: String
    ) throws(DriverError) -> [(name: String, value: String)] {
        guard !options.isEmpty else { return [] }
        switch allocator {
        case "jemalloc":
            for pair in options.split(separator: ",", omittingEmptySubsequences: false) {
                guard pair.wholeMatch(of: /[a-z0-9_]+:[^\s,]+/) != nil else {
                    throw malformed(pair, options, allocator, "key:value pairs separated by commas")
                }
            }
            return [("MALLOC_CONF", options)]
        case "glibc":
            for pair in options.split(separator: ":", omittingEmptySubsequences: false) {
                guard pair.wholeMatch(of: /glibc\.[a-z0-9_]+\.[a-z0-9_]+=[^\s:=]+/) != nil else {
                    throw malformed(pair, options, allocator, "glibc.malloc.NAME=value pairs separated by colons")
                }
            }
            return [("GLIBC_TUNABLES", options)]
        case "mimalloc": return try pairs(options, allocator, prefix: "MIMALLOC_")
        case "tcmalloc": return try pairs(options, allocator, prefix: "TCMALLOC_")
        default: return try pairs(options, allocator, prefix: nil)
        }
    }

    private static func pairs(
        _ options: String, _ allocator: String, prefix: String?
    ) throws(DriverError) -> [(name: String, value: String)] {
        let example = prefix.map { "\($0)NAME=value" } ?? "NAME=value"
        var result: [(name: String, value: String)] = []
        for pair in options.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let match = pair.wholeMatch(of: /([A-Za-z_][A-Za-z0-9_]*)=(\S*)/) else {
                throw malformed(pair, options, allocator, "\(example) pairs separated by spaces")
            }
            var name = String(match.1)
            if let prefix, !name.hasPrefix(prefix) {
                // Whoever writes a foreign variable in full does not mean an option of this allocator.
                guard name == name.lowercased() else {
                    throw malformed(pair, options, allocator, "\(example) pairs separated by spaces")
                }
                name = prefix + name.uppercased()
            }
            guard !result.contains(where: { $0.name == name }) else {
                throw malformed(pair, options, allocator, "each option once")
            }
            result.append((name, String(match.2)))
        }
        guard !result.isEmpty else { throw malformed(options[...], options, allocator, "\(example) pairs") }
        return result
    }

    private static func malformed(
        _ part: Substring, _ options: String, _ allocator: String, _ form: String
    ) -> DriverError {
        DriverError(
            "the options `\(options)` of the allocator `\(allocator)` cannot be read at `\(part)`; give \(form)")
    }
}
