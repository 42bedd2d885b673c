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

/// Reads ``ProcessMemory`` again and again through one open file, without allocation. For one thread at a time.
public final class ProcessMemoryReader {
    private let descriptor: Int32
    private let pageSize: UInt64
    /// 128 bytes hold seven counts of up to 17 digits.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128, alignment: 16)

    /// Opens `/proc/self/statm`.
    public init() throws(MeasurementError) {
        descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        pageSize = UInt64(sysconf(Int32(_SC_PAGESIZE)))
        guard descriptor >= 0 else {
            throw MeasurementError("the file cannot be opened", source: "/proc/self/statm", errno: errno)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// The counters now. Some microseconds, no allocation.
    public func read() throws(MeasurementError) -> ProcessMemory {
        let count = pread(descriptor, buffer.baseAddress!, buffer.count, 0)
        guard count > 0 else {
            throw MeasurementError("the file cannot be read", source: "/proc/self/statm", errno: errno)
        }
        return try ProcessMemory.parse(
            UnsafeRawBufferPointer(start: buffer.baseAddress, count: count), pageSize: pageSize)
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
    private let text: UnsafeRawBufferPointer
    private var place = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// The next run of digits as a number, or nil at the end or on overflow.
    mutating func next() -> UInt64? {
        while place < text.count, digit(at: place) == nil { place += 1 }
        guard place < text.count else { return nil }
        var value: UInt64 = 0
        while place < text.count, let digit = digit(at: place) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
            place += 1
        }
        return value
    }

    private func digit(at place: Int) -> UInt64? {
        let byte = text[place]
        return byte >= 48 && byte <= 57 ? UInt64(byte) - 48 : nil
    }
}
