import Glibc

/// An anonymous shared mapping of a fixed number of elements.
///
/// The harness keeps its plans and sample buffers in such mappings: the kernel counts their pages as shared memory,
/// so that they appear neither in the allocator's figures nor in the private memory of the process.
public final class SharedMapping<Element: BitwiseCopyable>: @unchecked Sendable {
    // Sharing between threads is the user's responsibility, as with any buffer pointer.
    /// The elements; all bytes are zero at first.
    public let elements: UnsafeMutableBufferPointer<Element>
    private let byteCount: Int

    /// Maps room for `count` elements.
    ///
    /// - Parameter prefault: touches every page now, so that the first use takes no page fault.
    public init(count: Int, prefault: Bool = true) throws(MeasurementError) {
        precondition(count >= 0)
        let (bytes, overflow) = max(1, count).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflow else {
            throw MeasurementError("\(count) elements do not fit the address space", source: "mmap")
        }
        let flags = MAP_SHARED | MAP_ANONYMOUS | (prefault ? Int32(MAP_POPULATE) : 0)
        guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else {
            throw MeasurementError("\(bytes) bytes cannot be mapped", source: "mmap", errno: errno)
        }
        byteCount = bytes
        elements = UnsafeMutableBufferPointer(
            start: base.bindMemory(to: Element.self, capacity: max(1, count)), count: count)
    }

    deinit { munmap(elements.baseAddress!, byteCount) }
}
