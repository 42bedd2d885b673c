import CStrata
import Glibc

/// The family of a malloc library, told by what it exports.
public enum AllocatorKind: String, Sendable, Codable, CaseIterable {
    case glibc
    case jemalloc
    case mimalloc
    case tcmalloc
    /// A library of none of the known families.
    case other
}

/// Which library owns `malloc` in this process: found by asking the loader, and checked against the process's map.
public struct AllocatorIdentity: Sendable, Equatable, Codable {
    public var kind: AllocatorKind
    /// The mapped file that holds `malloc`, symbolic links resolved.
    public var path: String
    /// The version that the library itself tells, or nil where it tells none.
    public var version: String?
    /// Options as the library reads them back (`opt.narenas`), and those set in the environment (`env.MALLOC_CONF`).
    public var options: [String: String]

    public init(kind: AllocatorKind, path: String, version: String?, options: [String: String]) {
        self.kind = kind
        self.path = path
        self.version = version
        self.options = options
    }

    /// The options as one line, sorted by name: `env.MALLOC_ARENA_MAX=2`. `defaults` where nothing was set and the
    /// library tells nothing.
    public var optionsText: String {
        guard !options.isEmpty else { return "defaults" }
        return options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    /// Identifies the owner of `malloc`.
    ///
    /// The address that a call of `malloc` reaches is looked up twice: by the loader's own table and in
    /// `/proc/self/maps`. Disagreement is an error, since then nothing is proven.
    public static func ofProcess() throws(MeasurementError) -> AllocatorIdentity {
        let owner = try SymbolOwner.find("malloc")
        guard
            let mapped = try MemoryMapping.ofProcess().first(where: {
                $0.start <= owner.address && owner.address < $0.end
            })
        else {
            throw MeasurementError("no mapping holds the address of malloc", source: "/proc/self/maps")
        }
        guard mapped.path == owner.path else {
            throw MeasurementError(
                "the address of malloc lies in '\(mapped.path)', but the loader names '\(owner.path)'",
                source: "/proc/self/maps")
        }
        return ofLibrary(at: owner.path)
    }

    /// The identity of a loaded library that serves `malloc`, given by its path without symbolic links.
    static func ofLibrary(at path: String) -> AllocatorIdentity {
        let kind = kind(ofLibraryAt: path)
        return AllocatorIdentity(
            kind: kind, path: path, version: version(of: kind), options: AllocatorOptions.readBack(kind: kind))
    }

    /// True when `path` names the same file as this identity.
    public func isLibrary(at path: String) -> Bool {
        guard let resolved = resolvedPath(path) else { return false }
        return resolved == self.path
    }

    private static func kind(ofLibraryAt path: String) -> AllocatorKind {
        // A family's own symbol counts only where the same file owns it: another allocator may be loaded, unused.
        func owns(_ symbol: String) -> Bool { (try? SymbolOwner.find(symbol))?.path == path }
        if owns("gnu_get_libc_version") { return .glibc }
        if owns("mallctl") { return .jemalloc }
        if owns("mi_version") { return .mimalloc }
        if owns("tc_version") { return .tcmalloc }
        return .other
    }

    private static func version(of kind: AllocatorKind) -> String? {
        switch kind {
        case .glibc:
            return String(cString: strata_libc_version())
        case .jemalloc:
            return JemallocControl()?.string("version")
        case .mimalloc:
            guard let function = Symbol.function("mi_version", as: (@convention(c) () -> Int32).self) else {
                return nil
            }
            return mimallocVersion(function())
        case .tcmalloc:
            typealias Version =
                @convention(c) (
                    UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?,
                    UnsafeMutablePointer<UnsafePointer<CChar>?>?
                ) -> UnsafePointer<CChar>?
            guard let function = Symbol.function("tc_version", as: Version.self) else { return nil }
            return function(nil, nil, nil).map { String(cString: $0) }
        case .other:
            return nil
        }
    }

    /// mimalloc counts 209 for 2.0.9; longer numbers are given as they are.
    static func mimallocVersion(_ number: Int32) -> String {
        guard (100..<1000).contains(number) else { return String(number) }
        return "\(number / 100).\(number / 10 % 10).\(number % 10)"
    }
}

/// A symbol's address and the mapped file that defines it.
struct SymbolOwner {
    let path: String
    let address: UInt64

    static func find(_ symbol: String) throws(MeasurementError) -> SymbolOwner {
        let capacity = Int(PATH_MAX) + 1
        var address: UInt64 = 0
        var status: Int32 = 0
        let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer -> String in
            status = strata_symbol_owner(symbol, buffer.baseAddress!, capacity, &address)
            return status == 0 ? String(cString: buffer.baseAddress!) : ""
        }
        guard status == 0 else {
            throw MeasurementError(
                status == -1 ? "the symbol '\(symbol)' is not defined" : "no file is known for '\(symbol)'",
                source: "dlsym")
        }
        guard let resolved = resolvedPath(path) else {
            throw MeasurementError("the path of '\(symbol)' cannot be resolved", source: path, errno: errno)
        }
        return SymbolOwner(path: resolved, address: address)
    }
}

/// Functions that exist only under some allocators, looked up at run time.
enum Symbol {
    static func function<T>(_ name: String, as type: T.Type) -> T? {
        guard let address = dlsym(nil, name) else { return nil }
        return unsafeBitCast(address, to: type)
    }
}

/// The absolute path without symbolic links, or nil when nothing is there.
func resolvedPath(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
}
