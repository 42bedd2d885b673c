import BenchMeasurement
import Glibc

/// What /proc tells of another process. Nil and empty where the process is gone.
enum ProcessFile {
    /// The text of /proc/PID/NAME, or nil when there is none.
    static func text(_ process: pid_t, _ name: String) -> String? {
        let descriptor = open("/proc/\(process)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        // The file of a process that ended while it was read is empty.
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// The files that a process has mapped, each once.
    static func mappedFiles(of process: pid_t) -> Set<String> {
        guard let text = text(process, "maps"), let mappings = try? MemoryMapping.parse(text) else { return [] }
        return Set(mappings.map(\.path).filter { $0.hasPrefix("/") })
    }

    /// The process and those that it has started and they have; without them on kernels that do not tell.
    static func family(of process: pid_t) -> [pid_t] {
        var family = [process]
        var next = 0
        while next < family.count, family.count < 1_000 {
            let parent = family[next]
            let children = text(parent, "task/\(parent)/children")?.split(separator: " ") ?? []
            family += children.compactMap { pid_t($0.trimmingSpace) }
            next += 1
        }
        return family
    }

    /// What a process has in memory now, of any kind, in bytes.
    static func residentBytes(of process: pid_t) -> UInt64? {
        guard var text = text(process, "statm") else { return nil }
        let memory = text.withUTF8 { bytes in
            try? ProcessMemory.parse(UnsafeRawBufferPointer(bytes), pageSize: UInt64(sysconf(Int32(_SC_PAGESIZE))))
        }
        return memory?.residentBytes
    }

    /// The most that a process had in memory so far, in bytes, since it runs its present program.
    static func peakResidentBytes(of process: pid_t) -> UInt64? {
        text(process, "status").flatMap { quantity("VmHWM", in: $0) }
    }

    /// The number after `key:` in lines of the form `key:   123 kB`, in bytes.
    static func quantity(_ key: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix("\(key):") {
            let fields = line.dropFirst(key.count + 1).split { $0 == " " || $0 == "\t" }
            return fields.first.flatMap { UInt64($0) }.map { $0 * 1_024 }
        }
        return nil
    }
}

extension Substring {
    fileprivate var trimmingSpace: Substring { self.drop { $0.isWhitespace }.prefix { !$0.isWhitespace } }
}
