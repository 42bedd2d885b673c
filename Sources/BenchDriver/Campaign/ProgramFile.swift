import Glibc

/// A program on this machine, found as a shell would find it.
struct ProgramFile {
    let path: String

    /// The program of a name: a path where it has a slash, otherwise a file in a folder of `PATH`. Nil when there is
    /// no such executable file.
    init?(named name: String) {
        if name.contains("/") {
            guard Self.isExecutable(name) else { return nil }
            path = name
            return
        }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let candidates = folders.split(separator: ":").map { "\($0)/\(name)" }
        guard !name.isEmpty, let found = candidates.first(where: Self.isExecutable) else { return nil }
        path = found
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// The program that the loader begins with: the file itself, or the interpreter that its first line names.
    var loaded: ProgramFile {
        let bytes = beginning(256)
        guard bytes.starts(with: [UInt8(ascii: "#"), UInt8(ascii: "!")]),
            let line = bytes.split(separator: UInt8(ascii: "\n")).first,
            let word = String(decoding: line.dropFirst(2), as: UTF8.self).split(separator: " ").first,
            let interpreter = ProgramFile(named: String(word))
        else { return self }
        return interpreter
    }

    /// Whether the loader has a say in the program: true for an ELF file of 64 bits that names an interpreter
    /// (`PT_INTERP`). Statically linked programs do not, and nothing can be preloaded into them.
    var isDynamicallyLinked: Bool {
        let bytes = beginning(4_096)
        // The ELF header's fields: e_phoff at 32, e_phentsize at 54, e_phnum at 56; a program header begins with its type.
        guard bytes.count >= 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]), bytes[4] == 2 else { return false }
        func number(_ place: Int, _ length: Int) -> Int {
            bytes[place..<place + length].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let (start, size, count) = (number(32, 4), number(54, 2), number(56, 2))
        let interpreterType = 3
        return (0..<count).contains { index in
            let place = start + index * size
            return place + 4 <= bytes.count && number(place, 4) == interpreterType
        }
    }

    private func beginning(_ length: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: length)
        let count = pread(descriptor, &bytes, length, 0)
        return count > 0 ? Array(bytes[..<count]) : []
    }
}
