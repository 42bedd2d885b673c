import Glibc

/// Fields of `/proc/self/status`.
public struct ProcessStatus: Sendable, Equatable {
    public var threads: UInt64
    /// The largest resident set so far, of any kind of page, in bytes.
    public var residentPeakBytes: UInt64
    /// Anonymous pages in memory, in bytes.
    public var anonymousBytes: UInt64
    public var voluntarySwitches: UInt64
    public var involuntarySwitches: UInt64

    /// The fields now.
    public static func ofProcess() throws(MeasurementError) -> ProcessStatus {
        try parse(ProcText.read("/proc/self/status"))
    }

    /// Parses the text of `status`.
    public static func parse(_ text: String) throws(MeasurementError) -> ProcessStatus {
        func value(_ key: String) throws(MeasurementError) -> UInt64 {
            guard let value = ProcText.quantity(key, in: text) else {
                throw MeasurementError("the field \(key) is missing", source: "/proc/self/status")
            }
            return value
        }
        return ProcessStatus(
            threads: try value("Threads"), residentPeakBytes: try value("VmHWM"),
            anonymousBytes: try value("RssAnon"), voluntarySwitches: try value("voluntary_ctxt_switches"),
            involuntarySwitches: try value("nonvoluntary_ctxt_switches"))
    }
}

/// Fields of `/proc/self/stat`.
public struct ProcessTimes: Sendable, Equatable {
    public var minorFaults: UInt64
    public var majorFaults: UInt64
    public var userTicks: UInt64
    public var systemTicks: UInt64
    /// Clock ticks after the machine's start at which the process began.
    public var startTicks: UInt64

    /// The fields now.
    public static func ofProcess() throws(MeasurementError) -> ProcessTimes {
        try parse(ProcText.read("/proc/self/stat"))
    }

    /// Parses the text of `stat`. The command's name may hold blanks and brackets: fields count from the last `)`.
    public static func parse(_ text: String) throws(MeasurementError) -> ProcessTimes {
        guard let bracket = text.lastIndex(of: ")") else {
            throw MeasurementError("the command's name is missing", source: "/proc/self/stat")
        }
        let fields = text[text.index(after: bracket)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
        // Fields are numbered as in proc(5): the one after the bracket is number 3.
        func field(_ number: Int) throws(MeasurementError) -> UInt64 {
            guard fields.indices.contains(number - 3), let value = UInt64(fields[number - 3]) else {
                throw MeasurementError("field \(number) is missing or no number", source: "/proc/self/stat")
            }
            return value
        }
        return ProcessTimes(
            minorFaults: try field(10), majorFaults: try field(12), userTicks: try field(14),
            systemTicks: try field(15), startTicks: try field(22))
    }
}
