import CStrata
import Glibc

/// What an allocator says about its heap now. A figure that it does not tell is nil, never zero.
public struct HeapReading: Sendable, Equatable {
    /// Bytes handed out and not freed.
    public var liveBytes: UInt64?
    /// Bytes that the allocator holds from the system for its heap, handed out or not.
    public var heldBytes: UInt64?
    /// Bytes of pages in which something is handed out: above `liveBytes` by what its size classes waste.
    public var activeBytes: UInt64?
    /// Bytes that are free and that the allocator keeps, backed by memory, to hand them out again.
    public var freeBytes: UInt64?
    /// Bytes of address space that are free, kept, and given back to the system as far as memory is concerned.
    public var retainedBytes: UInt64?

    public init(
        liveBytes: UInt64? = nil, heldBytes: UInt64? = nil, activeBytes: UInt64? = nil, freeBytes: UInt64? = nil,
        retainedBytes: UInt64? = nil
    ) {
        self.liveBytes = liveBytes
        self.heldBytes = heldBytes
        self.activeBytes = activeBytes
        self.freeBytes = freeBytes
        self.retainedBytes = retainedBytes
    }
}

/// Reads the statistics of the allocator that owns `malloc`.
///
/// - glibc: `mallinfo2`; chunks in a thread's cache count as live. The call walks the free lists.
/// - jemalloc: `stats.allocated` and `stats.active` after a new `epoch`; chunks in thread caches count as live. Free is
///   what is resident and neither active nor the allocator's own tables; retained is `stats.retained`.
/// - tcmalloc: `generic.current_allocated_bytes`, `generic.heap_size`, and the page heap's free and unmapped bytes.
/// - mimalloc: the commit of `mi_process_info` as held bytes; it does not tell what is handed out.
/// - unknown libraries: nothing.
public struct AllocatorStatistics: Sendable {
    private enum Source: Sendable {
        case glibc
        case jemalloc(JemallocControl)
        case tcmalloc(TcmallocProperty)
        case mimalloc(MimallocProcess)
        case silent
    }

    private let source: Source

    /// Looks up the functions of the given family once.
    public init(kind: AllocatorKind) {
        switch kind {
        case .glibc: source = .glibc
        case .jemalloc: source = JemallocControl().map { .jemalloc($0) } ?? .silent
        case .tcmalloc: source = TcmallocProperty().map { .tcmalloc($0) } ?? .silent
        case .mimalloc: source = MimallocProcess().map { .mimalloc($0) } ?? .silent
        case .other: source = .silent
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
            return HeapReading(
                liveBytes: heap.bytes_in_use, heldBytes: heap.bytes_held,
                freeBytes: heap.bytes_held >= heap.bytes_in_use ? heap.bytes_held - heap.bytes_in_use : nil)
        case .jemalloc(let control):
            guard control.refresh() else { return HeapReading() }
            let active = control.size("stats.active")
            let resident = control.size("stats.resident")
            var free: UInt64?
            if let active, let resident, let metadata = control.size("stats.metadata") {
                free = resident - min(resident, active + metadata)
            }
            return HeapReading(
                liveBytes: control.size("stats.allocated"), heldBytes: active, activeBytes: active, freeBytes: free,
                retainedBytes: control.size("stats.retained"))
        case .tcmalloc(let property):
            let held = property.value("generic.heap_size")
            let free = property.value("tcmalloc.pageheap_free_bytes")
            let unmapped = property.value("tcmalloc.pageheap_unmapped_bytes")
            var active: UInt64?
            if let held, let free, let unmapped { active = held - min(held, free + unmapped) }
            return HeapReading(
                liveBytes: property.value("generic.current_allocated_bytes"), heldBytes: held, activeBytes: active,
                freeBytes: free, retainedBytes: unmapped)
        case .mimalloc(let process):
            return HeapReading(heldBytes: process.committedBytes())
        case .silent:
            return HeapReading()
        }
    }
}

/// mimalloc's view of the process.
struct MimallocProcess: Sendable {
    typealias Size = UnsafeMutablePointer<Int>?
    typealias Info = @convention(c) (Size, Size, Size, Size, Size, Size, Size, Size) -> Void

    private let info: Info

    /// Nil when the process has no mimalloc.
    init?() {
        guard let info = Symbol.function("mi_process_info", as: Info.self) else { return nil }
        self.info = info
    }

    /// Bytes that mimalloc has committed for its heaps, free ones included; nil where it tells none.
    func committedBytes() -> UInt64? {
        var committed = 0
        // In order: elapsed, user and system milliseconds; resident, its peak, committed, its peak; page faults.
        info(nil, nil, nil, nil, nil, &committed, nil, nil)
        return committed > 0 ? UInt64(committed) : nil
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
