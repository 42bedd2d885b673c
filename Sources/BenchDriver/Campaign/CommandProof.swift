import BenchMeasurement
import Glibc

/// The proof that a running program has the allocator that it was given, seen from outside.
///
/// The evidence is the map of the living process, or of one that it has started: an arm's library must be mapped
/// there, and for the C library's own malloc none of the known others may be. It is looked for without pause while the
/// program begins, when the loader maps its libraries, and given up with the program's end. A program that was over
/// before it could be looked at is judged by the loader's own list of what it would map.
///
/// What this cannot see is an allocator that is linked into the program itself under names of its own.
struct CommandProof {
    /// Beginnings of file names of libraries that bring a malloc of their own.
    private static let known = ["libjemalloc", "libmimalloc", "libtcmalloc", "libsnmalloc", "librpmalloc", "libhoard"]

    private let library: AllocatorLibrary
    /// The mapped file that shows the arm's allocator; the C library's where that is the arm's.
    private(set) var evidence: String?
    /// Another allocator's file in an arm that should have none.
    private(set) var stranger: String?

    init(_ library: AllocatorLibrary) { self.library = library }

    /// Whether nothing more needs to be looked at. The C library's arm never is: another allocator may be mapped yet.
    var isDone: Bool { library.path != nil ? evidence != nil : stranger != nil }

    /// Looks at the maps of a process and those that it has started.
    mutating func look(at process: pid_t) {
        for member in ProcessFile.family(of: process) { judge(ProcessFile.mappedFiles(of: member)) }
    }

    /// Takes files that a process has mapped, or that the loader would map for it.
    mutating func judge(_ files: some Sequence<String>) {
        for file in files {
            let name = file.split(separator: "/").last ?? ""
            if let path = library.path {
                if file == path { evidence = file }
            } else if Self.known.contains(where: { name.hasPrefix($0) }) {
                stranger = file
            } else if name.hasPrefix("libc.so.") || name.hasPrefix("libc-2") {
                evidence = file
            }
        }
    }

    /// Why the allocator is not proven for a program, or nil when it is.
    func refutation(of program: ProgramFile) -> String? {
        if let stranger {
            return "the C library should own malloc, but `\(program.path)` has mapped \(stranger)"
        }
        guard evidence == nil else { return nil }
        guard program.loaded.isDynamicallyLinked else {
            return "`\(program.path)` is statically linked: no allocator can be put under it"
        }
        return library.path.map { "\($0) was preloaded, but `\(program.path)` did not map it" }
            ?? "`\(program.path)` did not map the C library, whose malloc it should use"
    }

    /// The files of the loader's list: `libx.so.2 => /usr/lib/libx.so.2 (0x...)` or `/usr/lib/libx.so.2 (0x...)`.
    static func loaderList(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            guard let path = line.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("/") }) else {
                return nil
            }
            guard let resolved = realpath(String(path), nil) else { return String(path) }
            defer { free(resolved) }
            return String(cString: resolved)
        }
    }
}
