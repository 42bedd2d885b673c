import CStrata
import Glibc

/// What a run's figures depend on: the machine and how it is set up. A fact that the machine does not tell is nil.
public struct MachineFingerprint: Sendable, Equatable, Codable {
    public var cpuModel: String?
    public var architecture: String
    /// Processors that are online.
    public var processors: Int
    /// Processors that this process may run on.
    public var usableProcessors: Int
    public var memoryBytes: UInt64
    public var swapBytes: UInt64
    public var pageBytes: Int
    public var kernel: String
    /// The C library with its version, `glibc 2.36`.
    public var libc: String
    /// The mode in brackets of `/sys/kernel/mm/transparent_hugepage/enabled`.
    public var transparentHugePages: String?
    public var frequencyGovernor: String?
    public var clockSource: String?
    /// The hypervisor or the board's maker, where one shows: `kvm`, `Amazon EC2`, or `hypervisor` where only the
    /// processor's flag tells.
    public var virtualization: String?
    /// Sizes of the first processor's caches by level and type, `L1d`, `L2`, `L3`.
    public var cacheBytes: [String: UInt64]

    /// Reads the fingerprint of this machine.
    public static func ofMachine() throws(MeasurementError) -> MachineFingerprint {
        let cpu = try ProcText.read("/proc/cpuinfo")
        let memory = try ProcText.read("/proc/meminfo")
        guard let total = ProcText.quantity("MemTotal", in: memory) else {
            throw MeasurementError("the field MemTotal is missing", source: "/proc/meminfo")
        }
        guard let swap = ProcText.quantity("SwapTotal", in: memory) else {
            throw MeasurementError("the field SwapTotal is missing", source: "/proc/meminfo")
        }
        let usable = strata_affinity_count()
        guard usable > 0 else {
            throw MeasurementError("the usable processors cannot be counted", source: "sched_getaffinity", errno: errno)
        }
        var name = utsname()
        guard uname(&name) == 0 else {
            throw MeasurementError("the kernel does not tell its name", source: "uname", errno: errno)
        }
        return MachineFingerprint(
            cpuModel: cpuField("model name", in: cpu), architecture: text(&name.machine),
            processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)), usableProcessors: Int(usable), memoryBytes: total,
            swapBytes: swap, pageBytes: sysconf(Int32(_SC_PAGESIZE)), kernel: text(&name.release),
            libc: "glibc \(String(cString: strata_libc_version()))",
            transparentHugePages: ProcText.readIfPresent("/sys/kernel/mm/transparent_hugepage/enabled")
                .flatMap { bracketed($0) },
            frequencyGovernor: ProcText.readIfPresent("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            clockSource: ProcText.readIfPresent("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            virtualization: virtualization(cpu: cpu), cacheBytes: caches())
    }

    /// The value of a field `name : value` of `/proc/cpuinfo`'s first processor that has it.
    static func cpuField(_ name: String, in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].trimmed == name else { continue }
            return line[line.index(after: colon)...].trimmed
        }
        return nil
    }

    /// The word in brackets of a choice such as `always [madvise] never`.
    static func bracketed(_ text: String) -> String? {
        guard let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]") else { return nil }
        return String(text[text.index(after: open)..<close])
    }

    /// `512K` and `32M` of the kernel's cache descriptions, in bytes.
    static func cacheSize(_ text: String) -> UInt64? {
        guard let unit = text.last else { return nil }
        switch unit {
        case "K": return UInt64(text.dropLast()).map { $0 << 10 }
        case "M": return UInt64(text.dropLast()).map { $0 << 20 }
        default: return UInt64(text)
        }
    }

    private static func virtualization(cpu: String) -> String? {
        if let type = ProcText.readIfPresent("/sys/hypervisor/type") { return type }
        let flags = cpuField("flags", in: cpu)?.split(separator: " ") ?? []
        guard flags.contains("hypervisor") else { return nil }
        return ProcText.readIfPresent("/sys/class/dmi/id/sys_vendor") ?? "hypervisor"
    }

    private static func caches() -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        for index in 0..<8 {
            let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)"
            guard let level = ProcText.readIfPresent("\(folder)/level"),
                let type = ProcText.readIfPresent("\(folder)/type"),
                let size = ProcText.readIfPresent("\(folder)/size").flatMap({ cacheSize($0) })
            else { continue }
            let suffix = type == "Data" ? "d" : type == "Instruction" ? "i" : ""
            found["L\(level)\(suffix)"] = size
        }
        return found
    }

    private static func text<T>(_ field: inout T) -> String {
        withUnsafeBytes(of: &field) { bytes in String(decoding: bytes.prefix(while: { $0 != 0 }), as: UTF8.self) }
    }
}
