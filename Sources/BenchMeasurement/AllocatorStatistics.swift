import CStrata
import Glibc

/// What an allocator says about its heap now. A figure that it does not tell is nil, never zero.
public struct HeapReading: Sendable, Equatable {
    /// Bytes handed out and not freed.
    public var liveBytes: UInt64?
    /// Bytes that the allocator holds from the system for its heap, handed out or not.
    public var heldBytes: UInt64?

    public init(liveBytes: UInt64? = nil, heldBytes: UInt64? = nil) {
        self.liveBytes = liveBytes
        self.heldBytes = heldBytes
    }
}

/// Reads the statistics of the allocator that owns `malloc`.
///
/// - glibc: `mallinfo2`; chunks in a thread's cache count as live. The call walks the free lists.
/// - jemalloc: `stats.allocated` and `stats.active` after a new `epoch`; chunks in thread caches count as live.
/// - tcmalloc: `generic.current_allocated_bytes` and `generic.heap_size`.
/// - mimalloc and unknown libraries: nothing that can be relied on, so both figures are nil.
public struct AllocatorStatistics: Sendable {
    private enum Source: Sendable {
        case glibc
        case jemalloc(JemallocControl)
        case tcmalloc(TcmallocProperty)
        case silent
    }

    private let source: Source

    /// Looks up the functions of the given family once.
    public init(kind: AllocatorKind) {
        switch kind {
        case .glibc: source = .glibc
        case .jemalloc: source = JemallocControl().map { .jemalloc($0) } ?? .silent
        case .tcmalloc: source = TcmallocProperty().map { .tcmalloc($0) } ?? .silent
        case .mimalloc, .other: source = .silent
        }
    }

    /// False when every reading will be empty.
    public var tellsAnything: Bool {
        if case .silent = source { return false }
        return true
    }

    /// The heap now. Allocates nothing; takes the allocator's locks, so keep it out of timed regions.
    public func read() -> HeapReading {
        switch source {
        case .glibc:
            var heap = strata_libc_heap()
            strata_libc_heap_read(&heap)
            return HeapReading(liveBytes: heap.bytes_in_use, heldBytes: heap.bytes_held)
        case .jemalloc(let control):
            guard control.refresh() else { return HeapReading() }
            return HeapReading(
                liveBytes: control.size("stats.allocated"), heldBytes: control.size("stats.active"))
        case .tcmalloc(let property):
            return HeapReading(
                liveBytes: property.value("generic.current_allocated_bytes"),
                heldBytes: property.value("generic.heap_size"))
        case .silent:
            return HeapReading()
        }
    }
}

/// tcmalloc's numeric properties.
struct TcmallocProperty: Sendable {
    typealias Get = @convention(c) (UnsafePointer<CChar>?, UnsafeMutablePointer<Int>?) -> Int32

    private let get: Get

    /// Nil when the process has no tcmalloc.
    init?() {
        guard let get = Symbol.function("MallocExtension_GetNumericProperty", as: Get.self) else { return nil }
        self.get = get
    }

    /// The property's value, or nil when the library does not know the name.
    func value(_ name: StaticString) -> UInt64? {
        var value = 0
        return get(name.cString, &value) != 0 ? UInt64(value) : nil
    }
}
