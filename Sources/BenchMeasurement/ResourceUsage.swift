import CStrata
import Glibc

/// What a process or a thread has used so far, from `getrusage`.
public struct ResourceUsage: Sendable, Equatable, Codable {
    public var userNanoseconds: UInt64
    public var systemNanoseconds: UInt64
    public var minorFaults: UInt64
    public var majorFaults: UInt64
    public var voluntarySwitches: UInt64
    public var involuntarySwitches: UInt64

    public init() {
        userNanoseconds = 0
        systemNanoseconds = 0
        minorFaults = 0
        majorFaults = 0
        voluntarySwitches = 0
        involuntarySwitches = 0
    }

    /// Voluntary and involuntary context switches together.
    public var contextSwitches: UInt64 { voluntarySwitches + involuntarySwitches }

    /// The use of the whole process, ended threads included. No allocation.
    public static func ofProcess() throws(MeasurementError) -> ResourceUsage {
        var raw = strata_usage()
        guard strata_usage_of_process(&raw) == 0 else {
            throw MeasurementError("the use of the process cannot be read", source: "getrusage", errno: errno)
        }
        return ResourceUsage(raw)
    }

    /// The use of the calling thread. No allocation.
    public static func ofThread() throws(MeasurementError) -> ResourceUsage {
        var raw = strata_usage()
        guard strata_usage_of_thread(&raw) == 0 else {
            throw MeasurementError("the use of the thread cannot be read", source: "getrusage", errno: errno)
        }
        return ResourceUsage(raw)
    }

    init(_ raw: strata_usage) {
        userNanoseconds = raw.user_ns
        systemNanoseconds = raw.system_ns
        minorFaults = raw.minor_faults
        majorFaults = raw.major_faults
        voluntarySwitches = raw.voluntary_switches
        involuntarySwitches = raw.involuntary_switches
    }

    /// The use between two readings, `earlier` first. A field that the kernel scaled backwards counts as zero use.
    public static func - (later: ResourceUsage, earlier: ResourceUsage) -> ResourceUsage {
        var result = ResourceUsage()
        for field in fields where later[keyPath: field] > earlier[keyPath: field] {
            result[keyPath: field] = later[keyPath: field] - earlier[keyPath: field]
        }
        return result
    }

    private static var fields: [WritableKeyPath<ResourceUsage, UInt64>] {
        [
            \.userNanoseconds, \.systemNanoseconds, \.minorFaults, \.majorFaults, \.voluntarySwitches,
            \.involuntarySwitches,
        ]
    }
}
