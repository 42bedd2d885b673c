import Glibc

/// The options that an allocator runs with: read back from the library where it answers, and the environment
/// variables that it listens to.
enum AllocatorOptions {
    static func readBack(kind: AllocatorKind) -> [String: String] {
        var options = environment(kind: kind)
        switch kind {
        case .jemalloc: jemalloc(into: &options)
        case .tcmalloc: tcmalloc(into: &options)
        // glibc and mimalloc have no stable interface that reads options back by name.
        case .glibc, .mimalloc, .other: break
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

    private static func tcmalloc(into options: inout [String: String]) {
        guard let read = TcmallocProperty() else { return }
        for name: StaticString in ["tcmalloc.max_total_thread_cache_bytes", "tcmalloc.aggressive_memory_decommit"] {
            options["\(name)"] = read.value(name).map { "\($0)" }
        }
    }
}
