import Glibc

/// The options that an allocator runs with: read back from the library where it answers, and the environment
/// variables that it listens to.
enum AllocatorOptions {
    static func readBack(kind: AllocatorKind) -> [String: String] {
        var options = environment(kind: kind)
        switch kind {
        case .jemalloc: jemalloc(into: &options)
        case .tcmalloc: tcmalloc(into: &options)
        case .mimalloc: mimalloc(into: &options)
        // glibc has no interface that reads options back: its environment is all that can be told.
        case .glibc, .other: break
        }
        return options
    }

    private static func environment(kind: AllocatorKind) -> [String: String] {
        let prefixes: [String] =
            switch kind {
            case .glibc: ["MALLOC_", "GLIBC_TUNABLES"]
            case .jemalloc: ["MALLOC_CONF"]
            case .mimalloc: ["MIMALLOC_"]
            case .tcmalloc: ["TCMALLOC_"]
            case .other: []
            }
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            entry += 1
            guard prefixes.contains(where: { pair.hasPrefix($0) }), let sign = pair.firstIndex(of: "=") else {
                continue
            }
            found["env.\(pair[..<sign])"] = String(pair[pair.index(after: sign)...])
        }
        return found
    }

    private static func jemalloc(into options: inout [String: String]) {
        guard let control = JemallocControl() else { return }
        let flags: [StaticString] = ["opt.background_thread", "opt.tcache", "opt.retain", "opt.abort"]
        let numbers: [StaticString] = ["opt.narenas"]
        let sizes: [StaticString] = [
            "opt.dirty_decay_ms", "opt.muzzy_decay_ms", "opt.tcache_max", "opt.oversize_threshold",
        ]
        let texts: [StaticString] = ["opt.thp", "opt.metadata_thp", "opt.percpu_arena", "opt.dss"]
        for name in flags { options["\(name)"] = control.value(name, false).map { "\($0)" } }
        for name in numbers { options["\(name)"] = control.value(name, UInt32(0)).map { "\($0)" } }
        for name in sizes { options["\(name)"] = control.value(name, Int(0)).map { "\($0)" } }
        for name in texts { options["\(name)"] = control.string(name) }
    }

    /// The main options of mimalloc by their number in `mi_option_t`. Releases move and rename them: only releases
    /// whose numbers are known are asked.
    static func mimallocNumbers(version: Int32) -> [(name: String, number: Int32)] {
        guard version == 209 else { return [] }
        return [
            ("eager_commit", 3), ("large_os_pages", 6), ("reserve_huge_os_pages", 7), ("reserve_os_memory", 9),
            ("page_reset", 11), ("abandoned_page_decommit", 12), ("eager_commit_delay", 14), ("decommit_delay", 15),
            ("use_numa_nodes", 16), ("allow_decommit", 22), ("segment_decommit_delay", 23),
            ("decommit_extend_delay", 24),
        ]
    }

    private static func mimalloc(into options: inout [String: String]) {
        guard let version = Symbol.function("mi_version", as: (@convention(c) () -> Int32).self),
            let read = Symbol.function("mi_option_get", as: (@convention(c) (Int32) -> Int).self)
        else { return }
        for (name, number) in mimallocNumbers(version: version()) { options["opt.\(name)"] = "\(read(number))" }
    }

    private static func tcmalloc(into options: inout [String: String]) {
        guard let read = TcmallocProperty() else { return }
        for name: StaticString in ["tcmalloc.max_total_thread_cache_bytes", "tcmalloc.aggressive_memory_decommit"] {
            options["\(name)"] = read.value(name).map { "\($0)" }
        }
    }
}
