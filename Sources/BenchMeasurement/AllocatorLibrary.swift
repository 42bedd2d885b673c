import Glibc

/// A malloc library found on this machine for an allocator's name.
public struct AllocatorLibrary: Sendable, Equatable, Codable {
    /// The name that arms and results use.
    public var name: String
    /// The file to preload, or nil for the C library's own malloc.
    public var path: String?

    public init(name: String, path: String?) {
        self.name = name
        self.path = path
    }

    /// File names to look for, best first, by allocator name.
    static let fileNames: [String: [String]] = [
        "jemalloc": ["libjemalloc.so.2"],
        "mimalloc": ["libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so.2.0"],
        "tcmalloc": ["libtcmalloc_minimal.so.4", "libtcmalloc_minimal.so"],
    ]

    /// The names that ``find(_:custom:)`` knows without help.
    public static var knownNames: [String] { ["glibc"] + fileNames.keys.sorted() }

    /// Finds the library for an allocator's name.
    ///
    /// - Parameters:
    ///   - name: `glibc`, `jemalloc`, `mimalloc`, `tcmalloc` or a key of `custom`.
    ///   - custom: libraries by name, as the user gave them; they win over the known ones.
    /// - Throws: when the name is not known, or its library is not on this machine.
    public static func find(
        _ name: String, custom: [String: String] = [:]
    ) throws(MeasurementError) -> AllocatorLibrary {
        if let path = custom[name] {
            guard let resolved = resolvedPath(path), access(resolved, R_OK) == 0 else {
                throw MeasurementError("the library of allocator '\(name)' cannot be read", source: path, errno: errno)
            }
            guard isSharedObject(resolved) else {
                throw MeasurementError("the library of allocator '\(name)' is not a shared object", source: path)
            }
            return AllocatorLibrary(name: name, path: resolved)
        }
        if name == "glibc" { return AllocatorLibrary(name: name, path: nil) }
        guard let candidates = fileNames[name] else {
            throw MeasurementError(
                "no library is known for allocator '\(name)'; known are \(knownNames.joined(separator: ", ")), and "
                    + "others can be given as NAME=PATH",
                source: "allocator")
        }
        for candidate in candidates {
            for folder in folders {
                if let resolved = resolvedPath("\(folder)/\(candidate)"), isSharedObject(resolved) {
                    return AllocatorLibrary(name: name, path: resolved)
                }
            }
        }
        for candidate in candidates {
            if let listed = loaderCache[candidate], let resolved = resolvedPath(listed) {
                return AllocatorLibrary(name: name, path: resolved)
            }
        }
        throw MeasurementError(
            "no library of allocator '\(name)' is installed (looked for \(candidates.joined(separator: ", ")))",
            source: "allocator")
    }

    private static var folders: [String] {
        #if arch(arm64)
            let triple = "aarch64-linux-gnu"
        #else
            let triple = "x86_64-linux-gnu"
        #endif
        return [
            "/usr/lib/\(triple)", "/lib/\(triple)", "/usr/local/lib", "/usr/local/lib64", "/usr/lib64", "/usr/lib",
            "/lib64", "/lib",
        ]
    }

    /// What `ldconfig -p` lists: file name to path. Empty where the program is missing.
    private static let loaderCache: [String: String] = {
        for program in ["/sbin/ldconfig", "/usr/sbin/ldconfig"] where access(program, X_OK) == 0 {
            guard let pipe = popen("\(program) -p 2>/dev/null", "re") else { continue }
            var text: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = fread(&chunk, 1, chunk.count, pipe)
                if count == 0 { break }
                text.append(contentsOf: chunk[..<count])
            }
            pclose(pipe)
            return parseLoaderCache(String(decoding: text, as: UTF8.self))
        }
        return [:]
    }()

    /// Lines of the form `libx.so.2 (libc6,x86-64) => /usr/lib/libx.so.2`; the first of a name wins.
    static func parseLoaderCache(_ text: String) -> [String: String] {
        var paths: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard let arrow = fields.firstIndex(of: "=>"), arrow + 1 < fields.count else { continue }
            let name = fields[0].trimmed
            if paths[name] == nil { paths[name] = String(fields[arrow + 1]) }
        }
        return paths
    }

    /// True for an ELF file of type ET_DYN.
    static func isSharedObject(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: 18)
        guard pread(descriptor, &header, header.count, 0) == header.count else { return false }
        return header[..<4] == [0x7F, 0x45, 0x4C, 0x46] && header[16] == 3
    }
}
