import Glibc

/// What the rest of the machine did to the process: time stolen by the hypervisor and time lost to pressure.
/// A quantity that this machine does not tell is nil.
public struct SystemConditions: Sendable, Equatable, Codable {
    /// Processor time of all processors that the hypervisor gave to others, in nanoseconds (10 ms steps).
    public var stolenNanoseconds: UInt64?
    /// Time in which some task waited for a processor, for memory or for the disk, in microseconds.
    public var processorPressureMicroseconds: UInt64?
    public var memoryPressureMicroseconds: UInt64?
    public var diskPressureMicroseconds: UInt64?

    public init(
        stolenNanoseconds: UInt64? = nil, processorPressureMicroseconds: UInt64? = nil,
        memoryPressureMicroseconds: UInt64? = nil, diskPressureMicroseconds: UInt64? = nil
    ) {
        self.stolenNanoseconds = stolenNanoseconds
        self.processorPressureMicroseconds = processorPressureMicroseconds
        self.memoryPressureMicroseconds = memoryPressureMicroseconds
        self.diskPressureMicroseconds = diskPressureMicroseconds
    }

    /// The totals since the machine's start.
    public static func read() throws(MeasurementError) -> SystemConditions {
        let ticks = try stolenTicks(ProcText.read("/proc/stat"))
        let perSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        func pressure(_ name: String) throws(MeasurementError) -> UInt64? {
            // Kernels without pressure accounting have no such file; that is not a failure.
            guard let text = ProcText.readIfPresent("/proc/pressure/\(name)") else { return nil }
            return try someTotal(text, source: "/proc/pressure/\(name)")
        }
        return SystemConditions(
            stolenNanoseconds: ticks.map { $0 * (1_000_000_000 / perSecond) },
            processorPressureMicroseconds: try pressure("cpu"),
            memoryPressureMicroseconds: try pressure("memory"), diskPressureMicroseconds: try pressure("io"))
    }

    /// The sum of two differences; nil where either is not known.
    public func adding(_ other: SystemConditions) -> SystemConditions {
        func sum(_ field: KeyPath<SystemConditions, UInt64?>) -> UInt64? {
            guard let left = self[keyPath: field], let right = other[keyPath: field] else { return nil }
            return left + right
        }
        return SystemConditions(
            stolenNanoseconds: sum(\.stolenNanoseconds),
            processorPressureMicroseconds: sum(\.processorPressureMicroseconds),
            memoryPressureMicroseconds: sum(\.memoryPressureMicroseconds),
            diskPressureMicroseconds: sum(\.diskPressureMicroseconds))
    }

    /// What happened since an earlier reading.
    public func since(_ earlier: SystemConditions) -> SystemConditions {
        func difference(_ field: KeyPath<SystemConditions, UInt64?>) -> UInt64? {
            guard let later = self[keyPath: field], let before = earlier[keyPath: field] else { return nil }
            return later > before ? later - before : 0
        }
        return SystemConditions(
            stolenNanoseconds: difference(\.stolenNanoseconds),
            processorPressureMicroseconds: difference(\.processorPressureMicroseconds),
            memoryPressureMicroseconds: difference(\.memoryPressureMicroseconds),
            diskPressureMicroseconds: difference(\.diskPressureMicroseconds))
    }

    /// The eighth count of the line `cpu` in `/proc/stat`; nil on kernels that have fewer.
    static func stolenTicks(_ text: String) throws(MeasurementError) -> UInt64? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else {
            throw MeasurementError("the line 'cpu' is missing", source: "/proc/stat")
        }
        let fields = line.split(separator: " ")
        guard fields.count > 8 else { return nil }
        guard let ticks = UInt64(fields[8]) else {
            throw MeasurementError("'\(fields[8])' is no count of ticks", source: "/proc/stat")
        }
        return ticks
    }

    /// `total=` of the line `some` of a pressure file.
    static func someTotal(_ text: String, source: String) throws(MeasurementError) -> UInt64 {
        for line in text.split(separator: "\n") where line.hasPrefix("some ") {
            for field in line.split(separator: " ") where field.hasPrefix("total=") {
                if let total = UInt64(field.dropFirst(6)) { return total }
            }
        }
        throw MeasurementError("the line 'some ... total=' is missing", source: source)
    }
}
