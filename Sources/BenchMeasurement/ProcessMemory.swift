import Glibc

/// The process's memory as `/proc/self/statm` counts it, in bytes.
///
/// The kernel keeps these counters per processor and folds them in now and then: a value may be off by some dozens
/// of pages. ``MemoryRollup`` is exact and dear.
public struct ProcessMemory: Sendable, Equatable {
    /// Address space in use.
    public var virtualBytes: UInt64
    /// Pages in memory, of any kind.
    public var residentBytes: UInt64
    /// Pages in memory that a file or a shared mapping backs.
    public var sharedBytes: UInt64

    /// Private anonymous memory: resident without shared. Data sets and plans, which the harness maps shared, are
    /// not in it.
    public var privateBytes: UInt64 { residentBytes > sharedBytes ? residentBytes - sharedBytes : 0 }

    /// Parses the text of `statm`: seven counts of pages.
    public static func parse(
        _ text: UnsafeRawBufferPointer, pageSize: UInt64
    ) throws(MeasurementError) -> ProcessMemory {
        var cursor = DigitCursor(text)
        guard let size = cursor.next(), let resident = cursor.next(), let shared = cursor.next() else {
            throw MeasurementError("the text does not begin with three counts", source: "/proc/self/statm")
        }
        return ProcessMemory(
            virtualBytes: size * pageSize, residentBytes: resident * pageSize, sharedBytes: shared * pageSize)
    }
}

/// Reads ``ProcessMemory`` again and again through one open file, without allocation.
public final class ProcessMemoryReader: Sendable {
    private let descriptor: Int32
    private let pageSize: UInt64

    /// Opens `/proc/self/statm`.
    public init() throws(MeasurementError) {
        descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw MeasurementError("the file cannot be opened", source: "/proc/self/statm", errno: errno)
        }
        pageSize = UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }

    deinit { close(descriptor) }

    /// The counters now. Some microseconds, no allocation; may be called from any thread.
    public func read() throws(MeasurementError) -> ProcessMemory {
        // 128 bytes hold seven counts of up to 17 digits.
        var buffer: InlineArray<128, UInt8> = .init(repeating: 0)
        var span = buffer.mutableSpan
        let descriptor = descriptor
        let pageSize = pageSize
        var failure: MeasurementError?
        var result = ProcessMemory(virtualBytes: 0, residentBytes: 0, sharedBytes: 0)
        span.withUnsafeMutableBytes { bytes in
            let count = pread(descriptor, bytes.baseAddress!, bytes.count, 0)
            guard count > 0 else {
                failure = MeasurementError("the file cannot be read", source: "/proc/self/statm", errno: errno)
                return
            }
            do throws(MeasurementError) {
                result = try ProcessMemory.parse(UnsafeRawBufferPointer(rebasing: bytes[..<count]), pageSize: pageSize)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }
}

/// The exact totals of `/proc/self/smaps_rollup`, in bytes. Reading walks all page tables: keep it out of timed
/// regions.
public struct MemoryRollup: Sendable, Equatable {
    public var residentBytes: UInt64
    public var proportionalBytes: UInt64
    public var anonymousBytes: UInt64
    /// Anonymous memory backed by transparent huge pages.
    public var anonymousHugeBytes: UInt64
    public var swappedBytes: UInt64

    /// The totals now.
    public static func ofProcess() throws(MeasurementError) -> MemoryRollup {
        try parse(ProcText.read("/proc/self/smaps_rollup"))
    }

    /// Parses the text of `smaps_rollup` (or of one mapping in `smaps`).
    public static func parse(_ text: String) throws(MeasurementError) -> MemoryRollup {
        func value(_ key: String) throws(MeasurementError) -> UInt64 {
            guard let value = ProcText.quantity(key, in: text) else {
                throw MeasurementError("the field \(key) is missing", source: "/proc/self/smaps_rollup")
            }
            return value
        }
        return MemoryRollup(
            residentBytes: try value("Rss"), proportionalBytes: try value("Pss"),
            anonymousBytes: try value("Anonymous"), anonymousHugeBytes: try value("AnonHugePages"),
            swappedBytes: try value("Swap"))
    }
}

/// Walks the decimal numbers of a text without allocation.
struct DigitCursor {
    private var rest: UnsafeRawBufferPointer.SubSequence

    init(_ text: UnsafeRawBufferPointer) { rest = text[...] }

    /// The next run of digits as a number, or nil at the end or on overflow.
    mutating func next() -> UInt64? {
        while let byte = rest.first, !(48...57).contains(byte) { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        var value: UInt64 = 0
        while let byte = rest.first, (48...57).contains(byte) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - 48))
            if overflow || carry { return nil }
            value = sum
            rest = rest.dropFirst()
        }
        return value
    }
}
